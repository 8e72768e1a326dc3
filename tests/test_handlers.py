"""What people can do: refusals of bad requests, profiles, forgetting, and many users at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bots import done_of, make_bot, slate_of

from bot.understanding import Understanding
from retrieval.signals import Signal
from ui import handlers

LIKES = {
    f"I love {genre}": Understanding(
        ("seek",), (Signal("facet", 1.0, field="genre", value=genre, evidence=f"love {genre}"),)
    )
    for genre in ("horror", "comedy", "romance", "animation")
}


def test_messages_that_are_refused_leave_no_trace(tmp_path: Path) -> None:
    bot = make_bot(tmp_path)
    conversation = handlers.start_conversation(bot, "u")
    before = bot.event_log.last_seq()
    for text, error in (
        ("", handlers.RequestError),
        ("  \n\t ", handlers.RequestError),
        ("\x00\x01\x02", handlers.RequestError),
        ("a" * 4001, handlers.TooLong),
    ):
        with pytest.raises(error) as caught:
            handlers.on_message(bot, "u", conversation, text)
        assert caught.value.message
        assert caught.value.mend
    with pytest.raises(handlers.NotFound):
        handlers.on_message(bot, "somebody else", conversation, "hello")
    with pytest.raises(handlers.NotFound):
        handlers.on_message(bot, "u", "no-such-conversation", "hello")
    assert bot.event_log.last_seq() == before


def test_a_second_message_waits_for_the_first(tmp_path: Path) -> None:
    bot = make_bot(tmp_path)
    conversation = handlers.start_conversation(bot, "u")
    first = handlers.on_message(bot, "u", conversation, "hello")
    with pytest.raises(handlers.Busy) as caught:
        handlers.on_message(bot, "u", conversation, "hello?")
    assert caught.value.status == 409
    list(first)
    assert list(handlers.on_message(bot, "u", conversation, "hello again"))


def test_an_answer_that_is_never_read_frees_its_conversation(tmp_path: Path) -> None:
    bot = make_bot(tmp_path)
    conversation = handlers.start_conversation(bot, "u")
    unread = handlers.on_message(bot, "u", conversation, "hello")
    del unread
    assert list(handlers.on_message(bot, "u", conversation, "hello"))


def test_feedback_on_what_was_not_shown_is_refused(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, LIKES)
    conversation = handlers.start_conversation(bot, "u")
    answer = list(handlers.on_message(bot, "u", conversation, "I love horror"))
    shown = slate_of(answer)
    other = next(i.item_id for i in bot.catalog.items if i.item_id not in shown)
    turn = done_of(answer).turn_id
    for bad in (
        {"turn_id": turn, "item_id": other, "kind": "like"},
        {"turn_id": "no-turn", "item_id": shown[0], "kind": "like"},
        {"turn_id": turn, "item_id": shown[0], "kind": "adore"},
        {"turn_id": turn, "item_id": shown[0], "kind": "rating", "value": 9.0},
    ):
        with pytest.raises(handlers.RequestError):
            handlers.on_feedback(bot, "u", conversation, **bad)  # type: ignore[arg-type]


def test_a_belief_can_be_removed_and_the_removal_undone(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, LIKES)
    conversation = handlers.start_conversation(bot, "u")
    list(handlers.on_message(bot, "u", conversation, "I love horror"))
    [belief] = handlers.profile(bot, "u").likes
    assert (belief.text, belief.evidence) == ("horror", "love horror")
    [gone] = handlers.remove_belief(bot, "u", belief.id)
    assert (gone.belief, gone.after) == ("horror", None)
    assert handlers.profile(bot, "u").likes == ()
    with pytest.raises(handlers.NotFound):
        handlers.remove_belief(bot, "u", belief.id)
    [back] = handlers.undo(bot, "u")
    assert (back.belief, back.before, back.after) == ("horror", None, 1.0)
    assert [e.text for e in handlers.profile(bot, "u").likes] == ["horror"]


def test_an_unforeseen_failure_is_one_kind_line(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

        def understand(self, request: object) -> Understanding:
            raise ZeroDivisionError("a bug")

    bot = make_bot(tmp_path, Broken())
    conversation = handlers.start_conversation(bot, "u")
    [failed] = list(handlers.on_message(bot, "u", conversation, "hello"))
    assert isinstance(failed, handlers.Failed)
    assert "bug" not in failed.message
    [turn] = handlers.transcript(bot, "u", conversation)
    assert turn.user_text == "hello"


def test_export_holds_everything_and_forget_leaves_nothing(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, LIKES)
    conversation = handlers.start_conversation(bot, "u")
    list(handlers.on_message(bot, "u", conversation, "I love horror"))
    exported = handlers.export(bot, "u")
    assert json.loads(json.dumps(exported)) == exported
    assert "I love horror" in json.dumps(exported)
    assert exported["profile"]["likes"][0]["text"] == "horror"
    assert handlers.forget(bot, "u") >= 4
    assert handlers.export(bot, "u")["events"] == []
    assert not handlers.owns(bot, "u", conversation)


def test_many_users_at_once_see_only_their_own(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, LIKES)
    loves = list(LIKES)

    def live(number: int) -> tuple[str, list[str], set[str]]:
        user, love = f"user-{number}", loves[number % len(loves)]
        conversation = handlers.start_conversation(bot, user)
        answers = [list(handlers.on_message(bot, user, conversation, love)) for _ in range(3)]
        texts = [t.user_text for t in handlers.transcript(bot, user, conversation)]
        shown = [i for answer in answers for i in slate_of(answer)]
        assert len(shown) == len(set(shown)), "an item came twice"
        return love, texts, {e.text for e in handlers.profile(bot, user).likes}

    with ThreadPoolExecutor(16) as pool:
        for love, texts, likes in pool.map(live, range(48)):
            assert texts == [love] * 3
            assert likes == {love.removeprefix("I love ")}
