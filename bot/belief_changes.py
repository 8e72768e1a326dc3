"""Which beliefs a message takes back: "forget that", "and without the year?"."""

from __future__ import annotations

from bot.understanding import Understanding
from retrieval.signals import Signal, normalise, target_key
from retrieval.taste import Belief, Taste


def forgotten_beliefs(understanding: Understanding, taste: Taste) -> tuple[str, ...]:
    """The ids of held beliefs that the message wants forgotten or lifted, oldest first."""
    if understanding.forget_all:
        return tuple(b.belief_id for b in taste.beliefs)
    return tuple(b.belief_id for b in taste.beliefs if _taken_back(b, understanding))


def _taken_back(belief: Belief, understanding: Understanding) -> bool:
    signal = belief.signal
    if signal.kind in ("range", "facet") and signal.field in understanding.dropped:
        return True
    return any(_same_target(signal, wanted) for wanted in understanding.forget)


def _same_target(held: Signal, wanted: Signal) -> bool:
    """Equal targets, or equal words: a genre may have been understood as a phrase before."""
    if target_key(held) == target_key(wanted):
        return True
    words = normalise(wanted.value or wanted.title or "")
    return bool(words) and words == normalise(held.value or held.title or "")
