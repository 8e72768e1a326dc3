"""How good ranked lists are: accuracy with intervals, coverage, novelty, diversity and popularity.

Accuracy is measured target by target: one item that was really recommended, and its 0-based rank in
a list of the whole catalogue. A rank of `MISSED` means that the list ended before the item came.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import bootstrap

MISSED = 2**31 - 1

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def recall(ranks: ArrayLike, k: int) -> Values:
    """Per target (n,) 1 where its rank is among the first `k`, else 0."""
    return np.less(ranks, k).astype(np.float64)


def reciprocal_rank(ranks: ArrayLike) -> Values:
    """Per target (n,) 1 / (rank + 1); 0 for a missed one."""
    found = np.asarray(ranks, dtype=np.float64)
    return np.where(found >= MISSED, 0.0, 1.0 / (found + 1.0))


def ndcg(ranks: ArrayLike, k: int = 10) -> Values:
    """Per target (n,) its discounted gain 1 / log2(rank + 2) within the first `k`.

    With one relevant item a list the ideal gain is 1, so this is nDCG (Järvelin and Kekäläinen).
    """
    found = np.asarray(ranks, dtype=np.float64)
    return np.where(found < k, 1.0 / np.log2(found + 2.0), 0.0)


ACCURACY: Mapping[str, Callable[[ArrayLike], Values]] = {
    "recall@1": lambda ranks: recall(ranks, 1),
    "recall@10": lambda ranks: recall(ranks, 10),
    "recall@50": lambda ranks: recall(ranks, 50),
    "mrr": reciprocal_rank,
    "ndcg@10": ndcg,
}


def accuracy(
    ranks: Sequence[int], conversations: Sequence[Hashable], resamples: int = 1000
) -> dict[str, Estimate]:
    """Every measure of ACCURACY over targets (n,), with intervals by conversation (n,)."""
    return {
        name: clustered_mean(measure(ranks), conversations, resamples)
        for name, measure in ACCURACY.items()
    }


def clustered_mean(
    values: ArrayLike, clusters: Sequence[Hashable], resamples: int = 1000, seed: int = 0
) -> Estimate:
    """The mean of `values` (n,) with a 95 % percentile bootstrap that draws whole clusters (n,).

    Targets of one conversation are alike; drawing conversations instead of targets keeps the
    interval honest. Raises ValueError without values.
    """
    totals, counts = _totals(np.asarray(values, dtype=np.float64), clusters)
    value = float(totals.sum() / counts.sum())
    if len(totals) < 2:
        return Estimate(value, value, value)
    found = bootstrap(
        (totals, counts),
        lambda t, c, axis: t.sum(axis=axis) / c.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=resamples,
        batch=100,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(value, float(found.low), float(found.high))


def paired_difference(
    ours: ArrayLike, theirs: ArrayLike, clusters: Sequence[Hashable], resamples: int = 1000
) -> Estimate:
    """The mean of `ours` - `theirs` over the same targets (n,), with its interval by cluster."""
    difference = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    return clustered_mean(difference, clusters, resamples)


def coverage(lists: Sequence[Sequence[int]], n_items: int) -> float:
    """The share of the catalogue's rows that occur in any list."""
    return float((_shown(lists, n_items) > 0).mean())


def gini(lists: Sequence[Sequence[int]], n_items: int) -> float:
    """How unequally items are shown: 0 all alike, near 1 a few only (Gini's mean difference)."""
    counts = np.sort(_shown(lists, n_items))
    if not counts.sum():
        return 0.0
    places = np.arange(1, n_items + 1)
    return float((2 * places - n_items - 1) @ counts / (n_items * counts.sum()))


def top_share(lists: Sequence[Sequence[int]], n_items: int, share: float = 0.01) -> float:
    """How much of all that is shown the most shown `share` of the catalogue takes, in [0, 1]."""
    counts = np.sort(_shown(lists, n_items))[::-1]
    top = max(1, round(share * n_items))
    return float(counts[:top].sum() / max(counts.sum(), 1))


def novelty(lists: Sequence[Sequence[int]], counts: ArrayLike) -> float:
    """The mean self-information in bits of shown items, from their interaction `counts` (n,).

    -log2 of an item's share of all interactions, smoothed by one (Zhou et al. 2010).
    """
    known = np.asarray(counts, dtype=np.float64) + 1.0
    bits = -np.log2(known / known.sum())
    rows = np.concatenate([np.asarray(rows, dtype=np.int64) for rows in lists])
    return float(bits[rows].mean()) if len(rows) else 0.0


def intra_list_diversity(lists: Sequence[Sequence[int]], vectors: NDArray[np.float32]) -> float:
    """The mean over lists of the mean 1 - cosine of their pairs; `vectors` (n, d) are unit rows.

    Lists with fewer than two items have no pairs and do not count.
    """
    spreads = [_spread(vectors[np.asarray(rows)]) for rows in lists if len(rows) > 1]
    return float(np.mean(spreads)) if spreads else 0.0


def _spread(vectors: NDArray[np.float32]) -> float:
    n = len(vectors)
    similar = float((vectors.sum(axis=0) ** 2).sum() - (vectors**2).sum())
    return 1.0 - similar / (n * (n - 1))


def _shown(lists: Sequence[Sequence[int]], n_items: int) -> Values:
    counts = np.zeros(n_items)
    for rows in lists:
        np.add.at(counts, np.asarray(rows, dtype=np.int64), 1.0)
    return counts


def _totals(values: Values, clusters: Sequence[Hashable]) -> tuple[Values, Values]:
    if not len(values):
        raise ValueError("no values to average")
    index: dict[Hashable, int] = {}
    of = np.array([index.setdefault(c, len(index)) for c in clusters])
    counts = np.bincount(of).astype(np.float64)
    return np.bincount(of, weights=values).astype(np.float64), counts
