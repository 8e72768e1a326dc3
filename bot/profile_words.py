"""What is believed of a user as one or two sentences: the model's, else plain ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.english_words import capital, listing, plural, range_phrase
from bot.language_model import LanguageModel
from bot.phrasing import clean
from bot.prompts import outside
from bot.summaries import summary
from bot.titles import NUMBER
from retrieval.catalog import Catalog
from retrieval.signals import Signal

_MOST_LIKED, _MOST_REFUSED = 4, 3  # what a sentence holds; the list below it has the rest


def profile_words(
    signals: Sequence[Signal], catalog: Catalog, model: LanguageModel | None = None
) -> str:
    """The strongest likes and refusals and all ranges in words; "" without any.

    The model reads and writes [n] for items and people, which are filled in here, and never sees
    a number: ranges are added by code.
    """
    ordered = sorted(signals, key=lambda s: -abs(s.polarity))
    named = _Names(catalog)
    liked = [named(s) for s in ordered if _tells(s) and s.polarity > 0][:_MOST_LIKED]
    refused = [named(s) for s in ordered if _tells(s) and s.polarity < 0][:_MOST_REFUSED]
    places = _places(ordered)
    text = ""
    if liked or refused:
        parts = [f"likes {', '.join(liked)}" if liked else ""]
        parts += [f"refuses {', '.join(refused)}" if refused else "", *places]
        note = f"Profile: {'; '.join(p for p in parts if p)}"
        text = summary(model, catalog.noun, note) or _plain(liked, refused, places, catalog.noun)
    elif places:
        text = f"You want {plural(catalog.noun)} {' and '.join(places)}."
    return " ".join(s for s in (named.fill(text), _ranges(ordered, catalog.noun)) if s)


class _Names:
    """Numbers what only code may spell, and spells it in the end."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._spelled: list[str] = []

    def __call__(self, signal: Signal) -> str:
        """A signal as a note says it: its value, or the number of an item or a person."""
        if signal.kind != "item" and signal.field != "person":
            return outside(signal.value or "", 40).replace(",", " ").lower()
        title = clean(signal.title or "")
        if signal.item_id in self._catalog:
            title = clean(self._catalog.item(str(signal.item_id)).title)
        self._spelled.append(title or clean(signal.value or ""))
        return f"[{len(self._spelled)}]"

    def fill(self, text: str) -> str:
        """The text with titles and people in place of their numbers."""
        return NUMBER.sub(lambda m: self._spelled[int(re.sub(r"\D", "", m[0])) - 1], text)


def _tells(signal: Signal) -> bool:
    return signal.kind != "range" and signal.field not in {"language", "country"}


def _places(signals: Sequence[Signal]) -> list[str]:
    """The first wished language and country, as a note says them."""
    found = []
    for field, link in (("language", "in"), ("country", "from")):
        wished = [s.value for s in signals if s.field == field and s.polarity > 0 and s.value]
        found += [f"{link} {capital(outside(wished[0], 30))}"] if wished else []
    return found


def _plain(liked: Sequence[str], refused: Sequence[str], places: list[str], noun: str) -> str:
    said = [f"You like {listing(liked)}" if liked else ""]
    said += [f"you refuse {listing(refused)}" if refused else ""]
    said += [f"you want {plural(noun)} {' and '.join(places)}" if places else ""]
    return capital("; ".join(s for s in said if s)) + "."


def _ranges(signals: Sequence[Signal], noun: str) -> str:
    phrases = [range_phrase(s) for s in signals if s.kind == "range"]
    return f"{capital(plural(noun))} {listing(phrases)}, please." if phrases else ""
