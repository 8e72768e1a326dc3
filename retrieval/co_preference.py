"""What people who named this were recommended, and what is named together, from conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from retrieval.ranking_context import Mention

Values = NDArray[np.float32]

FADE = 0.85  # how much an item counts for one that was named a place later
_SEEKER, _RECOMMENDER = 1.0, 0.7  # a pair counts by who named its first item
_RECENT = 1500  # conversations over which recent popularity fades to 1/e
_SHRINK_DIRECTED, _SHRINK_TOGETHER = 3.0, 5.0  # pseudo-counts: few conversations prove little


@dataclass(frozen=True)
class CoPreference:
    """Statistics over n items.

    `recommended`, `recent` and `named` (n,) count how often an item was recommended, the same with
    newer conversations counting more, and named by a seeker. Column j of `directed` (n, n) is
    P(i recommended later | j named), of `together` the symmetric P(i in a conversation | j in it),
    of `similar` their cosine; all shrunk towards 0.
    """

    recommended: Values
    recent: Values
    named: Values
    directed: sparse.csc_array
    together: sparse.csc_array
    similar: sparse.csc_array

    @property
    def prior(self) -> Values:
        """Smoothed P(i recommended) (n,); sums to 1."""
        counts = self.recommended + 0.2
        return np.asarray(counts / counts.sum(), dtype=np.float32)

    @property
    def interactions(self) -> Values:
        """How often each item (n,) was named by anybody."""
        return self.recommended + self.named

    def aligned(self, rows: NDArray[np.int64]) -> CoPreference:
        """The same for another catalogue: `rows` (m,) says which of our items each is, -1 none."""
        known = np.flatnonzero(rows >= 0)
        shape = (len(rows), len(self.recommended))
        pick = sparse.csr_array((np.ones(len(known)), (known, rows[known])), shape=shape)
        square = [
            sparse.csc_array(pick @ m @ pick.T).astype(np.float32)
            for m in (self.directed, self.together, self.similar)
        ]
        vectors = [
            (pick @ v).astype(np.float32) for v in (self.recommended, self.recent, self.named)
        ]
        return CoPreference(*vectors, *square)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything as named arrays for a weights file; probabilities in half precision."""
        found: dict[str, NDArray[np.generic]] = {
            name: getattr(self, name) for name in ("recommended", "recent", "named")
        }
        for name in ("directed", "together", "similar"):
            matrix = getattr(self, name)
            found[f"{name}.data"] = matrix.data.astype(np.float16)
            found[f"{name}.indices"] = matrix.indices.astype(np.int32)
            found[f"{name}.indptr"] = matrix.indptr.astype(np.int32)
        return found


def co_preference_from(arrays: Mapping[str, NDArray[np.generic]]) -> CoPreference:
    """The inverse of `CoPreference.arrays`; raises KeyError where an array is missing."""
    n = len(arrays["recommended"])
    square = [
        sparse.csc_array(
            (
                arrays[f"{name}.data"].astype(np.float32),
                arrays[f"{name}.indices"],
                arrays[f"{name}.indptr"],
            ),
            shape=(n, n),
        )
        for name in ("directed", "together", "similar")
    ]
    vectors = [
        np.asarray(arrays[name], dtype=np.float32) for name in ("recommended", "recent", "named")
    ]
    return CoPreference(*vectors, *square)


def learn(conversations: Sequence[Sequence[Mention]], n_items: int) -> CoPreference:
    """Count over conversations, oldest first, each the mentions of its items in order."""
    counts = np.zeros((3, n_items))
    directed, together = _Pairs(), _Pairs()
    occurs = np.zeros(n_items)
    for number, mentions in enumerate(conversations):
        fresh = np.exp(-(len(conversations) - number) / _RECENT)
        first: dict[int, tuple[bool, int]] = {}
        for place, mention in enumerate(mentions):
            if mention.row in first:
                continue
            if mention.by_user:
                counts[2, mention.row] += 1
            else:
                counts[:2, mention.row] += 1, fresh
                for row, (by_user, at) in first.items():
                    weight = (_SEEKER if by_user else _RECOMMENDER) * FADE ** (place - at - 1)
                    directed.add(mention.row, row, weight)
            first[mention.row] = (mention.by_user, place)
        occurs[list(first)] += 1
        together.add_all((i, j) for i in first for j in first if i != j)
    a = together.matrix(n_items)
    scale = sparse.diags_array(1 / np.sqrt(occurs + 2))
    return CoPreference(
        recommended=counts[0].astype(np.float32),
        recent=counts[1].astype(np.float32),
        named=counts[2].astype(np.float32),
        directed=_columns(directed.matrix(n_items), _SHRINK_DIRECTED),
        together=_columns(a, _SHRINK_TOGETHER),
        similar=sparse.csc_array(scale @ a @ scale).astype(np.float32),
    )


def gather(
    matrix: sparse.csc_array, mentions: Iterable[Mention], weights: Iterable[float]
) -> Values:
    """The weighted sum (n,) of the columns of the mentioned items."""
    total = np.zeros(matrix.shape[0], dtype=np.float32)
    for mention, weight in zip(mentions, weights, strict=True):
        part = slice(matrix.indptr[mention.row], matrix.indptr[mention.row + 1])
        total[matrix.indices[part]] += weight * matrix.data[part]
    return total


class _Pairs:
    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.weights: list[float] = []

    def add(self, row: int, column: int, weight: float) -> None:
        self.rows.append(row)
        self.columns.append(column)
        self.weights.append(weight)

    def add_all(self, pairs: Iterable[tuple[int, int]]) -> None:
        for row, column in pairs:
            self.add(row, column, 1.0)

    def matrix(self, n: int) -> sparse.csc_array:
        return sparse.csc_array((self.weights, (self.rows, self.columns)), shape=(n, n))


def _columns(matrix: sparse.csc_array, shrink: float) -> sparse.csc_array:
    """Columns divided by their sums plus a pseudo-count."""
    sums = np.asarray(matrix.sum(axis=0)).ravel()
    return sparse.csc_array(matrix @ sparse.diags_array(1 / (sums + shrink))).astype(np.float32)
