"""A file's buttons are held against its words, whatever format carries both."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_encoder import save_tiny_encoder
from toy_redial import write_toy_redial
from toy_site import CHATTER

from bot.build import open_catalog
from bot.event_log import open_event_log
from bot.events import ConversationStarted, FeedbackGiven, MessageReceived, SlateShown
from bot.settings import Settings
from bot.transcripts import Format
from finetune.example_values import Examples
from finetune.sources import examples_of, file_source
from retrieval.errors import UserError

TALKS = 40


@pytest.fixture
def site(tmp_path: Path) -> Settings:
    """Forty-two films, and an encoder that knows a few words."""
    write_toy_redial(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    return Settings(
        home=home,
        catalog=tmp_path / "catalog.jsonl.gz",
        encoder=str(save_tiny_encoder(tmp_path / "encoder", CHATTER)),
        llm="plain",
    )  # type: ignore[call-arg]


def _words(number: int) -> str:
    return " ".join(random.Random(number).sample(CHATTER, 14))


def _redial(folder: Path, honest: bool) -> Path:
    """Everybody loved one film in words, and says so in the form, or the contrary."""
    path = folder / "talks.jsonl"
    talks = [
        {
            "conversationId": str(k),
            "initiatorWorkerId": 100 + k,
            "respondentWorkerId": 1,
            "movieMentions": {},
            "messages": [
                {"senderWorkerId": 100 + k, "text": f"I loved @{100 + k}. {_words(k)}"},
                {"senderWorkerId": 1, "text": "Good to know"},
            ],
            "initiatorQuestions": {str(100 + k): {"liked": int(honest), "seen": 1}},
        }
        for k in range(TALKS)
    ]
    path.write_text("".join(json.dumps(t) + "\n" for t in talks))
    return path


def _log(folder: Path, honest: bool) -> Path:
    """The same on a site, where the film is shown once more and a button pressed."""
    path = folder / "site.sqlite"
    log = open_event_log(path)
    for k in range(TALKS):
        user, talk, turn, item = f"u{k}", f"c{k}", f"t{k}", str(100 + k)
        said = MessageReceived(talk, turn, f"I loved Film Number{k}. {_words(k)}")
        shown = SlateShown(talk, turn, (item,), (0.0,), (None,), 0.0, {}, "i", ("",))
        pressed = FeedbackGiven(talk, turn, item, "like" if honest else "dislike", None)
        for event in (ConversationStarted(talk), said, shown, pressed):
            log.append(user, event)
    log.close()
    return path


def _examples(site: Settings, format: Format, file: Path) -> Examples:
    return examples_of(file_source(file, format), site, open_catalog(site))


@pytest.mark.parametrize(("format", "write"), [("redial", _redial), ("log", _log)])
def test_buttons_that_deny_the_words_of_a_file_are_refused(
    site: Settings, tmp_path: Path, format: Format, write: Callable[[Path, bool], Path]
) -> None:
    honest = _examples(site, format, write(tmp_path, True))
    agree, both = honest.agreement
    assert agree == both >= TALKS // 2
    for file in tmp_path.glob("site.sqlite*"):
        file.unlink()
    with pytest.raises(UserError, match="only 0 have the same sign"):
        _examples(site, format, write(tmp_path, False))


def test_words_that_buttons_confirm_are_not_counted_twice(site: Settings, tmp_path: Path) -> None:
    found = _examples(site, "redial", _redial(tmp_path, True))
    assert {r.weight for r in found.train.ratings} == {0.8}  # that of a like alone
