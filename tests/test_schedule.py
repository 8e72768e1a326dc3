"""Adapting begins after enough feedback or at its time, one child at a time, never when short."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from bots import make_bot

from bot.event_log import EventLog
from bot.events import ConversationStarted, FeedbackGiven
from bot.settings import Settings
from finetune import adapt, schedule
from finetune.adapt import settings_from_json, settings_to_json
from finetune.run_guards import one_at_a_time
from finetune.schedule import Adapted, Watch, is_due, read_adapted
from retrieval.errors import UserError

NOON = datetime(2026, 5, 3, 12, 0)


def press(log: EventLog, count: int) -> None:
    """So many likes, each of another item."""
    for number in range(count):
        log.append("u", FeedbackGiven("c", "t", f"item-{number}", "like", None))


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    bot = make_bot(tmp_path)
    bot.event_log.append("u", ConversationStarted("c"))
    return bot.event_log


def site(home: Path, **more: object) -> Settings:
    return Settings(home=home, adapt_after=5, **more)  # type: ignore[arg-type]


def child_that(words: str) -> list[str]:
    return [sys.executable, "-c", words]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that children were started for; each child says it is done."""
    started: list[str] = []

    def command(kind: str) -> list[str]:
        started.append(kind)
        return child_that('print(\'{"outcome": "done"}\')')

    monkeypatch.setattr(schedule, "command", command)
    return started


@pytest.mark.parametrize(
    ("feedback", "at", "day", "due"),
    [
        (4, None, "", False),
        (5, None, "", True),
        (1, "11:59", "", True),
        (0, "11:59", "", False),
        (1, "12:01", "", False),
        (1, "11:59", "2026-05-03", False),
        (1, "11:59", "2026-05-02", True),
    ],
)
def test_when_it_is_due(tmp_path: Path, feedback: int, at: str | None, day: str, due: bool) -> None:
    settings = site(tmp_path, adapt_at=at)
    assert is_due(settings, Adapted(3, day), feedback, NOON) is due


def test_feedback_counts_once(tmp_path: Path, log: EventLog, children: list[str]) -> None:
    said: list[str] = []
    watch = Watch(site(tmp_path, adapt_kinds="ranker,understander"), said.append)
    press(log, 4)
    assert not watch.look(log, NOON)
    press(log, 5)  # four of them are repetitions
    assert watch.look(log, NOON)
    assert children == ["ranker", "understander"]
    assert said[-1] == "adapting: understander: done"
    assert read_adapted(tmp_path) == Adapted(log.last_seq(), "2026-05-03")
    assert not Watch(site(tmp_path), said.append).look(log, NOON)


def test_short_memory_is_waited_out_and_said_once(
    tmp_path: Path, log: EventLog, children: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    watch = Watch(site(tmp_path), said.append)
    press(log, 5)
    monkeypatch.setattr(schedule, "free_memory", lambda: 2**28)
    assert not watch.look(log, NOON)
    assert not watch.look(log, NOON)
    assert said == ["adapting waits: memory is short"]
    monkeypatch.setattr(schedule, "free_memory", lambda: 2**40)
    assert watch.look(log, NOON)
    assert children == ["ranker"]


def test_feedback_waits_for_the_end_of_another_run(
    tmp_path: Path, log: EventLog, children: list[str]
) -> None:
    said: list[str] = []
    watch = Watch(site(tmp_path), said.append)
    press(log, 5)
    with one_at_a_time(tmp_path):
        assert not watch.look(log, NOON)
        assert not watch.look(log, NOON)
    assert said == ["adapting waits: another run is under way"]
    assert read_adapted(tmp_path) == Adapted()
    assert watch.look(log, NOON)
    assert children == ["ranker"]


def test_a_child_that_found_another_run_is_tried_again(
    tmp_path: Path, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ['{"outcome": "late", "busy": true}', '{"outcome": "done", "busy": false}']
    monkeypatch.setattr(schedule, "command", lambda kind: child_that(f"print({answers.pop(0)!r})"))
    watch = Watch(site(tmp_path), lambda _: None)
    press(log, 5)
    assert watch.look(log, NOON)
    assert read_adapted(tmp_path) == Adapted()
    assert watch.look(log, NOON)
    assert read_adapted(tmp_path).position == log.last_seq()


def test_a_child_says_that_it_found_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(adapt, "least_priority", lambda: None)
    monkeypatch.setattr(sys, "argv", ["adapt", "ranker"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(settings_to_json(Settings(home=tmp_path))))
    with one_at_a_time(tmp_path):
        assert adapt.main() == 0
    found = json.loads(capsys.readouterr().out)
    assert found["busy"]
    assert "Another run is under way" in found["outcome"]


def test_a_child_that_dies_is_one_line(
    tmp_path: Path, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(schedule, "command", lambda kind: child_that("raise SystemExit('torn')"))
    press(log, 5)
    assert Watch(site(tmp_path), said.append).look(log, NOON)
    assert said[-1] == "adapting: ranker: failed: torn"


def test_the_second_watch_says_so_in_one_line(tmp_path: Path) -> None:
    with (
        one_at_a_time(tmp_path, "watch"),
        pytest.raises(UserError, match=f"Another watch is under way here .process {os.getpid()}"),
    ):
        Watch(site(tmp_path), lambda _: None).run()


def test_stopping_ends_a_run_under_way(
    tmp_path: Path, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "command", lambda kind: child_that("import time; time.sleep(60)"))
    press(log, 5)
    watch = Watch(site(tmp_path), lambda _: None, every=0.05)
    thread = threading.Thread(target=watch.run)
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    watch.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5
    assert read_adapted(tmp_path) == Adapted()


def test_settings_reach_the_child_whole(tmp_path: Path) -> None:
    settings = site(tmp_path, llm="plain", admin_token="t", catalog=tmp_path / "c.csv")
    assert settings_from_json(settings_to_json(settings)) == settings


def test_the_child_takes_the_least_priority(tmp_path: Path) -> None:
    words = (
        "import os, torch; from finetune.adapt import least_priority; least_priority();"
        "print(os.nice(0), torch.get_num_threads())"
    )
    found = subprocess.run(
        child_that(words),
        env=schedule.environment_of_child(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == [str(min(19, os.nice(0) + 19)), "1"]


def test_a_child_without_anything_to_learn_says_so(tmp_path: Path) -> None:
    found = subprocess.run(
        schedule.command("ranker"),
        input=settings_to_json(Settings(home=tmp_path)),
        env=schedule.environment_of_child(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no conversation" in json.loads(found.stdout)["outcome"]
