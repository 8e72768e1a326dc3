"""Counts what is recommended and named together, each item by what people thought of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sparse

from retrieval.co_preference import FADE, CoPreference
from retrieval.ranking_context import Mention

Gains = Mapping[int, float]

_SEEKER, _RECOMMENDER = 1.0, 0.7  # a pair counts by who named its first item
_RECENT = 1500  # conversations over which recent popularity fades to 1/e
_SHRINK_DIRECTED, _SHRINK_TOGETHER = 3.0, 5.0  # pseudo-counts: few conversations prove little


def learn_weighed(
    conversations: Sequence[Sequence[Mention]],
    gains: Sequence[Gains],
    n_items: int,
    unreacted: float,
) -> CoPreference:
    """The statistics of `retrieval.co_preference.learn`, where likes add and refusals take away.

    `gains` says for each conversation what its items (by row) were worth in [-1, 1]; a
    recommendation without a reaction is worth `unreacted`, an item that the seeker named 1. No
    count falls below 0. With every gain 1 the result is that of `learn`.
    """
    tally = _Tally(n_items, unreacted)
    for number, (mentions, worth) in enumerate(zip(conversations, gains, strict=True)):
        fresh = float(np.exp(-(len(conversations) - number) / _RECENT))
        tally.add(mentions, worth, fresh)
    return tally.result()


class _Tally:
    """Counts under way over n items."""

    def __init__(self, n_items: int, unreacted: float) -> None:
        self._n, self._unreacted = n_items, unreacted
        self._counts = np.zeros((3, n_items))
        self._occurs = np.zeros(n_items)
        self._directed: list[tuple[int, int, float]] = []
        self._together: list[tuple[int, int, float]] = []

    def add(self, mentions: Sequence[Mention], worth: Gains, fresh: float) -> None:
        """Count one conversation."""
        first: dict[int, tuple[bool, int]] = {}
        gain: dict[int, float] = {}
        for place, mention in enumerate(mentions):
            if mention.row in first:
                continue
            told = worth.get(mention.row)
            gain[mention.row] = told if told is not None else self._untold(mention)
            if mention.by_user:
                self._counts[2, mention.row] += 1
            else:
                self._recommended(mention.row, gain, first, place, fresh)
            first[mention.row] = (mention.by_user, place)
        wanted = [row for row in first if gain[row] > 0]
        self._occurs[wanted] += [gain[row] for row in wanted]
        self._together += [(i, j, gain[i] * gain[j]) for i in wanted for j in wanted if i != j]

    def _untold(self, mention: Mention) -> float:
        return 1.0 if mention.by_user else self._unreacted

    def _recommended(
        self,
        row: int,
        gain: Mapping[int, float],
        first: Mapping[int, tuple[bool, int]],
        place: int,
        fresh: float,
    ) -> None:
        self._counts[:2, row] += gain[row] * np.array([1.0, fresh])
        for other, (by_user, at) in first.items():
            if gain[other] > 0:
                weight = (_SEEKER if by_user else _RECOMMENDER) * FADE ** (place - at - 1)
                self._directed.append((row, other, weight * gain[row]))

    def result(self) -> CoPreference:
        """The statistics of all that was counted."""
        counts = np.maximum(self._counts, 0).astype(np.float32)
        together = self._matrix(self._together)
        scale = sparse.diags_array(1 / np.sqrt(self._occurs + 2))
        recommended, recent, named = counts
        return CoPreference(
            recommended,
            recent,
            named,
            directed=_columns(self._matrix(self._directed), _SHRINK_DIRECTED),
            together=_columns(together, _SHRINK_TOGETHER),
            similar=sparse.csc_array(scale @ together @ scale).astype(np.float32),
        )

    def _matrix(self, entries: Sequence[tuple[int, int, float]]) -> sparse.csc_array:
        rows, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
        made = sparse.csc_array(
            (np.array(weights, np.float64), (np.array(rows, int), np.array(columns, int))),
            shape=(self._n, self._n),
        )
        made.data = np.maximum(made.data, 0)
        made.eliminate_zeros()
        return made


def _columns(matrix: sparse.csc_array, shrink: float) -> sparse.csc_array:
    """Columns divided by their sums plus a pseudo-count."""
    sums = np.asarray(matrix.sum(axis=0)).ravel()
    return sparse.csc_array(matrix @ sparse.diags_array(1 / (sums + shrink))).astype(np.float32)
