"""Finds what comes in too great a number: of one user, of one item, within too short a time."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from finetune.example_values import Talk
from finetune.example_weights import CERTAIN, ratings

_WINDOW = 250  # conversations in which an item's likes are compared with those of all others
_USUAL, _ALWAYS = 3.0, 5  # an item may have so many times its usual likes, and so many anyway
_SHARE, _AT_LEAST = 0.08, 40  # of the conversations that one user may have, and so many anyway
_HOUR = 20  # conversations of one user within an hour
_PRESSES = 60  # opinions in one conversation

Talks = Sequence[Talk]


def bursts(talks: Talks) -> set[str]:
    """The conversations that make a burst; `talks` are ordered, oldest first."""
    crowded = {t.conversation for t in talks if len(t.opinions) > _PRESSES}
    rest = [t for t in talks if t.conversation not in crowded]
    crowded |= _hurried(rest) | _one_user(rest) | _said_again(rest)
    return crowded | _one_item([t for t in rest if t.conversation not in crowded])


def _hurried(talks: Talks) -> set[str]:
    """Conversations beyond so many of one user within an hour."""
    gone = set()
    recent: dict[str, list[float]] = defaultdict(list)
    for talk in talks:
        if talk.at is None:
            continue
        kept = [at for at in recent[talk.user] if talk.at - at < 3600]
        if len(kept) >= _HOUR:
            gone.add(talk.conversation)
        else:
            kept.append(talk.at)
        recent[talk.user] = kept
    return gone


def _one_user(talks: Talks) -> set[str]:
    """What a user has beyond their share, the later conversations."""
    most = max(_AT_LEAST, math.floor(_SHARE * len(talks)))
    counts: Counter[str] = Counter()
    gone = set()
    for talk in talks:
        counts[talk.user] += 1
        if counts[talk.user] > most:
            gone.add(talk.conversation)
    return gone


def _said_again(talks: Talks) -> set[str]:
    """Conversations in which a user likes only what they had liked in an earlier one.

    One user's liking proves an item once, however often it is pressed.
    """
    known: dict[str, set[str]] = defaultdict(set)
    gone = set()
    for talk in talks:
        liked = {r.item_id for r in ratings(talk) if r.rating > CERTAIN}
        if liked and liked <= known[talk.user]:
            gone.add(talk.conversation)
        known[talk.user] |= liked
    return gone


def _one_item(talks: Talks) -> set[str]:
    """Conversations by which an item suddenly has far more likes than it usually has."""
    liked = [{r.item_id for r in ratings(t) if r.rating > CERTAIN} for t in talks]
    total = Counter(item for items in liked for item in items)
    gone = set()
    for start in range(0, len(talks), _WINDOW):
        window = range(start, min(start + _WINDOW, len(talks)))
        here = Counter(item for k in window for item in liked[k])
        outside = max(1, len(talks) - len(window))
        for item, count in here.items():
            usual = (total[item] - count) * len(window) / outside
            most = _ALWAYS + math.ceil(_USUAL * usual)
            if count > most:
                bearers = [talks[k].conversation for k in window if item in liked[k]]
                gone |= set(sorted(bearers, key=_by_chance)[most:])
    return gone


def _by_chance(name: str) -> bytes:
    return hashlib.blake2s(name.encode()).digest()
