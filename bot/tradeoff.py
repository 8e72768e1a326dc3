"""Diversity against relevance: what lists become as the slate weighs novelty more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.evaluation import LIST, target_ranks
from bot.predictions import ReplayedTurn
from retrieval.catalog import Catalog
from retrieval.metrics import coverage, intra_list_diversity, ndcg
from retrieval.slate import RELEVANCE, choose

SETTINGS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of relevance against novelty, and the lists of ten that it gives.

    `efficient` says that no other setting is at least as good in nDCG, diversity and coverage
    and better in one: it lies on the Pareto set. `default` marks the setting that serves people.
    """

    relevance: float
    ndcg: float
    diversity: float
    coverage: float
    efficient: bool = False
    default: bool = False


def tradeoff(
    turns: Sequence[ReplayedTurn], catalog: Catalog, vectors: NDArray[np.float32]
) -> tuple[Point, ...]:
    """The curve over SETTINGS, from the scores of a replay; `vectors` (n, d) are the items'.

    () where the replay tells no scores. nDCG@10 is under *new*; what was named before is taken
    out before the list is drawn, as it is when people are served.
    """
    scored = [turn for turn in turns if turn.scores]
    if not scored:
        return ()
    points = [_point(scored, catalog, vectors, r) for r in sorted({*SETTINGS, RELEVANCE})]
    return tuple(replace(p, efficient=not any(_beats(o, p) for o in points)) for p in points)


def _point(
    turns: Sequence[ReplayedTurn],
    catalog: Catalog,
    vectors: NDArray[np.float32],
    relevance: float,
) -> Point:
    drawn = [_redrawn(turn, catalog, vectors, relevance) for turn in turns]
    lists = [[catalog.row(i) for i in turn.ranked] for turn in drawn]
    gains = ndcg([r.rank for r in target_ranks(drawn, "new")], LIST)
    return Point(
        relevance,
        ndcg=float(gains.mean()) if len(gains) else 0.0,
        diversity=intra_list_diversity(lists, vectors),
        coverage=coverage(lists, len(catalog)),
        default=relevance == RELEVANCE,
    )


def _redrawn(
    turn: ReplayedTurn, catalog: Catalog, vectors: NDArray[np.float32], relevance: float
) -> ReplayedTurn:
    """The turn with the ten items that the slate's rule picks from its ranking."""
    named = frozenset(turn.named)
    left = [
        (item, score)
        for item, score in zip(turn.ranked, turn.scores, strict=True)
        if item not in named
    ]
    rows = [catalog.row(item) for item, _ in left]
    places = choose(
        np.array([score for _, score in left]),
        np.asarray(vectors[rows]),
        LIST,
        temperatures=(0.0,),
        rng=np.random.default_rng(0),
        relevance=relevance,
    )
    return replace(turn, ranked=tuple(left[place.position][0] for place in places), scores=())


def _beats(one: Point, other: Point) -> bool:
    """Whether one point is nowhere worse than the other and somewhere better."""
    mine = (one.ndcg, one.diversity, one.coverage)
    theirs = (other.ndcg, other.diversity, other.coverage)
    return mine != theirs and all(a >= b for a, b in zip(mine, theirs, strict=True))
