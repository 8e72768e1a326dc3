"""Which items are not to be recommended, and why; asking for one again lifts what can be lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.understanding import Understanding
from retrieval.signals import Signal
from retrieval.taste import IMPLICIT

Reason = Literal["never", "disliked", "refused", "chosen", "seen", "liked", "not_now", "shown"]


@dataclass
class Exclusions:
    """What is known of items while a user's rows are gone through.

    `opinion` is the latest opinion on an item and `known` whether it was seen or chosen, both
    for good; `put_off` and `shown` hold in this conversation; `slate` is its last one and `asked`
    are items asked for again and not shown since.
    """

    opinion: dict[str, Reason | None] = field(default_factory=dict)
    known: dict[str, Reason] = field(default_factory=dict)
    put_off: dict[str, Reason] = field(default_factory=dict)
    shown: dict[str, Reason] = field(default_factory=dict)
    slate: tuple[str, ...] = ()
    asked: set[str] = field(default_factory=set)

    def hear(self, signals: Iterable[Signal], here: bool) -> None:
        """Take in a turn's signals, in any order; session-scoped ones count only `here`."""
        for signal in sorted(signals, key=_refusals_last):
            if signal.scope != "session" or here:
                self._hear(signal)

    def _hear(self, signal: Signal) -> None:
        item = signal.item_id
        if signal.kind != "item" or item is None:
            return
        self.asked.discard(item)
        if signal.source == "not_now":
            self.put_off[item] = "not_now"
        if signal.source in ("chosen", "purchased"):
            self.known[item] = "chosen"
        elif signal.seen:
            self.known.setdefault(item, "seen")
        elif signal.seen is False:
            self.known.pop(item, None)
        if signal.signed and signal.source not in IMPLICIT:
            self.put_off.pop(item, None)
            if signal.polarity > 0 or self.opinion.get(item) != "never":
                self.opinion[item] = _opinion(signal)

    def ask(self, understanding: Understanding) -> None:
        """Lift exclusions for what is asked for again; unnamed, for what was just shown."""
        named = understanding.mentioned or understanding.subject
        if understanding.again and named:
            self.asked |= set(named)
        elif understanding.again:
            for item in self.slate:
                self.shown.pop(item, None)

    def show(self, items: tuple[str, ...]) -> None:
        """Note a slate: what it shows is not shown again unless it is asked for again."""
        self.slate = items
        self.asked -= set(items)
        self.shown |= dict.fromkeys(items, "shown")

    def reasons(self) -> dict[str, Reason]:
        """The strongest reason for each item; only a "never" outlasts being asked for."""
        opinions = {item: why for item, why in self.opinion.items() if why}
        weak = {i: why for i, why in opinions.items() if why == "liked"}
        merged = self.shown | self.put_off | weak | self.known
        merged |= {i: why for i, why in opinions.items() if why != "liked"}
        return {i: why for i, why in merged.items() if why == "never" or i not in self.asked}


def _refusals_last(signal: Signal) -> tuple[float, bool, bool, int, str]:
    """Of two opinions in one turn the refusal is kept, whatever their order, as taste does."""
    seen = (False, None, True).index(signal.seen)
    return (-signal.polarity, signal.hard, signal.scope != "session", seen, signal.source)


def _opinion(signal: Signal) -> Reason | None:
    """What an opinion on an item makes of it, None where it may be recommended.

    A title that somebody says they like has usually been seen, so it is not recommended back,
    unless they say that they have not seen it; a card that they like may come again.
    """
    if signal.polarity > 0:
        said = signal.source in ("text", "rating") and signal.seen is not False
        return "liked" if said else None
    if signal.hard:
        return "never"
    return "refused" if signal.scope == "session" else "disliked"
