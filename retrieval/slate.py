"""A slate is drawn place by place from scored candidates, relevant and unlike each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RELEVANCE = 0.75  # of relevance against novelty (maximal marginal relevance)


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a slate: the candidate's position in the given arrays and its propensity.

    `propensity` is the probability of this item here, given the places above; None where the
    temperature was 0 and nothing was left to chance.
    """

    position: int
    propensity: float | None


def choose(
    scores: NDArray[np.float64],
    vectors: NDArray[np.float32],
    size: int,
    *,
    temperatures: tuple[float, ...],
    rng: np.random.Generator,
    relevance: float = RELEVANCE,
) -> tuple[Place, ...]:
    """Fill up to `size` places from k candidates, `scores` (k,) and unit `vectors` (k, d).

    At each place the value is maximal marginal relevance (Carbonell and Goldstein, 1998):
    relevance * standardised score - (1 - relevance) * greatest cosine to the places above. With
    temperature 0 the best value wins, else a softmax over value / temperature is sampled.
    `temperatures` has an entry a place; the last one serves all further places.
    """
    standard = _standardise(scores)
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), dtype=np.bool_)
    places: list[Place] = []
    for place in range(min(size, len(scores))):
        value = relevance * standard - (1 - relevance) * nearest
        temperature = temperatures[min(place, len(temperatures) - 1)]
        picked = _pick(np.where(left, value, -np.inf), temperature, rng)
        places.append(picked)
        left[picked.position] = False
        cosine = vectors @ vectors[picked.position]
        nearest = cosine if place == 0 else np.maximum(nearest, cosine)
    return tuple(places)


def chances(
    scores: NDArray[np.float64],
    vectors: NDArray[np.float32],
    above: NDArray[np.float32],
    left: NDArray[np.bool_],
    temperature: float,
) -> NDArray[np.float64]:
    """The probability (k,) with which `choose` would put each of k candidates in the next place.

    `scores` (k,) and unit `vectors` (k, d) are all candidates', `above` (m, d) the unit vectors of
    the places filled so far, `left` (k,) says who is still to be had. The temperature is above 0.
    """
    nearest = (vectors @ above.T).max(axis=1) if len(above) else np.zeros(len(scores))
    value = RELEVANCE * _standardise(scores) - (1 - RELEVANCE) * nearest
    return _odds(np.where(left, value, -np.inf), temperature)


def _odds(value: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """A softmax (k,) over value / temperature."""
    odds = np.exp((value - value.max()) / temperature)
    return np.asarray(odds / odds.sum())


def _standardise(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores with unit deviation, so that novelty weighs alike whatever the scale."""
    deviation = float(scores.std()) if len(scores) else 0.0
    centred = scores - scores.mean() if len(scores) else scores
    return np.asarray(centred / deviation if deviation > 0 else centred)


def _pick(value: NDArray[np.float64], temperature: float, rng: np.random.Generator) -> Place:
    if temperature <= 0:
        return Place(int(np.argmax(value)), None)
    odds = _odds(value, temperature)
    position = int(rng.choice(len(odds), p=odds))
    return Place(position, float(odds[position]))
