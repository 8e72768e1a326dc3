"""Candidates are the few hundred rows worth ranking: near the need or taste, or asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import FacetRows, Mask
from retrieval.index import ItemIndex
from retrieval.ranking import Need

PER_SOURCE = 150  # rows drawn from each source


def draw(
    need: Need,
    index: ItemIndex,
    facets: FacetRows,
    keep: Mask,
    *,
    per_source: int = PER_SOURCE,
) -> NDArray[np.int64]:
    """Rows (k,) in ascending order, from the index, from learned scores and from liked facets.

    `keep` (n,) says which rows may be shown at all; where the sources leave nothing of them, all
    kept rows are candidates, so a hard constraint is met whenever any item meets it.
    """
    chosen = np.zeros(len(keep), dtype=np.bool_)
    queries = [v for v in (need.q, need.taste.s, need.taste.u) if v is not None and v.any()]
    if queries:
        rows, _ = index.search(np.stack(queries), per_source)
        chosen[rows[rows >= 0]] = True
    for scores in (need.learned, need.popularity):
        if scores is not None:
            chosen[_best(scores, per_source, keep)] = True
    for belief in need.taste.beliefs:
        signal = belief.signal
        if signal.kind != "item" and signal.polarity > 0:
            matching = np.flatnonzero(facets.match(signal) & keep)
            chosen[_spread(matching, per_source, need)] = True
    chosen &= keep
    if chosen.sum() < min(per_source, int(keep.sum())):
        extra = np.flatnonzero(keep & ~chosen)
        chosen[_spread(extra, per_source, need)] = True
    return np.flatnonzero(chosen)


def _best(scores: NDArray[np.float32], count: int, keep: Mask) -> NDArray[np.int64]:
    kept = np.flatnonzero(keep)
    order = np.argsort(-scores[kept], kind="stable")[:count]
    return np.asarray(kept[order])


def _spread(rows: NDArray[np.int64], count: int, need: Need) -> NDArray[np.int64]:
    """At most `count` of `rows`: the most popular where that is known, else evenly spread."""
    if len(rows) <= count:
        return rows
    if need.popularity is not None:
        return np.asarray(rows[np.argsort(-need.popularity[rows], kind="stable")[:count]])
    return np.asarray(rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)])
