"""The wording: exact transcripts with a fake model, every way a model can fail, and garbage."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from briefs import CATALOG, NO_COMEDY, brief, every_brief
from fakes import FakeLanguageModel, Silence
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language_model import LanguageModelError
from bot.moves import Brief
from bot.plain_wording import plain_parts
from bot.prompts import MOST_TRIES
from bot.reply_checks import ReplyChecker
from bot.wording import Limits, Piece, word

GOOD = (
    "[1] is a tense thriller about racism, close to [4].",
    "[2] is a science fiction heist in dreams.",
    "[3] is a crime drama about a mafia family.",
)
HASTY = Limits(first=0.3, silence=0.2, whole=0.6)


def pieces(
    made: Brief, model: FakeLanguageModel | None, limits: Limits | None = None
) -> list[Piece]:
    return list(word(made, model, limits=limits))


def text(found: list[Piece]) -> str:
    return "".join(p.text for p in found)


def plain_text(made: Brief) -> str:
    return text(pieces(made, None))


def test_the_models_sentences_are_filled_and_tied_together() -> None:
    model = FakeLanguageModel(*GOOD)
    found = pieces(brief(learned=(NO_COMEDY,)), model)
    assert [p.text for p in found] == [
        "All right, no comedy.",
        " Get Out (2017) is a tense thriller about racism, close to Alien (1979).",
        " There is also Inception (2010), a science fiction heist in dreams.",
        " And then The Godfather (1972), a crime drama about a mafia family.",
    ]
    assert not any(p.plain for p in found)
    assert [p.named for p in found][1:3] == [("get-out-2017", "alien-1979"), ("inception-2010",)]


def test_each_part_is_asked_for_with_its_own_facts() -> None:
    model = FakeLanguageModel(*GOOD)
    pieces(brief(), model)
    asked = [messages[-1].content for messages in model.asked]
    assert asked == [
        "[1] a horror mystery; racism, social commentary; close to [4]",
        "[2] a science fiction thriller; dreams, heist",
        "[3] a crime drama; mafia, family",
    ]
    assert len({messages[:-1] for messages in model.asked}) == 1


def test_a_failed_sentence_is_tried_again_with_the_facts_in_another_order() -> None:
    model = FakeLanguageModel(GOOD[0], "[2] is by Nolan.", GOOD[1], GOOD[2])
    found = pieces(brief(), model)
    assert [p.plain for p in found] == [False, False, False]
    assert model.asked[2][-1].content == "[2] a science fiction thriller; heist, dreams"


def test_a_part_of_which_all_tries_failed_is_replaced_by_its_plain_line() -> None:
    model = FakeLanguageModel(
        GOOD[0], *["[2] is by Nolan, as The Matrix was."] * MOST_TRIES, GOOD[2]
    )
    found = pieces(brief(), model)
    assert [p.plain for p in found] == [False, True, False]
    assert found[1].text == pieces(brief(), None)[1].text


def test_after_two_failed_parts_the_model_is_left_alone() -> None:
    model = FakeLanguageModel(*["Nonsense from 1999.", "More 2001."] * MOST_TRIES, GOOD[2])
    assert text(pieces(brief(), model)) == plain_text(brief())
    assert len(model.asked) == 2 * MOST_TRIES


def test_a_question_keeps_its_options_and_comes_last() -> None:
    ask = brief("ask", "preference", asked="genre", options=("drama", "horror"))
    model = FakeLanguageModel(*GOOD, "Shall it be drama or horror?")
    assert text(pieces(ask, model)).endswith("family. Shall it be drama or horror?")
    model = FakeLanguageModel(*GOOD, "Shall it be drama?")
    assert text(pieces(ask, model)).endswith(("for drama or horror?", "have drama or horror?"))


def test_a_greeting_may_take_two_sentences() -> None:
    model = FakeLanguageModel("Hello! Tell me what you like. And more.")
    assert text(pieces(brief("chat", "greeting"), model)) == "Hello! Tell me what you like."


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("explain", "why"),
        ("explain", "why_not"),
        ("answer", "fact"),
        ("answer", "profile"),
        ("answer", "forgotten"),
        ("answer", "remembered"),
        ("chat", "instruction"),
        ("chat", "nothing_fits"),
        ("chat", "language"),
        ("chat", "offtopic"),
    ],
)
def test_facts_and_limits_are_never_left_to_the_model(kind: str, topic: str) -> None:
    model = FakeLanguageModel("Anything.")
    found = pieces(brief(kind, topic), model)
    assert model.asked == []
    assert text(found) == plain_text(brief(kind, topic))
    assert not any(p.plain for p in found)


@pytest.mark.parametrize("language", ["zh", "other"])
def test_other_languages_are_worded_by_code(language: str) -> None:
    model = FakeLanguageModel(*GOOD)
    made = brief(language=language)
    assert text(pieces(made, model)) == plain_text(made)
    assert model.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        LanguageModelError("down"),
        RuntimeError("CUDA out of memory"),
        "",
        "a torso without an end",
        "\x00\ufffd\ufffd 𝔘𝔫 #### ```",
    ],
)
def test_a_failing_model_leaves_plain_wording(reply: str | Exception) -> None:
    model = FakeLanguageModel(reply, reply)
    found = pieces(brief(), model)
    assert text(found) == plain_text(brief())
    assert all(p.plain for p in found)


def test_a_model_that_is_not_ready_is_not_asked() -> None:
    model = FakeLanguageModel(*GOOD, loaded=False)
    assert text(pieces(brief(), model)) == plain_text(brief())
    assert model.asked == []


def test_a_silent_model_is_given_up_in_time() -> None:
    began = time.monotonic()
    found = word(brief(), FakeLanguageModel(Silence(3.0)), limits=HASTY)
    first = next(found)
    assert time.monotonic() - began < 0.5
    assert first.text + "".join(p.text for p in found) == plain_text(brief())
    assert time.monotonic() - began < 1.0


def test_a_model_that_falls_silent_midway_keeps_what_it_said() -> None:
    model = FakeLanguageModel(GOOD[0], Silence(3.0, "[2] is a"), GOOD[2])
    found = pieces(brief(), model, HASTY)
    assert [p.plain for p in found] == [False, True, True]


def test_a_slow_model_is_stopped_at_the_deadline() -> None:
    model = FakeLanguageModel(*[Silence(0.15, s) for s in GOOD])
    limits = Limits(first=0.3, silence=0.3, whole=0.25)
    began = time.monotonic()
    found = pieces(brief(), model, limits)
    assert time.monotonic() - began < 0.6
    assert found[-1].plain


def test_closing_the_reply_stops_the_model() -> None:
    stopped = threading.Event()

    class Endless(FakeLanguageModel):
        def stream(self, messages: object, *, max_tokens: int, deadline: float) -> Iterator[str]:
            try:
                yield "[1] is scary horror. "
                while True:
                    time.sleep(0.001)
                    yield "and more "
            finally:
                stopped.set()

    reply = word(brief(), Endless())
    assert not next(reply).plain
    reply.close()
    assert stopped.wait(2.0)


def test_the_lead_is_said_only_where_nothing_came_before() -> None:
    assert text(pieces(brief(topic="more", text="a"), None)).startswith(("Some", "A few", "Here"))
    learned = brief(topic="more", learned=(NO_COMEDY,))
    assert "Some more" not in plain_text(learned)


NASTY = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [*"[].!? \n", "[1]", "[2]", "[3]", "[4]", "[7]", "is a", "horror", "thriller", "scary",
             "Interstellar", "Her", "The Shining", "Nolan", "1999", "You loved", "comedy", "racism",
             "close to", "system:", "http://x.y", "Would you like", "dreams", "mafia", "not"]
        ),
        max_size=25,
    ).map(" ".join),
)  # fmt: skip
OTHER_TITLES = [
    i.title for i in CATALOG.items
    if i not in brief().numbered() and i.title not in {"Up", "Her", "It", "Us"}
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(replies=st.lists(NASTY, min_size=4, max_size=4), number=st.integers(0, 5))
def test_whatever_the_model_says_only_checked_text_is_sent(replies: list[str], number: int) -> None:
    made = [brief(), *every_brief()][number]
    model = FakeLanguageModel(*replies)
    found = pieces(made, model)
    joined = text(found)
    assert joined.strip() == joined != ""
    assert not any(title in joined for title in OTHER_TITLES)
    assert {i for p in found for i in p.named} <= {i.item_id for i in made.numbered()}
    parts = [p for p in plain_parts(made) if not (p.role == "lead" and found[0].text != p.text)]
    for piece, part in zip(found, parts, strict=False):
        if part.role in {"item", "ask", "say"} and not piece.plain:
            assert "1999" not in piece.text and "http" not in piece.text


@settings(max_examples=300, deadline=None)
@given(sentence=NASTY)
def test_a_passed_sentence_has_no_digit_but_numbers_of_the_brief(sentence: str) -> None:
    import re

    from bot.reply_checks import tidy

    part = plain_parts(brief())[0]
    tidied = tidy(sentence)
    if ReplyChecker(brief()).fault(tidied, part) == "":
        rest = re.sub(r"\[[1-4]\]", "", tidied)
        assert "[1]" in tidied
        assert not re.search(r"[\d\[\]<>{}|@#*]", rest)
        assert "comedy" not in rest.lower()
