"""The path of a message: exact transcripts and exact rows, with a scripted understander."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from bots import ScriptedUnderstander, done_of, make_bot, slate_of, text_of
from fakes import FakeLanguageModel, Silence

from bot.bot import Bot
from bot.events import Row, SlateShown, Understood
from bot.language_model import LanguageModelError
from bot.sent import Sent, SlateSent
from bot.understanding import Message, Understanding
from retrieval.signals import Signal
from ui import handlers

NO_HORROR = Signal(
    "facet", -1.0, field="genre", value="horror", hard=True, scope="lasting", evidence="no horror"
)
EIGHTIES = Signal("range", 1.0, field="year", min=1980, max=1989, evidence="from the 80s")
SCRIPT = {
    "hi": Understanding(("social",)),
    "no horror ever, something in space": Understanding(
        ("seek",), (NO_HORROR,), query="something in space"
    ),
    "another": Understanding(("seek",)),
    "from the 80s": Understanding(("refine",), (EIGHTIES,)),
    "and without the year?": Understanding(("refine",), dropped=("year",)),
    "show me those again": Understanding(("seek",), again=True),
    "why?": Understanding(("why",)),
    "bonjour": Understanding(("other",), language="other"),
    "I loved Grimsby Nights, its fog and trains": Understanding(
        ("feedback", "seek"),
        (Signal("item", 1.0, title="Grimsby Nights"), Signal("text", 1.0, value="fog and trains")),
        query="fog and trains",
        unknown_titles=("Grimsby Nights",),
    ),
}


def talk(bot: Bot, *texts: str, user: str = "u") -> tuple[str, list[list[Sent]]]:
    conversation = handlers.start_conversation(bot, user)
    answers = [list(handlers.on_message(bot, user, conversation, text)) for text in texts]
    return conversation, answers


def rows_of(bot: Bot) -> Sequence[Row]:
    return list(bot.event_log.all_events())


def genres(bot: Bot, ids: Sequence[str]) -> set[str]:
    return {g for i in ids for g in bot.catalog.item(i).genres}


def test_a_turn_leaves_these_rows_in_this_order(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    conversation, [answer] = talk(bot, "no horror ever, something in space")
    rows = rows_of(bot)
    assert [r.event.kind for r in rows] == [
        "conversation_started",
        "message_received",
        "understood",
        "slate_shown",
        "replied",
    ]
    assert len({r.user_key for r in rows}) == 1
    assert rows[0].user_key != "u"
    understood, shown, replied = (r.event for r in rows[2:])
    assert isinstance(understood, Understood)
    assert understood.understanding.signals == (NO_HORROR,)
    assert isinstance(shown, SlateShown)
    assert list(shown.items) == slate_of(answer)
    assert set(shown.items) <= set(shown.candidates)
    done = done_of(answer)
    assert (replied.text, replied.bundle_id) == (done.text, "test-bundle")  # type: ignore[union-attr]
    assert done.logged
    assert done.turn_id == shown.turn_id
    assert handlers.owns(bot, "u", conversation)


def test_the_answer_is_slate_then_deltas_then_done(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    _, [answer] = talk(bot, "no horror ever, something in space")
    assert isinstance(answer[0], SlateSent)
    done = done_of(answer)
    assert answer[-1] is done
    assert text_of(answer) == done.text
    assert set(done.named) <= set(slate_of(answer))
    assert done.move == "recommend"
    assert {"understand", "taste", "rank", "word", "first_token", "total"} <= set(done.ms)


def test_a_refusal_holds_in_the_slate_and_in_every_later_conversation(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    _, answers = talk(bot, "no horror ever, something in space", "another", "another")
    for answer in answers:
        assert "horror" not in genres(bot, slate_of(answer))
    _, later = talk(bot, "another", "another", "another")
    for answer in later:
        assert "horror" not in genres(bot, slate_of(answer))


def test_nothing_is_shown_twice_unless_asked_for_again(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    _, (first, second, again) = talk(bot, "another", "another", "show me those again")
    assert not set(slate_of(first)) & set(slate_of(second))
    assert slate_of(again) == slate_of(second)


def test_a_dislike_changes_the_next_slate_for_good(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    conversation, [first] = talk(bot, "another")
    refused = slate_of(first)[0]
    given = {"turn_id": done_of(first).turn_id, "item_id": refused, "kind": "dislike"}
    [change] = handlers.on_feedback(bot, "u", conversation, **given)
    assert (change.belief, change.before, change.after) == (
        bot.catalog.item(refused).title,
        None,
        -1.0,
    )
    assert handlers.on_feedback(bot, "u", conversation, **given) == ()
    for _ in range(3):
        _, answers = talk(bot, "another", "another", "another", "another")
        assert all(refused not in slate_of(answer) for answer in answers)


def test_a_lifted_year_is_taken_back_and_said(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    _, (narrow, wide) = talk(bot, "from the 80s", "and without the year?")
    assert {"the-shining-1980", "when-harry-met-sally-1989"} == set(slate_of(narrow)[:2])
    [change] = done_of(wide).changes
    assert (change.belief, change.before, change.after) == ("year 1980–1989", 1.0, None)


def test_a_loved_title_that_is_missing_is_said_kindly_and_kept(tmp_path: Path) -> None:
    understander = ScriptedUnderstander(SCRIPT)
    bot = make_bot(tmp_path, understander)
    _, [answer] = talk(bot, "I loved Grimsby Nights, its fog and trains")
    assert "Grimsby Nights" in done_of(answer).text
    assert slate_of(answer)
    assert "Grimsby Nights" in {e.text for e in handlers.profile(bot, "u").likes}


def test_understanding_sees_the_conversation_and_the_last_slate(tmp_path: Path) -> None:
    understander = ScriptedUnderstander(SCRIPT)
    bot = make_bot(tmp_path, understander)
    _, (first, _) = talk(bot, "another", "why?")
    request = understander.requests[-1]
    assert request.messages == (
        Message("user", "another"),
        Message("assistant", done_of(first).text),
        Message("user", "why?"),
    )
    assert list(request.shown) == slate_of(first)


def test_the_model_writes_numbers_and_the_code_writes_titles(tmp_path: Path) -> None:
    model = FakeLanguageModel("[1] should suit you well.")
    bot = make_bot(tmp_path, SCRIPT, model)
    _, [answer] = talk(bot, "another")
    title = bot.catalog.item(slate_of(answer)[0]).title
    done = done_of(answer)
    assert f"{title} (" in done.text
    assert slate_of(answer)[0] in done.named
    assert "[1]" not in done.text


@pytest.mark.parametrize(
    "reply",
    [
        LanguageModelError("out of order"),
        RuntimeError("a bug in a library"),
        "You must watch The Wrong Film from 1987 by Nobody Known!",
        "<script>alert(1)</script> " * 40,
        "",
        Silence(30.0),
    ],
    ids=["refuses", "crashes", "invents", "garbage", "empty", "silent"],
)
def test_whatever_the_model_does_an_answer_comes(tmp_path: Path, reply: object) -> None:
    bot = make_bot(tmp_path, SCRIPT, FakeLanguageModel(reply))  # type: ignore[arg-type]
    _, [answer] = talk(bot, "another")
    done = done_of(answer)
    assert done.plain_wording
    assert done.text == text_of(answer)
    assert bot.catalog.item(slate_of(answer)[0]).title in done.text
    assert "Wrong Film" not in done.text
    assert "<script>" not in done.text
    assert done.ms["total"] < 10_000
    assert done.ms["first_token"] < 3_000


def test_another_language_is_answered_kindly_and_changes_nothing(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    _, [answer] = talk(bot, "bonjour")
    assert slate_of(answer) == []
    assert done_of(answer).move == "chat"
    assert handlers.profile(bot, "u") == handlers.Profile((), (), ())


def test_a_reader_who_leaves_loses_nothing(tmp_path: Path) -> None:
    bot = make_bot(tmp_path, SCRIPT)
    conversation = handlers.start_conversation(bot, "u")
    answer = handlers.on_message(bot, "u", conversation, "another")
    next(answer)  # the slate
    next(answer)  # the first delta
    answer.close()  # type: ignore[attr-defined]
    [turn] = handlers.transcript(bot, "u", conversation)
    assert turn.slate
    assert turn.reply
    assert list(handlers.on_message(bot, "u", conversation, "another"))
