"""[n] in a reply becomes a title of the catalogue, and is noted as named."""

from __future__ import annotations

import re

from bot.moves import Brief
from retrieval.catalog import Item

NUMBER = re.compile(r"\[(\d+)\]")
_CHINESE = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff0-9０-９·：:，,！!、—\- ]*")


def numbers(text: str) -> list[int]:
    """The n of every [n] in a text, in order."""
    return [int(n) for n in NUMBER.findall(text)]


def title_in(item: Item, language: str) -> str:
    """The item's title as readers of a language know it: for "zh" a Chinese one if it has one."""
    if language == "zh":
        others = (*item.aliases, item.original_title or "")
        return next((t for t in others if _CHINESE.fullmatch(t)), item.title)
    return item.title


class TitleFiller:
    """Fills titles for one reply: the year is given where an item is first named."""

    def __init__(self, brief: Brief) -> None:
        self._items = brief.numbered()
        self._language = brief.language
        zh = brief.language == "zh"
        self._title_form, self._year_form = ("《{}》", "（{}）") if zh else ("{}", " ({})")
        self._with_year = brief.move.asked != "year"
        self._named: set[str] = set()

    def fill(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with every [n] replaced, and the ids named; IndexError on an n too high."""
        ids = [self._items[n - 1].item_id for n in numbers(text)]
        return NUMBER.sub(self._title, text), tuple(dict.fromkeys(ids))

    def _title(self, match: re.Match[str]) -> str:
        item = self._items[int(match[1]) - 1]
        first = item.item_id not in self._named
        self._named.add(item.item_id)
        title = self._title_form.format(title_in(item, self._language))
        dated = first and self._with_year and item.year is not None
        return title + self._year_form.format(item.year) if dated else title
