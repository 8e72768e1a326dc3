"""Events: every one comes back from its row as it was, and what is unknown is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    BeliefRemoved,
    ConversationStarted,
    Event,
    FeedbackGiven,
    Forgotten,
    MessageReceived,
    Replied,
    Row,
    SlateShown,
    Understood,
    Undone,
    clean_text,
    conversation_of,
    event_data,
    event_from_data,
    new_id,
)
from bot.understanding import Understanding
from retrieval.errors import UserError
from retrieval.signals import Signal

text = st.text(st.characters(), max_size=40)  # surrogates and NUL included
number = st.floats(allow_nan=False, allow_infinity=False)
names = st.lists(text, max_size=4).map(tuple)
numbers = st.dictionaries(text, number, max_size=4)
signals = st.lists(
    st.one_of(
        st.builds(Signal, st.just("item"), st.floats(-1, 1), title=text, item_id=text),
        st.builds(Signal, st.just("facet"), st.floats(-1, 1), field=text, value=text),
        st.builds(Signal, st.just("range"), st.floats(-1, 1), field=text, min=number),
        st.builds(Signal, st.just("text"), st.floats(-1, 1), value=text, evidence=text),
    ),
    max_size=4,
).map(tuple)
understandings = st.builds(
    Understanding,
    st.just(("seek",)),
    signals,
    query=text,
    mentioned=names,
    subject=names,
    forget=signals,
    again=st.booleans(),
)
events = st.one_of(
    st.builds(ConversationStarted, text),
    st.builds(MessageReceived, text, text, text),
    st.builds(Understood, text, text, understandings, text),
    st.builds(
        SlateShown,
        text,
        text,
        items=names,
        scores=st.lists(number, max_size=4).map(tuple),
        propensities=st.lists(st.none() | number, max_size=4).map(tuple),
        temperature=number,
        candidates=numbers,
        index_id=text,
        reasons=names,
    ),
    st.builds(
        Replied,
        text,
        text,
        text=text,
        move=text,
        named=names,
        plain_wording=st.booleans(),
        bundle_id=text,
        ms=numbers,
    ),
    st.builds(FeedbackGiven, text, text, text, st.just("rating"), st.none() | number),
    st.builds(BeliefRemoved, st.none() | text, text),
    st.builds(Undone, st.none() | text, text),
    st.builds(Forgotten),
)


def joined(event: Event) -> Event:
    """The event with its surrogate pairs joined, as JSON reads them."""
    return event_from_data(event.kind, event.version, event_data(event))


@given(events)
def test_an_event_comes_back_from_its_row(event: Event) -> None:
    data = event_data(event)
    assert data.isascii()
    assert all(c.isprintable() for c in data)
    back = event_from_data(event.kind, event.version, data)
    assert type(back) is type(event)
    assert joined(back) == back
    assert event_data(back) == data or "\\ud" in data


@given(st.text())
def test_text_that_utf8_can_carry_is_kept_as_it_is(message: str) -> None:
    assert clean_text(message) == message
    event = MessageReceived("c", "t", message)
    assert event_from_data(event.kind, 1, event_data(event)) == event


@given(text)
def test_cleaned_text_can_always_be_encoded(message: str) -> None:
    cleaned = clean_text(message)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean_text(cleaned) == cleaned


def test_half_a_surrogate_pair_is_replaced_and_nul_is_kept() -> None:
    assert MessageReceived("c", "t", "a\ud800b\x00").text == "a\ufffdb\x00"
    assert clean_text("\ud83d\udc4b") == "👋"


def test_numbers_of_numpy_become_plain_ones() -> None:
    slate = SlateShown(
        "c",
        "t",
        items=("a",),
        scores=(np.float32(0.5),),  # type: ignore[arg-type]
        propensities=(np.float64(0.25),),
        temperature=0.0,
        candidates={"a": np.float32(0.5)},  # type: ignore[dict-item]
        index_id="i",
        reasons=("",),
    )
    assert joined(slate) == slate


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        event_data(FeedbackGiven("c", "t", "i", "dwell", bad))


@pytest.mark.parametrize(
    ("kind", "version", "data"),
    [
        ("gossip", 1, "{}"),
        ("undone", 2, '{"conversation_id":null,"target":"x"}'),
        ("undone", 1, '{"conversation_id":null,"target":"x","more":1}'),
        ("undone", 1, "{}"),
        ("undone", 1, "[]"),
        ("undone", 1, "not json"),
        ("understood", 1, json.dumps({"conversation_id": "c", "turn_id": "t"})),
    ],
)
def test_what_is_unknown_or_damaged_is_refused(kind: str, version: int, data: str) -> None:
    with pytest.raises(UserError) as caught:
        event_from_data(kind, version, data)
    assert caught.value.mend


def test_names_are_fresh_and_rows_without_one_are_named_by_place() -> None:
    assert len({new_id() for _ in range(100)}) == 100
    assert Row(3, "", "u", Forgotten()).event_id == Row(3, "", "v", Forgotten()).event_id
    assert conversation_of(Forgotten()) is None
    assert conversation_of(ConversationStarted("c")) == "c"
