"""Examples: split by user, independent of order, without those who asked to be forgotten."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fakes import tiny_catalog
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.event_log import open_event_log
from bot.events import (
    BeliefRemoved,
    ConversationStarted,
    Event,
    FeedbackGiven,
    FeedbackKind,
    MessageReceived,
    Replied,
    SlateShown,
    Understood,
)
from bot.settings import load_settings
from bot.transcript_values import Transcript, TranscriptMessage
from bot.understanding import Understanding
from finetune.example_values import Examples, Opinion, Talk
from finetune.example_weights import PROOFS, of_feedback, ratings
from finetune.examples import accepted, check_trust, from_talks, from_transcripts, gather
from retrieval.errors import UserError
from retrieval.signals import Signal
from retrieval.taste import belief_id

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron".split()
ITEMS = [item.item_id for item in tiny_catalog().items]


def talk(number: int, user: str, *opinions: Opinion, said: str | None = None) -> Talk:
    rng = random.Random(number)
    text = said if said is not None else " ".join(rng.choices(WORDS, k=12)) + f" {number}"
    item = ITEMS[number % len(ITEMS)]
    messages = (
        TranscriptMessage("user", text, (), user, 0),
        TranscriptMessage("assistant", "How about this?", (item,), None, 1),
        TranscriptMessage("user", "Sounds good", (), user, 2),
    )
    given_ = opinions or (of_feedback((item, "like", None), 2),)
    return Talk(f"c{number}", user, number, Transcript(f"c{number}", messages), given_)


talks = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from("abcdefgh")),
    max_size=40,
    unique_by=lambda t: t[0],
).map(lambda pairs: [talk(n, user) for n, user in pairs])


def _users(examples: Examples, side: str) -> set[str | None]:
    return {
        m.speaker
        for t in getattr(examples, side).transcripts
        for m in t.messages
        if m.role == "user"
    }


@given(talks)
@settings(deadline=None)
def test_no_user_is_on_both_sides_and_nothing_held_out_is_older(found: list[Talk]) -> None:
    examples = from_talks(found)
    assert not _users(examples, "train") & _users(examples, "held_out")
    train, held = (
        [int(t.conversation[1:]) for t in side.transcripts]
        for side in (examples.train, examples.held_out)
    )
    assert not train or not held or max(train) < min(held)
    assert len(train) + len(held) + sum(examples.left_out.values()) == len(found)


@given(talks, st.randoms())
@settings(deadline=None)
def test_the_order_of_the_talks_does_not_matter(found: list[Talk], rng: random.Random) -> None:
    shuffled = list(found)
    rng.shuffle(shuffled)
    assert from_talks(found) == from_talks(shuffled)


@given(talks)
@settings(deadline=None)
def test_the_forgotten_leave_no_trace(found: list[Talk]) -> None:
    examples = from_talks(found, without={"a"})
    assert "a" not in examples.users
    assert not {t.conversation for t in found if t.user == "a"} & set(examples.conversations)
    others = from_talks([t for t in found if t.user != "a"])
    assert (examples.train, examples.held_out) == (others.train, others.held_out)


def test_explicit_counts_above_implicit_and_the_table_covers_every_kind() -> None:
    from bot.feedback import KINDS

    assert set(KINDS) | {"text"} == set(PROOFS)
    implicit = [PROOFS[k].weight for k in ("purchased", "link", "dwell", "opened")]
    explicit = [PROOFS[k].weight for k in ("chosen", "never", "rating", "like", "dislike", "text")]
    assert min(explicit) > max(implicit)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([("like", None)], 1.0),
        ([("like", None), ("dislike", None)], -1.0),  # who presses again has changed their mind
        ([("opened", None), ("dislike", None)], -1.0),  # what was meant to tell decides
        ([("rating", 1.0)], -1.0),
        ([("seen", None)], 0.0),
        ([("opened", None), ("link", None)], 0.5),
    ],
)
def test_several_reactions_become_one_rating(
    given_: list[tuple[FeedbackKind, float | None]], expected: float
) -> None:
    opinions = [of_feedback((ITEMS[0], k, v), place) for place, (k, v) in enumerate(given_)]
    (rating,) = ratings(talk(0, "a", *opinions))
    assert rating.rating == pytest.approx(expected)


def test_our_own_choice_is_right_only_where_somebody_liked_it() -> None:
    liked = talk(0, "a")
    silent = talk(1, "b", Opinion(ITEMS[5], 1.0, 1.0, 2, "like", True))
    examples = from_talks([liked, silent], newest=0.0, unreacted=0.0)
    right = accepted(examples.train, 0.0)
    assert right == {"c0": frozenset({ITEMS[0]}), "c1": frozenset()}
    assert accepted(examples.train, 0.5)["c1"] == frozenset({ITEMS[1]})


def test_buttons_that_deny_the_words_are_not_trusted() -> None:
    def spoken(number: int, pressed: float) -> Talk:
        item = ITEMS[number % len(ITEMS)]
        words = Opinion(item, 1.0, 0.6, 2, "text", True)
        return talk(number, f"u{number}", words, Opinion(item, pressed, 0.8, 2, "like", True))

    honest = from_talks([spoken(k, 1.0) for k in range(40)])
    assert honest.agreement == (40, 40)
    check_trust(honest)
    turned = from_talks([spoken(k, -1.0 if k % 5 < 3 else 1.0) for k in range(40)])
    assert turned.agreement == (16, 40)
    with pytest.raises(UserError, match="16 have the same sign"):
        check_trust(turned)
    few = from_talks([spoken(k, -1.0) for k in range(5)])
    check_trust(few)  # five prove nothing


def _turn(
    conversation: str, turn: str, text: str, *signals: Signal, items: tuple[str, ...] = ("up-2009",)
) -> list[Event]:
    n = len(items)
    read = Understanding(("seek",), signals, query=text)
    return [
        MessageReceived(conversation, turn, text),
        Understood(conversation, turn, read, "test"),
        SlateShown(
            conversation, turn, items, (0.0,) * n, (None,) * n, 0.0, {}, "i", ("",) * n
        ),
        Replied(
            conversation, turn, "Up (2009) is a heart-warming adventure.", "recommend", items,
            False, "b", {},
        ),
    ]  # fmt: skip


def test_the_log_gives_examples_of_every_kind(tmp_path: Path) -> None:
    log = open_event_log(tmp_path / "events.sqlite")
    wrong = Signal("facet", -1.0, field="genre", value="comedy", evidence="comedy")
    right = Signal("facet", 1.0, field="genre", value="family", evidence="family")
    log.append("k1", ConversationStarted("c1"), *_turn("c1", "t1", "a family comedy", wrong, right))
    log.append("k1", BeliefRemoved("c1", belief_id("t1", wrong)))
    log.append("k1", FeedbackGiven("c1", "t1", "up-2009", "chosen"))
    log.close()
    examples = gather(load_settings(home=tmp_path), tiny_catalog())
    train = examples.train
    assert [(n.need, n.chosen) for n in train.needs] == [("a family comedy", "up-2009")]
    (message,) = train.messages
    assert [s["value"] for s in message.case["signals"]] == ["family"]
    (sentence,) = train.chat
    assert sentence.liked and sentence.reply == "[1] is a heart-warming adventure."
    assert sentence.note.startswith("[1] ")
    (rating,) = train.ratings
    assert (rating.user, rating.item_id, rating.rating) == ("k1", "up-2009", 1.0)
    assert examples.log_position > 0 and examples.unreacted == 0.0


def test_forgotten_users_leave_the_examples_with_the_log(tmp_path: Path) -> None:
    log = open_event_log(tmp_path / "events.sqlite")
    for k in ("1", "2"):
        log.append(f"k{k}", ConversationStarted(f"c{k}"), *_turn(f"c{k}", f"t{k}", "a comedy"))
    log.forget("k1")
    log.close()
    examples = gather(load_settings(home=tmp_path), tiny_catalog())
    assert (examples.users, examples.conversations) == (("k2",), ("c2",))


def test_an_empty_log_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no conversation"):
        gather(load_settings(home=tmp_path), tiny_catalog())


def test_transcripts_name_their_speakers_only_by_keyed_hash(tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    line = (
        '{"id": "%d", "messages": [{"role": "user", "text": "hello %d", "speaker": "ann"},'
        ' {"role": "assistant", "text": "Up?", "items": ["up-2009"]}]}\n'
    )
    file.write_text("".join(line % (k, k) for k in range(6)))
    found = from_transcripts(file, "messages", tiny_catalog(), secret=b"s" * 32)
    assert len(found.users) == 1 and "ann" not in found.users
    assert found != from_transcripts(file, "messages", tiny_catalog(), secret=b"t" * 32)
