"""What another policy would have earned, estimated from places that were left to chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import UserError
from retrieval.metrics import Estimate, clustered_mean

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One place that was drawn at random, given the places above it.

    `propensity` is the probability with which the logging policy put its item there, `target`
    that of the policy to be judged, both given the same places above. `reward` in [0, 1] is what
    came of it, `predicted` what a reward model says of that item, and `expected` the model's mean
    over what the judged policy would put there.
    """

    conversation: str
    propensity: float
    target: float
    reward: float
    predicted: float = 0.0
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """Three estimates of a policy's mean reward at such a place, and what they rest on.

    `effective` is Kish's sample size, (Σw)² / Σw²; `earned` is what the logging policy earned.
    """

    earned: Estimate
    ips: Estimate
    snips: Estimate
    dr: Estimate
    trials: int
    effective: float


def estimate(trials: Sequence[Trial]) -> PolicyValue:
    """IPS, SNIPS and DR with 95 % intervals that draw whole conversations.

    With w = target / propensity: inverse propensity scoring is the mean of w·r (Horvitz and
    Thompson, 1952), unbiased where every item that the judged policy may choose could have been
    drawn; the self-normalised one is Σw·r / Σw (Swaminathan and Joachims, 2015), a little biased
    and far steadier; the doubly robust one adds w·(r - predicted) to the model's expectation
    (Dudík et al., 2011), unbiased if the propensities or the model are right. Raises UserError
    without any trial.
    """
    if not trials:
        raise UserError(
            "No place of the logged slates was left to chance, so nothing can be said of another"
            " ranking from them.",
            "Serve with --temperature above 0.",
        )
    names = [t.conversation for t in trials]
    reward, weight = _column(trials, "reward"), _column(trials, "target")
    weight = weight / _column(trials, "propensity")
    doubly = _column(trials, "expected") + weight * (reward - _column(trials, "predicted"))
    total = float(weight.sum())
    return PolicyValue(
        earned=clustered_mean(reward, names),
        ips=clustered_mean(weight * reward, names),
        snips=_ratio(weight * reward, weight, names),
        dr=clustered_mean(doubly, names),
        trials=len(trials),
        effective=total**2 / float((weight**2).sum()) if total else 0.0,
    )


def _column(trials: Sequence[Trial], name: str) -> Values:
    return np.array([getattr(t, name) for t in trials], dtype=np.float64)


def _ratio(above: Values, below: Values, names: Sequence[str]) -> Estimate:
    """Σ above / Σ below; its interval is that of the linearised ratio (the delta method)."""
    total = float(below.sum())
    if not total:
        return Estimate(0.0, 0.0, 1.0)
    value = float(above.sum() / total)
    return clustered_mean(value + (above - value * below) / below.mean(), names)
