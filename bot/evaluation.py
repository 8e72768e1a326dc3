"""Measures replayed turns against what was really recommended in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.predictions import ReplayedTurn
from retrieval.metrics import (
    MISSED,
    Estimate,
    accuracy,
    clustered_mean,
    coverage,
    gini,
    novelty,
    recall,
    top_share,
)

# "all": every item named in the message; "new": only those that nobody named before it.
Protocol = Literal["all", "new"]
PROTOCOLS: tuple[Protocol, ...] = ("all", "new")

LIST = 10  # length of the lists that coverage, novelty, diversity and the like are measured on
MOST_PREFERENCES = 6  # turns with this many or more are one group


@dataclass(frozen=True, slots=True)
class TargetRank:
    """One item really recommended in a turn, and its 0-based rank in the list, or MISSED."""

    turn: ReplayedTurn
    item_id: str
    rank: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What one protocol says: counts, every measure, and recall@10 by preferences held.

    `by_preferences` maps a number of preferences to targets and recall@10; the last number
    stands for all beyond.
    """

    targets: int
    conversations: int
    measures: Mapping[str, Estimate]
    by_preferences: Mapping[int, tuple[int, Estimate]]


@dataclass(frozen=True, slots=True)
class ListQuality:
    """What the first ten of every list are like, apart from hits.

    `coverage` is the share of the catalogue in any list, `gini` how unequally items are shown,
    `top_share` the share of places that the most shown 1 % take, `novelty` the mean surprise in
    bits (popularity is how often an item is a target here), `diversity` the mean of one minus
    cosine within a list (None where the system does not tell), `repeats` the share of places
    taken by items named before.
    """

    coverage: float
    gini: float
    top_share: float
    novelty: float
    diversity: float | None
    repeats: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that is measured of one replay."""

    turns: int
    accuracy: Mapping[Protocol, Accuracy]
    lists: ListQuality


def evaluate(turns: Sequence[ReplayedTurn], items: int) -> Evaluation:
    """Measure a replay over a catalogue of `items` items; protocols without targets are absent."""
    by_protocol = {p: target_ranks(turns, p) for p in PROTOCOLS}
    found = {p: _accuracy(ranks) for p, ranks in by_protocol.items() if ranks}
    return Evaluation(len(turns), found, list_quality(turns, items))


def target_ranks(turns: Sequence[ReplayedTurn], protocol: Protocol) -> tuple[TargetRank, ...]:
    """Every target of a protocol with its rank.

    Under *new* the items named before are no targets and are taken out of the list first.
    """
    found = []
    for turn in turns:
        named = frozenset(turn.named) if protocol == "new" else frozenset()
        listed = dict.fromkeys(item for item in turn.ranked if item not in named)
        rank = {item: place for place, item in enumerate(listed)}
        fresh = (item for item in turn.targets if item not in named)
        found += [TargetRank(turn, item, rank.get(item, MISSED)) for item in fresh]
    return tuple(found)


def list_quality(turns: Sequence[ReplayedTurn], items: int) -> ListQuality:
    """Measure the lists of a replay over a catalogue of `items` items."""
    place: dict[str, int] = {}
    lists = [[place.setdefault(i, len(place)) for i in t.ranked[:LIST]] for t in turns]
    counts = np.zeros(items)
    for item, times in Counter(i for turn in turns for i in turn.targets).items():
        counts[place.setdefault(item, len(place))] = times
    spreads = [t.diversity for t in turns if t.diversity is not None]
    return ListQuality(
        coverage=coverage(lists, items),
        gini=gini(lists, items),
        top_share=top_share(lists, items),
        novelty=novelty(lists, counts),
        diversity=float(np.mean(spreads)) if spreads else None,
        repeats=float(np.mean([_repeated(turn) for turn in turns])),
    )


def _accuracy(ranks: Sequence[TargetRank]) -> Accuracy:
    conversations = [r.turn.conversation for r in ranks]
    groups: dict[int, list[TargetRank]] = {}
    for rank in ranks:
        groups.setdefault(min(rank.turn.preferences, MOST_PREFERENCES), []).append(rank)
    return Accuracy(
        targets=len(ranks),
        conversations=len(set(conversations)),
        measures=accuracy([r.rank for r in ranks], conversations),
        by_preferences={n: (len(groups[n]), _recall_at_ten(groups[n])) for n in sorted(groups)},
    )


def _recall_at_ten(ranks: Sequence[TargetRank]) -> Estimate:
    return clustered_mean(
        recall([r.rank for r in ranks], LIST), [r.turn.conversation for r in ranks]
    )


def _repeated(turn: ReplayedTurn) -> float:
    named = frozenset(turn.named)
    top = turn.ranked[:LIST]
    return sum(item in named for item in top) / max(1, len(top))
