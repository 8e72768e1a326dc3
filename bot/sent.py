"""What an answer consists of, piece by piece, for the page, the API and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.reasons import range_text
from retrieval.catalog import Catalog
from retrieval.signals import Signal
from retrieval.taste import Change


@dataclass(frozen=True, slots=True)
class SlateEntry:
    """One shown item; `propensity` is None where its place left nothing to chance."""

    item_id: str
    title: str
    year: int | None
    why: str
    score: float
    propensity: float | None


@dataclass(frozen=True, slots=True)
class SlateSent:
    """The items of a turn, sent before its first delta."""

    turn_id: str
    items: tuple[SlateEntry, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ChangeSent:
    """How a belief changed: its polarity before and after, None where there was or is none."""

    belief: str
    before: float | None
    after: float | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer; `text` is exactly the deltas joined, `ms` the time of each step."""

    turn_id: str
    text: str
    move: str
    named: tuple[str, ...]
    plain_wording: bool
    logged: bool
    signals: tuple[dict[str, Any], ...]
    changes: tuple[ChangeSent, ...]
    ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Failed:
    """An answer that could not be given, and what the user can do."""

    message: str
    mend: str


Sent = SlateSent | Delta | Done | Failed


def target_text(signal: Signal, catalog: Catalog) -> str:
    """What a signal is about, in words: a title, a value, a range, a phrase."""
    if signal.kind == "item":
        known = signal.item_id is not None and signal.item_id in catalog
        return catalog.item(signal.item_id or "").title if known else signal.title or ""
    if signal.kind == "range":
        return f"{signal.field} {range_text(signal)}"
    return signal.value or ""


def change_sent(change: Change, catalog: Catalog) -> ChangeSent:
    """A change of belief in the form that people and programs read."""
    signal = change.belief.signal
    text = target_text(signal, catalog)
    return ChangeSent(text, change.before, change.after, signal.evidence)
