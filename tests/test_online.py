"""Per-user weights: signs hold whatever is chosen, they learn a taste, and nobody else's."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from fakes import FakeEncoder, tiny_catalog
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.events import (
    Event,
    FeedbackGiven,
    FeedbackKind,
    MessageReceived,
    Row,
    SlateShown,
    Undone,
    event_data,
    event_from_data,
)
from bot.need import make_shelf, personal_shelf
from bot.online import LEAST, MOST, RATE, Choice, choices_of, personal_weights
from bot.session import fold_session
from retrieval.index import build_index
from retrieval.ranking import LEARNED_WEIGHTS, Weights

F = len(fields(Weights))
numbers = st.floats(-5, 5, allow_nan=False)
vectors = st.tuples(*[numbers] * F)
choices = st.builds(
    Choice,
    chosen=vectors,
    over=st.lists(vectors, min_size=1, max_size=3).map(tuple),
    strength=st.floats(0.05, 1.0),
)


def _vector(weights: Weights) -> NDArray[np.float64]:
    return weights.vector()[:F]


@given(st.lists(choices, max_size=40), st.sampled_from([Weights(), LEARNED_WEIGHTS]))
@settings(max_examples=150, deadline=None)
def test_signs_and_bounds_hold_whatever_is_chosen(made: list[Choice], prior: Weights) -> None:
    found = personal_weights(prior, made)
    vector, offline = _vector(found), _vector(prior)
    assert (vector >= 0).all()
    assert found.refused >= Weights.REFUSED_FLOOR
    assert found.refused_facets >= found.facet_floor() - 1e-9
    names = [f.name for f in fields(Weights)]
    free = [k for k, name in enumerate(names) if name not in ("refused", "refused_facets")]
    assert (vector[free] <= MOST * offline[free] + 1e-9).all()
    assert (vector[free] >= LEAST * offline[free] - 1e-9).all()


@given(choices)
def test_one_choice_moves_no_weight_far(choice: Choice) -> None:
    moved = np.abs(_vector(personal_weights(Weights(), [choice])) - _vector(Weights()))
    assert (moved <= RATE * _vector(Weights()) + 1e-9).all()


@given(choices)
def test_a_choice_never_speaks_against_itself(choice: Choice) -> None:
    """After a step the chosen item's lead over the mean of the others is no smaller."""
    alone = replace(choice, over=choice.over[:1])
    lead = np.array(alone.chosen) - np.array(alone.over[0])
    free = Weights(refused=1e-9 + Weights.REFUSED_FLOOR, refused_facets=50.0)
    before, after = _vector(free), _vector(personal_weights(free, [alone]))
    assert lead @ after >= lead @ before - 1e-6


def test_no_choice_leaves_exactly_the_offline_weights() -> None:
    assert personal_weights(LEARNED_WEIGHTS, []) is LEARNED_WEIGHTS


def test_weights_go_toward_a_simulated_taste() -> None:
    rng = np.random.default_rng(1)
    offline = Weights()
    taste = _vector(offline) * np.array([0.5, 1, 1, 1, 2.4, 0.5, 1, 1, 2.4, 2.4])
    made = []
    for _ in range(400):
        slate = rng.normal(size=(4, F)) * 0.4
        best = int(np.argmax(slate @ taste + rng.gumbel(size=4) * 0.3))
        rest = tuple(tuple(map(float, row)) for k, row in enumerate(slate) if k != best)
        made.append(Choice(tuple(map(float, slate[best])), rest, 1.0))
    learned = _vector(personal_weights(offline, made))

    def agreement(weights: NDArray[np.float64]) -> float:
        slates = np.random.default_rng(2).normal(size=(3000, 4, F))
        return float(((slates @ weights).argmax(1) == (slates @ taste).argmax(1)).mean())

    assert agreement(learned) > agreement(_vector(offline)) + 0.05
    assert learned[4] > offline.liked_facets and learned[5] < offline.named_facets


def _slate(
    turn: str, features: tuple[tuple[float, ...], ...], conversation: str = "c"
) -> SlateShown:
    n = len(features)
    return SlateShown(
        conversation, turn, tuple("abcd"[:n]), (0.0,) * n, (None,) * n, 0.0, {}, "i", ("",) * n,
        features,
    )  # fmt: skip


def _rows(*events: Event) -> list[Row]:
    return [Row(k, "", "u", event) for k, event in enumerate(events, 1)]


ONE, TWO, THREE = ((float(k),) * F for k in (1, 2, 3))


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("chosen", None, 1),
        ("like", None, 1),
        ("rating", 5.0, 1),
        ("rating", 3.0, 0),
        ("dislike", None, 0),
        ("seen", None, 0),
        ("opened", None, 0),
    ],
)
def test_only_what_was_taken_is_a_choice(
    kind: FeedbackKind, value: float | None, expected: int
) -> None:
    rows = _rows(_slate("t", (ONE, TWO)), FeedbackGiven("c", "t", "a", kind, value))
    assert len(choices_of(rows)) == expected


def test_seen_and_liked_items_are_not_passed_over() -> None:
    rows = _rows(
        _slate("t", (ONE, TWO, THREE)),
        FeedbackGiven("c", "t", "a", "chosen"),
        FeedbackGiven("c", "t", "b", "seen"),
    )
    (choice,) = choices_of(rows)
    assert (choice.chosen, choice.over) == (ONE, (THREE,))


def test_undoing_a_choice_and_forgetting_bring_the_offline_weights_back() -> None:
    shown, taken = _slate("t", (ONE, TWO)), FeedbackGiven("c", "t", "b", "chosen")
    rows = _rows(MessageReceived("c", "t", "hi"), shown, taken)
    catalog, encoder = tiny_catalog(), FakeEncoder()
    shelf = make_shelf(catalog, build_index(catalog, encoder), encoder)
    own = personal_shelf(shelf, fold_session(rows, "c"))
    assert own.weights != shelf.weights
    elsewhere = personal_shelf(shelf, fold_session(rows, "another conversation"))
    assert elsewhere.weights == own.weights  # what is learned of a user stays with them
    undone = [*rows, Row(9, "", "u", Undone("c", rows[-1].event_id))]
    assert personal_shelf(shelf, fold_session(undone, "c")) is shelf
    assert personal_shelf(shelf, fold_session([], "c")) is shelf


def test_features_survive_the_log_and_older_slates_are_read() -> None:
    event = _slate("t", (ONE, TWO))
    data = event_data(event)
    assert event_from_data("slate_shown", 1, data) == event
    older = data.replace(data[data.index(',"features"') : -1], "")
    assert event_from_data("slate_shown", 1, older) == replace(event, features=())
