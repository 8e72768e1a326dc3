"""Whether to ask: the facet whose answer would sharpen the slate most, by expected gain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.moves import Move
from retrieval.catalog import Catalog

WORTH_ASKING = 0.22  # expected gain in the slate's share of belief that a question must bring
ASKABLE = ("genre", "language", "country")  # of the known facets; the owner's own come after
_CONSIDERED = 60  # the best candidates: what lies below them is not in question
_OPTIONS = 4


def best_question(
    catalog: Catalog,
    rows: Sequence[int],
    scores: NDArray[np.float64],
    size: int,
    already: frozenset[str],
) -> Move | None:
    """The ask whose expected gain is worth it, or None: then the slate alone is shown.

    Belief over the best candidates is a softmax of their standardised `scores`. Knowing the value
    of a facet leaves the candidates that have it; the gain is the expected belief in the best
    `size` of what is left minus that in the best `size` now. `already` are facets asked or said.
    """
    rows = list(rows[:_CONSIDERED])
    if len(rows) <= size:
        return None
    belief = _softmax(scores[: len(rows)])
    now = float(np.sort(belief)[::-1][:size].sum())
    gains = {
        field: _expected(catalog, field, rows, belief, size) - now
        for field in _fields(catalog)
        if field not in already
    }
    if not gains:
        return None
    field = max(gains, key=lambda name: gains[name])
    if gains[field] < WORTH_ASKING:
        return None
    counts = Counter(v for row in rows for v in catalog.items[row].values(field))
    options = tuple(value for value, _ in counts.most_common(_OPTIONS))
    return Move("ask", "preference", asked=field, options=options)


def _fields(catalog: Catalog) -> list[str]:
    own = [f for f in catalog.facets if f not in (*ASKABLE, "person", "keywords")]
    return [f for f in (*ASKABLE, *own) if f in catalog.facets and catalog.facets[f].askable]


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    deviation = float(scores.std())
    standard = (scores - scores.max()) / deviation if deviation > 0 else np.zeros_like(scores)
    odds = np.exp(standard)
    return np.asarray(odds / odds.sum())


def _expected(
    catalog: Catalog, field: str, rows: Sequence[int], belief: NDArray[np.float64], size: int
) -> float:
    """The expected belief in the best `size` candidates once the facet's value is known."""
    by_value: dict[str, list[float]] = {}
    for row, share in zip(rows, belief, strict=True):
        values = catalog.items[row].values(field)
        for value in values:
            by_value.setdefault(value, []).append(float(share) / len(values))
    known = sum(sum(shares) for shares in by_value.values())
    if known <= 0 or len(by_value) < 2:
        return 0.0
    # P(value) * (best / P(value)) = best, summed; what has no value stays as unsure as it is.
    return sum(sum(sorted(shares, reverse=True)[:size]) for shares in by_value.values())
