"""`sommelier finetune` from the command line: what it prints, refuses, and leaves behind."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toy_trainer
from toy_site import make_site

from bot.settings import Settings
from finetune import runs
from finetune.run_guards import one_at_a_time
from retrieval.bundle import SHIPPED, read_bundle, read_journal
from ui.cli import main
from ui.cli_runs import adapting
from ui.console import stages

Command = Callable[..., int]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_site(tmp_path_factory.mktemp("site"), conversations=30)


@pytest.fixture
def home(tmp_path: Path, site: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of the site, named by the environment; trainings are toys."""
    monkeypatch.setattr(runs, "TRAINERS", dict.fromkeys(runs.TRAINERS, "toy_trainer"))
    monkeypatch.setenv("SOMMELIER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOMMELIER_CATALOG", str(site.catalog))
    monkeypatch.setenv("SOMMELIER_ENCODER", str(site.encoder))
    monkeypatch.setenv("SOMMELIER_LLM", "plain")
    toy_trainer.MODE["now"] = "well"
    yield tmp_path / "home"
    toy_trainer.MODE["now"] = "well"


@pytest.fixture
def finetune(monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["sommelier", "finetune", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return run


@pytest.fixture
def trained(home: Path, site: Settings, finetune: Command, tmp_path: Path) -> str:
    """The id of a run on the site's conversations."""
    talks = str(Path(str(site.catalog)).parent / "talks.jsonl")
    out = str(tmp_path / "run.json")
    assert finetune("run", "ranker", "--transcripts", talks, "--json", out) == 0
    found = json.loads(Path(out).read_text())
    assert found["kind"] == "ranker"
    assert found["data"]["source"]["format"] == "messages"
    return str(found["run"])


def test_a_run_is_listed_shown_promoted_by_force_and_taken_back(
    home: Path, trained: str, finetune: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert finetune("list") == 0
    assert "not compared" in capsys.readouterr().out
    assert finetune("show", trained) == 0
    shown = capsys.readouterr().out
    assert "30 conversations" in shown
    assert "loss_after: 1.0000" in shown
    assert finetune("promote", trained) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "was not compared" in line
    assert finetune("promote", trained, "--force") == 0
    assert read_journal(home)[-1]["forced"] is True
    capsys.readouterr()
    assert finetune("list", "--json", "-") == 0
    [listed] = json.loads(capsys.readouterr().out)["runs"]
    assert (listed["run"], listed["serves"]) == (trained, True)
    began = time.monotonic()
    assert finetune("rollback") == 0
    assert time.monotonic() - began < 1
    assert read_bundle(home).bundle_id == SHIPPED
    assert finetune("rollback") == 2


def test_what_is_left_out_is_left_out(
    home: Path, site: Settings, finetune: Command, tmp_path: Path
) -> None:
    talks = str(Path(str(site.catalog)).parent / "talks.jsonl")
    out = tmp_path / "run.json"
    words = ("--without", "user 3", "--without-conversation", "talk-5", "--json", str(out))
    assert finetune("run", "ranker", "--transcripts", talks, *words) == 0
    data = json.loads(out.read_text())["data"]
    assert data["left_out"]["forgotten"] == 2
    assert not {"talk-3", "talk-5"} & set(data["conversations"])
    assert "user 3" not in out.read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "wine"], "no run of kind 'wine'"),
        (["run", "chat", "--set", "epochs=0"], "Take a number from 1 to 100"),
        (["run", "chat", "--set", "epochs"], "has no value"),
        (["run", "ranker", "--transcripts", "none.jsonl"], "none.jsonl does not exist"),
        (["run", "ranker", "--transcripts", "pyproject.toml", "--format", "x"], "no format 'x'"),
        (["run", "ranker"], "no conversation yet"),
        (["show", "none"], "does not exist"),
        (["compare", "none"], "does not exist"),
        (["promote", "../../etc"], "does not exist"),
        (["rollback"], "nothing to roll back"),
        (["watch", "--adapt-at", "25:00"], "adapt_at"),
        (["watch", "--adapt-kinds", "wine"], "adapt_kinds"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    home: Path,
    finetune: Command,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    assert finetune(*words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert told in lines[-1]
    assert sum(line.startswith("sommelier:") for line in lines) == 1


def test_two_watches_at_once_are_refused(
    home: Path, finetune: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with one_at_a_time(home, "watch"):
        assert finetune("watch") == 2
    assert "Another watch is under way" in capsys.readouterr().err


def test_progress_goes_to_standard_error(
    home: Path, site: Settings, finetune: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    talks = str(Path(str(site.catalog)).parent / "talks.jsonl")
    assert finetune("run", "ranker", "--transcripts", talks) == 0
    told = capsys.readouterr()
    assert "steps: 3 of 3" in told.err
    assert told.out == ""


def test_a_server_adapts_where_it_is_asked_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Recorded:
        def __init__(self, settings: Settings, say: object) -> None:
            told.append(settings.adapt_kinds)
            self.began = threading.Event()

        def run(self) -> None:
            told.append("run")
            self.began.set()

        def stop(self) -> None:
            self.began.wait(5)
            told.append("stop")

    monkeypatch.setattr("finetune.schedule.Watch", Recorded)
    with adapting(Settings(home=home)):
        pass
    assert told == []
    with adapting(Settings(home=home, adapt=True)):
        told.append("serve")
    assert told[0] == "ranker"
    assert set(told[1:3]) == {"run", "serve"}
    assert told[3] == "stop"


def test_a_stage_is_told_once_whatever_number_it_ends_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with stages() as report:
        for done, what in enumerate(["loss 2.5", "loss 1.25e-3", "as the candidate"], start=1):
            report(done, 3, what)
    told = capsys.readouterr().err.splitlines()
    assert told == ["loss: 1 of 3", "loss: 2 of 3", "as the candidate: 3 of 3"]
