"""Sessions: what a user's events come to, whatever was removed, undone or asked for again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    BeliefRemoved,
    ConversationStarted,
    Event,
    FeedbackGiven,
    MessageReceived,
    Replied,
    Row,
    SlateShown,
    Understood,
    Undone,
)
from bot.session import Session, fold_session, undo_last
from bot.understanding import Understanding
from retrieval.signals import Signal
from retrieval.taste import hold


def rows_of(*events: Event | tuple[Event, ...]) -> list[Row]:
    """Rows in order; a tuple of events shares its time, as one append does."""
    rows: list[Row] = []
    for place, event in enumerate(events):
        for part in event if isinstance(event, tuple) else (event,):
            rows.append(Row(len(rows) + 1, f"time {place:03d}", "u", part))
    return rows


def heard(*signals: Signal, turn: str = "t1", talk: str = "c1", **more: Any) -> Understood:
    return Understood(talk, turn, Understanding(("feedback",), signals, **more), "x")


def item(item_id: str, polarity: float, **more: Any) -> Signal:
    return Signal("item", polarity, item_id=item_id, **more)


def slate(*items: str, turn: str = "t1", talk: str = "c1") -> SlateShown:
    places = (None,) * len(items)
    return SlateShown(
        talk,
        turn,
        items=items,
        scores=(0.0,) * len(items),
        propensities=places,
        temperature=0.0,
        candidates={},
        index_id="x",
        reasons=("",) * len(items),
    )


def clicked(kind: Any, item_id: str = "a", value: float | None = None, talk: str = "c1") -> Event:
    return FeedbackGiven(talk, "t1", item_id, kind, value)


def fold(*events: Event | tuple[Event, ...], talk: str = "c1") -> Session:
    return fold_session(rows_of(*events), talk)


def beliefs(session: Session) -> list[tuple[str | None, float]]:
    held = hold(session.signals, session.conversation_id, session.removed)
    return [(b.signal.item_id, b.signal.polarity) for b in held]


def test_nothing_folds_to_an_empty_session() -> None:
    assert fold() == Session("c1")
    assert fold(ConversationStarted("c1")) == Session("c1")


def test_turns_slates_and_names_of_this_conversation() -> None:
    reply = Replied(
        "c1",
        "t1",
        text="Try [1].",
        move="recommend",
        named=("a",),
        plain_wording=False,
        bundle_id="b",
        ms={},
    )
    session = fold(
        MessageReceived("c1", "t1", "hello"),
        heard(mentioned=("z", "a")),
        slate("a", "b"),
        reply,
        clicked("seen", "b"),
        MessageReceived("c2", "t9", "elsewhere"),
        slate("q", turn="t9", talk="c2"),
        MessageReceived("c1", "t2", "and?"),
    )
    first, second = session.turns
    assert (first.text, first.slate, first.reply) == ("hello", ("a", "b"), "Try [1].")
    assert (first.move, first.named, first.at) == ("recommend", ("a",), "time 000")
    assert first.feedback == (("b", "seen", None),)
    assert first.understanding is not None
    assert (second.text, second.reply, second.understanding) == ("and?", "", None)
    assert session.shown == ("a", "b")
    assert session.named == ("z", "a")


def test_signals_of_all_conversations_count_and_a_newer_click_beats_older_words() -> None:
    session = fold(
        heard(item("a", 1.0), turn="t9", talk="c0"),
        heard(item("b", -1.0)),
        clicked("like", "b"),
        clicked("dislike", "a"),
    )
    assert sorted(beliefs(session)) == [("a", -1.0), ("b", 1.0)]
    assert len({turn.turn_id for turn in session.signals}) == 4


@pytest.mark.parametrize(
    ("event", "here", "elsewhere"),
    [
        (clicked("like"), None, None),
        (clicked("dislike"), "disliked", "disliked"),
        (clicked("never"), "never", "never"),
        (clicked("seen"), "seen", "seen"),
        (clicked("not_now"), "not_now", None),
        (clicked("chosen"), "chosen", "chosen"),
        (clicked("rating", value=1.0), "disliked", "disliked"),
        (clicked("rating", value=3.0), "seen", "seen"),
        (clicked("rating", value=5.0), "seen", "seen"),
        (clicked("opened"), None, None),
        (clicked("dwell", value=90.0), None, None),
        (clicked("purchased"), "chosen", "chosen"),
        (heard(item("a", -1.0)), "disliked", "disliked"),
        (heard(item("a", -0.16)), "disliked", "disliked"),
        (heard(item("a", -0.1)), None, None),
        (heard(item("a", -1.0, scope="session")), "refused", None),
        (heard(item("a", -1.0, hard=True)), "never", "never"),
        (heard(item("a", 0.0, seen=True)), "seen", "seen"),
        (heard(item("a", 0.0, seen=False)), None, None),
        (heard(item("a", 1.0)), "liked", "liked"),
        (heard(item("a", 1.0, seen=False)), None, None),
        (heard(Signal("facet", -1.0, field="genre", value="a")), None, None),
        (slate("a"), "shown", None),
    ],
)
def test_what_excludes_an_item_here_and_in_later_conversations(
    event: Event, here: str | None, elsewhere: str | None
) -> None:
    assert fold(event).excluded.get("a") == here
    assert fold(event, talk="c2").excluded.get("a") == elsewhere


def test_what_was_shown_is_excluded_whatever_the_reaction_but_a_like_may_return_later() -> None:
    events = (slate("a", "b"), clicked("like", "a"), clicked("opened", "b"))
    assert fold(*events).excluded == {"a": "shown", "b": "shown"}
    assert fold(*events, talk="c2").excluded == {}


def test_a_title_not_in_the_catalogue_excludes_nothing() -> None:
    session = fold(heard(Signal("item", -1.0, title="Unheard of")))
    assert session.excluded == {}
    assert len(session.signals) == 1


def test_the_latest_opinion_decides_and_seen_stays_seen() -> None:
    assert fold(clicked("dislike"), clicked("like")).excluded == {}
    assert fold(clicked("never"), heard(item("a", 1.0))).excluded == {"a": "liked"}
    assert fold(clicked("seen"), clicked("like")).excluded == {"a": "seen"}
    assert fold(clicked("never"), clicked("seen")).excluded == {"a": "never"}
    assert fold(clicked("never"), clicked("dislike")).excluded == {"a": "never"}
    assert fold(clicked("dislike"), clicked("opened")).excluded == {"a": "disliked"}
    assert fold(clicked("not_now"), heard(item("a", 1.0, seen=False))).excluded == {}


def test_asking_again_by_name_lifts_all_but_never_until_it_is_shown() -> None:
    again = heard(turn="t2", again=True, mentioned=("a", "b"))
    before = (slate("a"), clicked("dislike"), clicked("never", "b"))
    assert fold(*before, again).excluded == {"b": "never"}
    assert fold(*before, again, slate("a", turn="t2")).excluded["a"] == "disliked"
    assert fold(*before, again, clicked("dislike", "a")).excluded["a"] == "disliked"
    assert fold(*before, again, talk="c2").excluded == {"a": "disliked", "b": "never"}


def test_asking_again_without_a_name_lifts_only_what_was_just_shown() -> None:
    session = fold(
        slate("z"),
        slate("a", "b", "c"),
        clicked("not_now", "b"),
        clicked("dislike", "c"),
        heard(turn="t3", again=True),
    )
    assert session.excluded == {"z": "shown", "b": "not_now", "c": "disliked"}


def held_id(session: Session, item_id: str) -> str:
    held = hold(session.signals, session.conversation_id, session.removed)
    return next(b.belief_id for b in held if b.signal.item_id == item_id)


def test_a_removed_belief_is_gone_with_its_exclusion_and_brings_no_older_one_back() -> None:
    before = (heard(item("a", -1.0)), heard(item("a", -0.5), turn="t2"), clicked("dislike"))
    removal = BeliefRemoved(None, held_id(fold(*before), "a"))
    session = fold(*before, removal)
    assert beliefs(session) == []
    assert session.excluded == {}
    again = fold(*before, removal, heard(item("a", -1.0), turn="t3"))
    assert beliefs(again) == [("a", -1.0)]
    assert again.excluded == {"a": "disliked"}


def test_removing_an_opinion_leaves_what_was_seen() -> None:
    before = (clicked("seen"), clicked("dislike"))
    session = fold(*before, BeliefRemoved("c1", held_id(fold(*before), "a")))
    assert session.excluded == {"a": "seen"}


def test_a_removal_of_an_unknown_belief_changes_nothing() -> None:
    before = (heard(item("a", -1.0)),)
    assert beliefs(fold(*before, BeliefRemoved(None, "nonsense"))) == beliefs(fold(*before))


def test_undo_takes_back_the_last_thing_done_and_then_the_one_before() -> None:
    events: list[Event | tuple[Event, ...]] = [
        MessageReceived("c1", "t1", "I hate a"),
        heard(item("a", -1.0)),
        slate("b", "c"),
        clicked("dislike", "b"),
    ]
    events.append(BeliefRemoved("c1", held_id(fold(*events), "a")))
    events.append(clicked("opened", "c"))
    states = []
    while undone := undo_last(rows_of(*events), "c1"):
        events.append(undone)
        states.append((sorted(beliefs(fold(*events)), key=str), fold(*events).excluded))
    shown = {"b": "shown", "c": "shown"}
    opened = ("c", 0.5)
    assert states == [
        ([("a", -1.0), ("b", -1.0), opened], {**shown, "a": "disliked", "b": "disliked"}),
        ([("a", -1.0), opened], {**shown, "a": "disliked"}),
        ([opened], shown),
    ]
    assert [turn.text for turn in fold(*events).turns] == ["I hate a"]


def test_beliefs_removed_together_come_back_together() -> None:
    before: list[Event | tuple[Event, ...]] = [heard(item("a", 1.0), item("b", -1.0))]
    session = fold(*before)
    both = tuple(BeliefRemoved("c1", held_id(session, i)) for i in ("a", "b"))
    one = heard(item("c", 1.0), turn="t2")
    assert beliefs(fold(*before, both, one)) == [("c", 1.0)]
    undone = undo_last(rows_of(*before, both))
    assert len(undone) == 2
    assert sorted(beliefs(fold(*before, both, undone)), key=str) == [("a", 1.0), ("b", -1.0)]


def test_an_undo_of_nothing_known_changes_nothing() -> None:
    before = (heard(item("a", -1.0)), slate("b"))
    assert undo_last([]) == ()
    after = fold(*before, Undone(None, "nonsense"))
    assert after == fold(*before)


signals = st.builds(
    Signal,
    st.just("item"),
    st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]),
    item_id=st.sampled_from("abc"),
    scope=st.sampled_from(["session", "lasting", None]),
    seen=st.sampled_from([True, False, None]),
    hard=st.booleans(),
)
talks = st.sampled_from(["c1", "c2"])
histories = st.lists(
    st.one_of(
        st.builds(
            lambda found, talk, n: heard(*found, turn=f"t{n}", talk=talk),
            st.lists(signals, max_size=4),
            talks,
            st.integers(0, 999),
        ),
        st.builds(
            lambda kind, item_id, talk: clicked(kind, item_id, talk=talk),
            st.sampled_from(["like", "dislike", "seen", "not_now", "never", "chosen"]),
            st.sampled_from("abc"),
            talks,
        ),
        st.builds(lambda items: slate(*items), st.lists(st.sampled_from("abcd"), max_size=3)),
    ),
    max_size=8,
)


@given(histories)
def test_the_same_events_fold_to_the_same_session(events: list[Event]) -> None:
    assert fold(*events) == fold(*events)


@given(histories, histories)
def test_what_follows_adds_signals_and_changes_none(
    earlier: list[Event], later: list[Event]
) -> None:
    before, after = fold(*earlier), fold(*earlier, *later)
    assert after.signals[: len(before.signals)] == before.signals


@given(histories, st.randoms())
def test_the_order_of_signals_within_a_turn_does_not_matter(
    events: list[Event], random: Any
) -> None:
    def shuffled(event: Event) -> Event:
        if not isinstance(event, Understood):
            return event
        found = list(event.understanding.signals)
        random.shuffle(found)
        return heard(*found, turn=event.turn_id, talk=event.conversation_id)

    one, other = fold(*events), fold(*map(shuffled, events))
    assert one.excluded == other.excluded
    assert beliefs(one) == beliefs(other)


@given(histories)
def test_undoing_everything_leaves_only_what_was_shown(events: list[Event]) -> None:
    done: list[Event | tuple[Event, ...]] = list(events)
    while undone := undo_last(rows_of(*done)):
        done.append(undone)
    session = fold(*done)
    assert beliefs(session) == []
    assert set(session.excluded.values()) <= {"shown"}


@given(histories)
def test_a_refusal_that_was_not_taken_back_is_excluded_everywhere(events: list[Event]) -> None:
    for talk in ("c1", "c2", "c3"):
        excluded = fold(*events, clicked("dislike", "a"), talk=talk).excluded
        assert excluded["a"] in ("disliked", "never")
