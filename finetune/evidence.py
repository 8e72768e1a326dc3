"""Paired evidence for a candidate against what serves, by conversation, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from bot.comparison import Verdict

FEWEST = 8  # conversations below which a bootstrap says nothing
_ERROR = 0.05  # the chance, over all looks, of finding better what is not

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one conversation adds to a measure that is a ratio of sums, under both models.

    Each pair is (numerator, denominator): hits and targets for a recall, 2 * true positives and
    2 * true positives + false ones + missed ones for a micro-F1, a sum and its count for a mean.
    """

    before: tuple[float, float]
    after: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Change:
    """A measure before and after, their difference with its interval, and what follows.

    `needed` is how many more conversations it takes for the interval to leave zero if the
    difference stays; None where the verdict is clear or there is no difference.
    """

    before: float
    after: float
    change: float
    low: float
    high: float
    verdict: Verdict
    needed: int | None


def judge(tallies: Mapping[str, Tally], look: int = 1) -> Change:
    """Compare the two ratios over conversations with a percentile bootstrap that draws whole ones.

    `look` counts how often this candidate was judged before, this time included: look k uses an
    interval that excludes 0.1 / 2^k, 95 % at the first, so that however often one looks, what is
    no better is found better with a chance of at most 5 % (the union bound over the one-sided
    errors 0.05 / 2^k). Standard errors fall with the root of the number n of conversations
    (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6), so an interval of
    half width h leaves zero around a difference d at n (h / d)² conversations.
    """
    n = len(tallies)
    rows = np.array([(*t.before, *t.after) for t in tallies.values()], dtype=np.float64)
    rows = rows.reshape(n, 4)
    before, after = (_ratio(rows[:, k].sum(), rows[:, k + 1].sum()) for k in (0, 2))
    change = float(after - before)
    if n < FEWEST:
        verdict: Verdict = "not enough evidence"
        return Change(float(before), float(after), change, -1.0, 1.0, verdict, FEWEST - n)
    low, high = _interval(rows, 1.0 - 2 * _ERROR / 2**look)
    if low > 0 or high < 0:
        verdict = "better" if low > 0 else "worse"
        return Change(float(before), float(after), change, low, high, verdict, None)
    needed = None
    if change:
        half = (high - low) / 2
        needed = max(1, math.ceil(n * (half / abs(change)) ** 2) - n)
    return Change(float(before), float(after), change, low, high, "not enough evidence", needed)


def tallies_to_dict(tallies: Mapping[str, Tally]) -> dict[str, list[float]]:
    """Tallies as plain data that JSON can hold."""
    return {name: [*t.before, *t.after] for name, t in tallies.items()}


def tallies_from_dict(data: Mapping[str, Sequence[Any]]) -> dict[str, Tally]:
    """The inverse of `tallies_to_dict`."""
    return {
        name: Tally((float(a), float(b)), (float(c), float(d)))
        for name, (a, b, c, d) in data.items()
    }


def _interval(rows: Array, level: float) -> tuple[float, float]:
    def difference(a: Array, b: Array, c: Array, d: Array, axis: int) -> Array:
        sums = [x.sum(axis=axis) for x in (a, b, c, d)]
        return np.asarray(_ratio(sums[2], sums[3]) - _ratio(sums[0], sums[1]))

    if not (rows[:, 0] * rows[:, 3] != rows[:, 2] * rows[:, 1]).any():
        return 0.0, 0.0  # no conversation tells the two apart
    found = bootstrap(
        tuple(rows.T),
        difference,
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=level,
        n_resamples=2000,
        batch=200,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def _ratio(numerator: Any, denominator: Any) -> Any:
    """The ratio of two sums; 0 where there is nothing to count."""
    return np.divide(
        numerator,
        denominator,
        out=np.zeros_like(np.asarray(numerator, dtype=np.float64)),
        where=np.asarray(denominator) != 0,
    )
