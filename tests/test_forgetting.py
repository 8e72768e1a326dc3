"""Forgetting a user names the runs that learned from them, and how to train without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bots import make_bot
from typer.testing import CliRunner

from bot.events import ConversationStarted, MessageReceived
from bot.settings import load_settings
from bot.user_keys import user_key
from finetune import runs
from finetune.example_values import Examples, RatingExample, Sources
from finetune.run_config import make_config
from ui import cli_profile
from ui.cli_profile import profile_app


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ({"from": "log", "without": []}, "sommelier finetune run ranker"),
        (
            {"from": "transcripts", "file": "/a b.jsonl", "format": "messages", "without": []},
            "sommelier finetune run ranker --transcripts '/a b.jsonl' --format messages"
            " --without ann",
        ),
    ],
)
def test_forgetting_names_the_runs_and_how_to_train_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: dict[str, Any], command: str
) -> None:
    bot = make_bot(tmp_path)
    key = user_key(bot.secret, "ann")
    bot.event_log.append(key, ConversationStarted("c1"), MessageReceived("c1", "t1", "hello"))
    monkeypatch.setattr(runs, "TRAINERS", {"ranker": "toy_trainer"})
    monkeypatch.setattr(runs, "served_facts", lambda *_: {"encoder": "e"})
    rated = Sources(ratings=(RatingExample(key, "c1", "alien-1979", 1.0, 1.0),))
    examples = Examples(("c1",), (key,), (key,), train=rated)
    made = runs.run(
        "ranker",
        make_config("ranker", {}),
        lambda until: examples,
        settings=load_settings(home=tmp_path),
        source=source,
        progress=lambda done, total, what: None,
    )
    monkeypatch.setattr(cli_profile, "bot_of", lambda settings: bot)
    said = CliRunner().invoke(profile_app, ["forget", "--user", "ann", "--home", str(tmp_path)])
    lines = said.stderr.splitlines()
    assert lines[0] == "2 events deleted."
    assert made.run_id in lines[1] and lines[2].strip() == command
    other = CliRunner().invoke(profile_app, ["forget", "--user", "bob", "--home", str(tmp_path)])
    assert other.stderr.splitlines() == ["0 events deleted."]
