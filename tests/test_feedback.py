"""Feedback: what each kind says, and when one repeats another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import FeedbackGiven, FeedbackKind, Row, Understood
from bot.feedback import EVIDENCE, KINDS, check_feedback, feedback_signal, repeat_key
from bot.understanding import Understanding
from retrieval.errors import UserError
from retrieval.signals import Signal
from retrieval.taste import IMPLICIT


def given_as(kind: Any, value: float | None = None, item: str = "i1") -> FeedbackGiven:
    return FeedbackGiven("c1", "t1", item, kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "polarity"),
    [
        ("like", None, 1.0),
        ("dislike", None, -1.0),
        ("never", None, -1.0),
        ("chosen", None, 1.0),
        ("seen", None, 0.0),
        ("not_now", None, 0.0),
        ("rating", 5.0, 1.0),
        ("rating", 3.0, 0.0),
        ("rating", 1.5, -0.75),
    ],
)
def test_what_is_said_outright(kind: str, value: float | None, polarity: float) -> None:
    signal = feedback_signal(given_as(kind, value))
    assert (signal.polarity, signal.item_id, signal.source) == (polarity, "i1", kind)
    assert signal.hard is (kind == "never")
    assert signal.scope == ("session" if kind == "not_now" else "lasting")
    assert signal.evidence


@given(st.sampled_from(sorted(IMPLICIT)), st.floats(0, 1e9))
def test_what_is_only_done_weighs_less_than_what_is_said(kind: FeedbackKind, value: float) -> None:
    done = feedback_signal(given_as(kind, value if kind == "dwell" else None))
    assert 0 <= done.weight < feedback_signal(given_as("like")).weight
    assert done.confidence <= 0.3 or kind == "purchased"
    assert not done.hard


def test_staying_longer_says_more_up_to_a_minute() -> None:
    weights = [feedback_signal(given_as("dwell", s)).weight for s in (0, 5, 30, 60, 600)]
    assert weights == sorted(weights)
    assert weights[0] == 0
    assert weights[-1] == weights[-2]


def test_every_kind_has_its_words() -> None:
    assert set(EVIDENCE) == set(KINDS)
    assert set(KINDS) >= IMPLICIT


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("gossip", None),
        ("", None),
        ("rating", None),
        ("rating", 0),
        ("rating", 5.5),
        ("rating", float("nan")),
        ("dwell", None),
        ("dwell", -1),
        ("dwell", float("inf")),
        ("dwell", float("nan")),
        ("like", 1.0),
    ],
)
def test_what_is_no_feedback_is_refused_with_a_mend(kind: str, value: float | None) -> None:
    with pytest.raises(UserError) as caught:
        check_feedback(kind, value)
    assert caught.value.mend


def test_what_is_feedback_passes() -> None:
    assert check_feedback("rating", 4) == "rating"
    assert check_feedback("dwell", 0.5) == "dwell"
    assert check_feedback("not_now", None) == "not_now"


def test_only_a_change_of_mind_on_the_item_makes_an_equal_feedback_new() -> None:
    like = given_as("like")

    def key(*events: Any) -> str:
        rows = [Row(n, "", "u", event) for n, event in enumerate(events, start=1)]
        return repeat_key("u", like, rows)

    def words(item: str, polarity: float) -> Understood:
        signals = (Signal("item", polarity, item_id=item),)
        return Understood("c1", "t2", Understanding(("feedback",), signals), "x")

    assert key() == key(like) == key(like, given_as("opened")) == key(like, like)
    assert key() == key(given_as("dislike", item="i2")) == key(words("i2", -1))
    assert key() == key(words("i1", 0.0))
    assert key() != key(given_as("dislike"))
    assert key() != key(words("i1", -1))
    assert repeat_key("v", like, []) != key()
