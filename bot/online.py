"""Between runs each user's choices move their own ranking weights, a little, within the signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bot.events import FeedbackGiven, Row, SlateShown
from retrieval.ranking import Weights

_LEARNED = len(fields(Weights))  # the first features are weighed, what comes after has no weight

Values = NDArray[np.float64]

# How much a reaction counts as a choice against the rest of its slate; a rating counts from 4 up.
_CHOICES = {"chosen": 1.0, "purchased": 0.7, "like": 0.7}
_KNOWN = ("seen",)  # not taken for another reason than taste: no comparison

RATE = 0.25  # how far one choice may move a weight, as a share of the offline one
PULL = 0.02  # how much of the way back to the offline weights each choice lets go
LEAST, MOST = 0.4, 2.5  # times its offline value that a weight may become


@dataclass(frozen=True, slots=True)
class Choice:
    """One item taken from a slate: its features (f,), those of the items passed over, and how sure.

    Features are in the order of `retrieval.ranking.FEATURES`; `strength` is in (0, 1].
    """

    chosen: tuple[float, ...]
    over: tuple[tuple[float, ...], ...]
    strength: float


def choices_of(rows: Sequence[Row]) -> tuple[Choice, ...]:
    """The choices in one user's rows, oldest first; slates without features tell nothing."""
    slates: dict[str, SlateShown] = {}
    given: dict[str, dict[str, float]] = {}
    for row in rows:
        event = row.event
        if isinstance(event, SlateShown) and event.features:
            slates[event.turn_id] = event
        elif isinstance(event, FeedbackGiven) and event.turn_id in slates:
            reactions = given.setdefault(event.turn_id, {})
            reactions[event.item_id] = max(_strength(event), reactions.get(event.item_id, -1.0))
    found = [_choices(slates[turn], reactions) for turn, reactions in given.items()]
    return tuple(choice for some in found for choice in some)


def personal_weights(prior: Weights, choices: Sequence[Choice]) -> Weights:
    """The weights after some choices, oldest first; without any, `prior` itself.

    Each choice is a gradient step on the log-likelihood of the pairs "chosen before passed over"
    under a logistic model of the score difference (Bradley and Terry, 1952; pairwise as in BPR,
    Rendle et al., 2009). What moves are multiples of the offline weights, so that no feature's
    scale matters, and a weight of 0 stays 0. A step moves no multiple by more than RATE.
    """
    offline = prior.vector()[:_LEARNED]
    multiples = np.ones_like(offline)
    for choice in choices:
        if choice.over and len(choice.chosen) >= _LEARNED:
            away = 1.0 + (1.0 - PULL) * (multiples - 1.0)
            multiples = np.clip(away + _step(choice, offline, multiples), LEAST, MOST)
    return prior if (multiples == 1.0).all() else _allowed(offline * multiples)


def _strength(event: FeedbackGiven) -> float:
    """How sure a choice is, 0 for what is none, below 0 for what is not compared at all."""
    if event.feedback in _KNOWN:
        return 0.0
    if event.feedback == "rating":
        return max(0.0, ((event.value or 0.0) - 3) / 2)
    return _CHOICES.get(event.feedback, -1.0)


def _choices(slate: SlateShown, reactions: dict[str, float]) -> list[Choice]:
    features = dict(zip(slate.items, slate.features, strict=False))
    over = tuple(features[i] for i in slate.items if reactions.get(i, -1.0) < 0 and i in features)
    taken = [(item, s) for item, s in reactions.items() if s > 0 and item in features]
    return [Choice(features[item], over, strength) for item, strength in taken if over]


def _step(choice: Choice, offline: Values, multiples: Values) -> Values:
    """The bounded gradient step (f,) on the multiples, averaged over the items passed over."""
    ahead = (np.array(choice.chosen) - np.array(choice.over))[:, :_LEARNED] * offline
    surprise = 1.0 / (1.0 + np.exp(np.clip(ahead @ multiples, -30.0, 30.0)))
    largest = np.maximum(1.0, np.abs(ahead).max(axis=1))
    steps = ahead * (surprise / largest)[:, None]
    return np.asarray(RATE * choice.strength * steps.mean(axis=0))


def _allowed(values: Values) -> Weights:
    """The nearest weights that keep the signs: refusals weigh at least what their floors say."""
    named = {f.name: float(v) for f, v in zip(fields(Weights), values, strict=True)}
    named["refused"] = max(named["refused"], Weights.REFUSED_FLOOR)
    floor = Weights(refused=named["refused"], refused_facets=1e9).facet_floor()
    named["refused_facets"] = max(named["refused_facets"], floor)
    return Weights(**named)
