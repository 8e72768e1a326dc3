"""A replay sees only what came before, resumes, and ranks by the parts that serve people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bots import ScriptedUnderstander
from fakes import FakeEncoder

import bot.replay
from bot.need import make_shelf
from bot.predictions import evidence_path, read_evidence, read_predictions
from bot.replay import Ranking, replay, told
from bot.replay_bot import Heard, RememberingEncoder, ReplayedBot
from bot.transcript_values import Transcript, TranscriptMessage
from bot.understanding import Role, Understanding
from retrieval.catalog import Catalog
from retrieval.errors import UserError
from retrieval.index import ItemIndex, build_index
from retrieval.signals import Signal

SPACE = Understanding(
    ("seek",),
    (Signal("text", 1.0, value="set in space", evidence="set in space"),),
    query="something set in space",
)
NO_HORROR = Understanding(
    ("refine",), (Signal("facet", -1.0, field="genre", value="horror", hard=True),)
)
LIKED = Understanding(
    ("feedback",), (Signal("item", 1.0, item_id="interstellar-2014", title="Interstellar"),)
)
SCRIPT = {"something set in space": SPACE, "no horror please": NO_HORROR, "I loved it": LIKED}


def said(role: Role, text: str, index: int, *items: str) -> TranscriptMessage:
    return TranscriptMessage(role, text, items, None, index)


def conversation(name: str) -> Transcript:
    return Transcript(
        name,
        (
            said("assistant", "Hello, seen Up?", 0, "up-2009"),
            said("user", "something set in space", 1),
            said("assistant", "Alien", 2, "alien-1979"),
            said("user", "no horror please", 3),
            said("assistant", "Interstellar?", 4, "interstellar-2014"),
            said("assistant", "or Inception", 5, "inception-2010", "up-2009"),
            said("user", "I loved it", 7),
            said("assistant", "Then Her", 8, "her-2013"),
        ),
    )


@pytest.fixture
def system(catalog: Catalog) -> ReplayedBot:
    encoder = FakeEncoder()
    shelf = make_shelf(catalog, build_index(catalog, encoder), encoder)
    return ReplayedBot(shelf, ScriptedUnderstander(SCRIPT), "tiny")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two conversations."""
    monkeypatch.setattr(bot.replay, "CHUNK", 2)


def test_a_line_for_every_recommendation_with_something_before_it(system: ReplayedBot) -> None:
    turns = replay(system, [conversation("a")])
    assert [t.message_index for t in turns] == [2, 4, 5, 8]
    assert [t.targets for t in turns][2] == ("inception-2010", "up-2009")
    assert turns[1].named == ("up-2009", "alien-1979")
    assert all(sorted(t.ranked) == sorted(i.item_id for i in system.catalog.items) for t in turns)
    assert [t.preferences for t in turns] == [1, 2, 2, 3]


def test_what_is_named_stays_and_what_is_forbidden_comes_last(system: ReplayedBot) -> None:
    before, after = replay(system, [conversation("a")])[:2]
    horror = {i.item_id for i in system.catalog.items if "horror" in i.genres}
    assert before.ranked[0] in {"alien-1979", "interstellar-2014"}
    assert set(after.ranked[-len(horror) :]) == horror
    assert "up-2009" in after.ranked  # named before, and still ranked
    assert after.slate[0].item_id == after.ranked[0]
    assert "set in space" in after.slate[0].why


def test_a_truncated_conversation_gets_the_same_predictions(system: ReplayedBot) -> None:
    whole = {t.key: t.ranked for t in replay(system, [conversation("a"), conversation("b")])}
    messages = conversation("a").messages
    for end in range(2, len(messages) + 1):
        for turn in replay(system, [Transcript("a", messages[:end])]):
            assert turn.ranked == whole[turn.key]


def test_what_comes_after_cannot_matter(system: ReplayedBot) -> None:
    messages = conversation("a").messages
    other = (*messages[:4], *(replace(m, text="no horror please") for m in messages[4:]))
    one, two = (replay(system, [Transcript("a", m)])[:2] for m in (messages, other))
    assert [t.ranked for t in one] == [t.ranked for t in two]


def test_the_state_of_a_turn_holds_only_what_was_heard(system: ReplayedBot) -> None:
    heard: list[tuple[TranscriptMessage, ...]] = []

    class Spy(ReplayedBot):
        def rank(self, states: Sequence[Heard]) -> list[Ranking]:
            heard.extend(tuple(r.event for r in s.rows) for s in states)  # type: ignore[misc]
            return super().rank(states)

    spy = Spy(system._shelf, ScriptedUnderstander(SCRIPT), "spy")
    replay(spy, [conversation("a")])
    texts = [[e.text for e in events if hasattr(e, "text")] for events in heard]
    assert texts[0] == ["", "Hello, seen Up?", "something set in space"]
    assert "Alien" not in " ".join(texts[0])
    assert texts[2][-1] == "Interstellar?"


def test_answers_in_a_row_are_one_slate(system: ReplayedBot) -> None:
    state = system.start("a")
    for message in conversation("a").messages[:6]:
        state = system.hear(state, message)
    turn = state.session().turns[-1]
    assert turn.slate == ("interstellar-2014", "inception-2010", "up-2009")
    assert turn.reply == "Interstellar?\nor Inception"
    assert state.session().shown == turn.slate


def test_button_presses_are_heard(system: ReplayedBot) -> None:
    pressed = replace(
        said("assistant", "Alien", 2, "alien-1979"), feedback=(("alien-1979", "dislike", None),)
    )
    state = system.hear(system.start("a"), said("user", "hi", 1))
    session = system.hear(state, pressed).session()
    assert session.excluded["alien-1979"] == "disliked"


def test_predictions_are_written_as_promised(system: ReplayedBot, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    turns = replay(system, [conversation("a")], path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [sorted(line) for line in lines] == [["conversation", "message_index", "ranked"]] * 4
    assert lines[0]["conversation"] == "a"
    assert read_predictions(path)["a", 2] == turns[0].ranked
    found = read_evidence(path)
    assert found is not None
    assert found[1] == turns
    assert found[0]["items"] == len(system.catalog)
    assert {p.name for p in tmp_path.iterdir()} == {path.name, evidence_path(path).name}


class Interrupted(ReplayedBot):
    """Stops, as if killed, when it ranks for the second time."""

    def rank(self, states: Sequence[Heard]) -> list[Ranking]:
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls > 1:
            raise KeyboardInterrupt
        return super().rank(states)


@pytest.mark.usefixtures("few")
def test_an_interrupted_replay_goes_on(
    system: ReplayedBot, catalog: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    transcripts = [conversation(str(n)) for n in range(5)]
    expected = replay(system, transcripts)
    shelf = system._shelf
    with pytest.raises(KeyboardInterrupt):
        replay(Interrupted(shelf, ScriptedUnderstander(SCRIPT), "tiny"), transcripts, path)
    partial = tmp_path / "out.jsonl.partial"
    assert not path.exists()
    with partial.open("a") as file:
        file.write('{"conversation": "2", "mess')  # cut while it was written
    understander = ScriptedUnderstander(SCRIPT)
    steps: list[int] = []
    again = replay(
        ReplayedBot(shelf, understander, "tiny"), transcripts, path, lambda d, t: steps.append(d)
    )
    assert again == expected
    assert len(understander.requests) == 3 * 3  # three conversations were left
    assert steps == [2, 4, 5]
    assert not partial.exists()


@pytest.mark.usefixtures("few")
def test_another_version_or_other_words_begin_anew(system: ReplayedBot, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    transcripts = [conversation(str(n)) for n in range(3)]
    shelf = system._shelf
    for name, given in (("other", transcripts), ("tiny", [*transcripts[:2], conversation("x")])):
        with pytest.raises(KeyboardInterrupt):
            replay(Interrupted(shelf, ScriptedUnderstander(SCRIPT), "tiny"), transcripts, path)
        understander = ScriptedUnderstander(SCRIPT)
        replay(ReplayedBot(shelf, understander, name), given, path)
        assert len(understander.requests) == 9


def test_predictions_without_evidence_are_told_from_transcripts(
    system: ReplayedBot, tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    turns = replay(system, [conversation("a")], path)
    evidence_path(path).unlink()
    assert read_evidence(path) is None
    again = told([conversation("a")], read_predictions(path), system.catalog)
    assert [(t.key, t.targets, t.named) for t in again] == [
        (t.key, t.targets, t.named) for t in turns
    ]
    assert again[0].slate[0].title == turns[0].slate[0].title
    with pytest.raises(UserError, match="No prediction belongs"):
        told([conversation("other")], read_predictions(path), system.catalog)


@pytest.mark.parametrize("line", ["{", "[]", '{"conversation": "a", "ranked": []}', ""])
def test_a_file_that_is_no_predictions_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(UserError) as error:
        read_predictions(path)
    assert "sommelier replay" in error.value.mend


def test_the_remembering_encoder_gives_what_it_learned(index: ItemIndex) -> None:
    inner = FakeEncoder()
    encoder = RememberingEncoder(inner)
    encoder.learn(["one", "two", "one"])
    assert np.array_equal(encoder.encode(["two", "one"]), inner.encode(["two", "one"]))
    assert np.array_equal(encoder.encode(["three"]), inner.encode(["three"]))
    encoder.learn([])
    assert encoder.encode([]).shape == (0, inner.dimension)
