"""Compares two versions on the same turns: paired differences, a verdict, and what changed most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bot.evaluation import PROTOCOLS, Protocol, target_ranks
from bot.predictions import ReplayedTurn
from retrieval.errors import UserError
from retrieval.metrics import ACCURACY, Estimate, paired_difference, reciprocal_rank

Verdict = Literal["better", "worse", "not enough evidence"]

DECIDING: tuple[Protocol, str] = ("new", "ndcg@10")  # protocol and metric of the overall verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """How a metric differs, second version minus first, on the same conversations.

    `more` says how many conversations would be needed for the interval to leave zero if the
    difference stayed as it is; None where the verdict is clear or the difference is zero.
    """

    before: float
    after: float
    change: Estimate
    verdict: Verdict
    more: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One turn under both versions, and by how much its targets rose (positive) or fell."""

    before: ReplayedTurn
    after: ReplayedTurn
    moved: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side; `differences` by protocol and metric, without targets empty."""

    turns: int
    conversations: int
    left_out: int
    differences: Mapping[Protocol, Mapping[str, Difference]]
    changes: tuple[Change, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the deciding metric."""
        protocol, metric = DECIDING
        difference = self.differences[protocol].get(metric)
        return "not enough evidence" if difference is None else difference.verdict


def compare(
    before: Sequence[ReplayedTurn], after: Sequence[ReplayedTurn], most: int = 20
) -> Comparison:
    """Compare two replays on the turns they share; the others are counted as left out.

    `most` is how many of the turns that changed most are kept. Targets, and what was named
    before, are taken from the first replay. Raises UserError when no turn is shared.
    """
    theirs = {turn.key: turn for turn in after}
    pairs = [(turn, theirs[turn.key]) for turn in before if turn.key in theirs]
    if not pairs:
        raise UserError(
            "The two files have no turn in common.",
            "Replay both versions on the same transcripts.",
        )
    ours = [one for one, _ in pairs]
    others = [_retold(two, one) for one, two in pairs]
    return Comparison(
        turns=len(pairs),
        conversations=len({turn.conversation for turn in ours}),
        left_out=len(before) + len(after) - 2 * len(pairs),
        differences={p: _differences(ours, others, p) for p in PROTOCOLS},
        changes=_changed_most(ours, others, most),
    )


def _retold(turn: ReplayedTurn, told: ReplayedTurn) -> ReplayedTurn:
    """A turn's ranking, judged by what another telling of the turn says was recommended."""
    titles = told.target_titles
    return replace(turn, targets=told.targets, target_titles=titles, named=told.named)


def _differences(
    before: Sequence[ReplayedTurn], after: Sequence[ReplayedTurn], protocol: Protocol
) -> dict[str, Difference]:
    ours, theirs = target_ranks(before, protocol), target_ranks(after, protocol)
    names = [r.turn.conversation for r in ours]
    found = {}
    for name, measure in ACCURACY.items() if ours else ():
        one, two = measure([r.rank for r in ours]), measure([r.rank for r in theirs])
        change = paired_difference(two, one, names)
        verdict, more = _judged(change, len(set(names)))
        found[name] = Difference(float(one.mean()), float(two.mean()), change, verdict, more)
    return found


def _judged(change: Estimate, conversations: int) -> tuple[Verdict, int | None]:
    """The verdict, and the conversations still needed where there is none.

    An interval narrows with the root of the number of conversations, so it would leave zero at
    conversations * (half width / difference) ** 2.
    """
    if conversations > 1 and change.low > 0:
        return "better", None
    if conversations > 1 and change.high < 0:
        return "worse", None
    if conversations < 2 or not change.value:
        return "not enough evidence", None
    half = (change.high - change.low) / 2
    needed = math.ceil(conversations * (half / abs(change.value)) ** 2)
    return "not enough evidence", max(1, needed - conversations)


def _changed_most(
    before: Sequence[ReplayedTurn], after: Sequence[ReplayedTurn], most: int
) -> tuple[Change, ...]:
    """The turns whose targets moved most by reciprocal rank, gains and losses alike."""
    changes = []
    for one, two in zip(before, after, strict=True):
        were, are = ([r.rank for r in target_ranks([turn], "all")] for turn in (one, two))
        moved = float(np.mean(reciprocal_rank(are) - reciprocal_rank(were)))
        changes.append(Change(one, two, moved))
    risen = sorted((c for c in changes if c.moved > 0), key=lambda c: -c.moved)
    fallen = sorted((c for c in changes if c.moved < 0), key=lambda c: c.moved)
    half = most // 2
    few_up, few_down = max(half, most - len(fallen)), max(half, most - len(risen))
    chosen = (*risen[:few_up], *fallen[:few_down])
    return tuple(sorted(chosen, key=lambda c: -abs(c.moved)))
