"""What the plain wordings of all languages share: choosing a variant, numbering, safe quoting."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.moves import Brief, Reason, Shown
from retrieval.catalog import Item
from retrieval.signals import Signal

PartRole = Literal["must", "lead", "item", "ask", "say"]

MAX_ITEM_LINES = 3  # the cards show the rest
MAX_LISTED = 8  # beliefs a list of either sign spells out
_QUOTE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plain reply; its text holds [n] where titles go.

    A "must" is always the code's, a "lead" too, said where nothing came before it; "item" (about
    item `number`), "ask" (a question) and "say" are what the language model may word instead.
    """

    role: PartRole
    text: str
    number: int = 0


def pick(brief: Brief, key: str, options: Sequence[str]) -> str:
    """One of `options`, decided by the user's words: varied between turns, the same every time."""
    digest = hashlib.blake2s(f"{key}\x1f{brief.text}".encode(), digest_size=4).digest()
    return options[int.from_bytes(digest, "big") % len(options)]


def clean(text: str, limit: int = _QUOTE_LENGTH) -> str:
    """Text from outside made fit for a sentence: one line, no brackets or quotes, at most `limit`.

    Square brackets would be read as the number of an item.
    """
    plain = re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+", " ", text)
    plain = plain.translate(str.maketrans('[]{}<>“”"', "()()()'''"))
    plain = re.sub(r"\s+", " ", plain).strip()
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def marks(brief: Brief) -> dict[str, str]:
    """Item id to "[n]" for every item that the reply may name."""
    found: dict[str, str] = {}
    for number, item in enumerate(brief.numbered(), start=1):
        found.setdefault(item.item_id, f"[{number}]")
    return found


def subjects(brief: Brief) -> list[Item]:
    """The items that the move is about, in its order."""
    by_id = {item.item_id: item for item in brief.numbered()}
    return [by_id[i] for i in brief.move.subject if i in by_id]


def nameable(brief: Brief, signals: Iterable[Signal]) -> list[Signal]:
    """Signals that can be spelled out: all but items of the catalogue that have no number."""
    numbers = marks(brief)
    return [s for s in signals if s.kind != "item" or not s.item_id or s.item_id in numbers]


def sayable(brief: Brief, reasons: Iterable[Reason]) -> list[Reason]:
    """Reasons whose item, if they have one, may be named."""
    numbers = marks(brief)
    return [r for r in reasons if not r.item_id or r.item_id in numbers]


def telling(brief: Brief, shown: Shown, number: int) -> list[Reason]:
    """The reasons an item's line gives: two for the first item, one for others.

    That a year fits tells nobody why they would like an item, so it is left to the card.
    """
    found = [r for r in sayable(brief, shown.reasons) if r.kind != "range"]
    return found[: 2 if number == 1 else 1]


def other_values(item: Item) -> list[str]:
    """The values of an item's facets that are not among the known columns."""
    return [v for found in item.extra.values() if isinstance(found, tuple) for v in found]


def whole(number: float) -> str:
    """A number without a needless fraction: 90, 7.5."""
    return f"{number:g}" if abs(number) < 1e6 else f"{number:.0f}"


def decade(signal: Signal) -> int | None:
    """The first year of the decade that a range of years spans, if it is one."""
    if signal.field != "year" or signal.min is None or signal.max is None:
        return None
    first = int(signal.min)
    return first if first % 10 == 0 and int(signal.max) == first + 9 else None
