"""Runs appear whole or not at all, go on after a kill, and serve only when found better."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import toy_trainer
from boards import steps_of

from bot.settings import Settings
from finetune import promotion, runs
from finetune.example_values import Examples, RatingExample, Sources
from finetune.run_config import make_config
from finetune.run_folder import list_runs, runs_folder, runs_of_user, write_verdict
from finetune.run_guards import check_memory, one_at_a_time
from finetune.runs import promote, read_run, rollback, run
from retrieval.bundle import SHIPPED, Part, read_bundle, read_journal
from retrieval.errors import UserError

EXAMPLES = Examples(
    conversations=("c1", "c2"),
    users=("u1", "u2"),
    train_users=("u1",),
    log_position=7,
    left_out={"duplicate": 1},
    train=Sources(ratings=(RatingExample("u1", "c1", "alien", 1.0, 1.0),)),
)


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runs, "TRAINERS", dict.fromkeys(runs.TRAINERS, "toy_trainer"))
    monkeypatch.setattr(runs, "served_facts", lambda *_: {"encoder": "e"})
    monkeypatch.setattr(promotion, "check_bundle", lambda *_: None)
    toy_trainer.SEEN.clear()
    toy_trainer.MODE["now"] = "well"
    yield
    toy_trainer.MODE["now"] = "well"


def start(home: Path, examples: Examples = EXAMPLES, **config: Any) -> runs.Run:
    return run(
        "ranker",
        make_config("ranker", config),
        lambda until: examples,
        settings=Settings(home=home),
        source={"log": "events"},
        progress=lambda done, total, what: None,
    )


def judged(made: runs.Run, verdict: str = "better", against: str | None = None) -> runs.Run:
    write_verdict(made, {"verdict": verdict, "told": "", "against": against})
    return made


def test_a_run_appears_whole_with_its_evidence(tmp_path: Path) -> None:
    made = start(tmp_path)
    assert made == read_run(tmp_path, made.run_id)
    assert made.config["kind"] == "ranker"
    assert made.data["users"] == ["u1", "u2"]
    assert made.data["left_out"] == {"duplicate": 1}
    assert made.data["trained_against"] == {"encoder": "e"}
    assert made.data["counts"]["train"]["ratings"] == 1
    assert made.metrics["loss_after"] < made.metrics["loss_before"]
    assert made.environment["peak_memory_bytes"] > 0
    assert made.environment["versions"]["torch"]
    names = {p.name for p in runs_folder(tmp_path).iterdir() if not p.name.endswith(".lock")}
    assert names == {made.run_id}
    assert list_runs(tmp_path) == (made,)


def test_what_is_interrupted_goes_on_from_its_checkpoints(tmp_path: Path) -> None:
    toy_trainer.MODE["now"] = "interrupted"
    with pytest.raises(KeyboardInterrupt):
        start(tmp_path)
    [left] = list_runs(tmp_path)
    assert (left.state, left.kind) == ("unfinished", "ranker")
    toy_trainer.MODE["now"] = "well"
    made = start(tmp_path)
    assert made.run_id == left.run_id
    assert made.metrics["steps_here"] == 1
    assert steps_of(made.folder, "steps") == [1, 2, 3]
    assert not (made.folder / "weights.draft").exists()


def _start_and_die(home: Path) -> None:
    toy_trainer.MODE["now"] = "killed"
    start(home)


def test_what_is_killed_frees_its_place_and_goes_on(tmp_path: Path) -> None:
    child = multiprocessing.get_context("fork").Process(target=_start_and_die, args=(tmp_path,))
    child.start()
    child.join()
    assert child.exitcode == -9
    [left] = list_runs(tmp_path)
    assert left.state == "unfinished"
    made = start(tmp_path)
    assert made.run_id == left.run_id
    assert made.metrics["steps_here"] == 1


def test_other_examples_or_settings_begin_anew(tmp_path: Path) -> None:
    toy_trainer.MODE["now"] = "interrupted"
    with pytest.raises(KeyboardInterrupt):
        start(tmp_path)
    toy_trainer.MODE["now"] = "well"
    rated = (RatingExample("u1", "c1", "heat", 1.0, 1.0),)
    made = start(tmp_path, replace(EXAMPLES, train=Sources(ratings=rated)))
    assert made.metrics["steps_here"] == 3
    assert list_runs(tmp_path) == (made,)


@pytest.mark.parametrize("how", ["full disk", "full disk in a library"])
def test_a_full_disk_leaves_nothing_and_says_so_in_one_line(tmp_path: Path, how: str) -> None:
    toy_trainer.MODE["now"] = how
    with pytest.raises(UserError, match=r"disk .* is full") as raised:
        start(tmp_path)
    assert "\n" not in str(raised.value)
    assert list_runs(tmp_path) == ()
    assert [p.name for p in runs_folder(tmp_path).iterdir() if p.suffix != ".lock"] == []
    assert read_bundle(tmp_path).bundle_id == SHIPPED


def test_the_disk_may_fill_up_while_the_end_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs.os, "rename", full)
    with pytest.raises(UserError, match="is full"):
        start(tmp_path)
    assert list_runs(tmp_path) == ()


def test_nothing_to_learn_from_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing to learn from yet .left out: duplicate: 1"):
        start(tmp_path, replace(EXAMPLES, train=Sources()))
    assert list_runs(tmp_path) == ()


def test_a_second_run_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path), pytest.raises(UserError, match=f"process {os.getpid()}"):
        start(tmp_path)
    with one_at_a_time(tmp_path, "watch"):
        assert start(tmp_path).state == "finished"


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "weights" / "manifest.json").write_text("{}"),
        lambda folder: (folder / "metrics.json").unlink(),
        lambda folder: (folder / "weights" / "more.json").write_text("{}"),
        lambda folder: (folder / "integrity.json").unlink(),
        lambda folder: (folder / "integrity.json").write_text("[]"),
    ],
)
def test_an_edited_or_half_written_run_is_refused_in_one_line(tmp_path: Path, change: Any) -> None:
    made = judged(start(tmp_path))
    change(made.folder)
    with pytest.raises(UserError, match=made.run_id) as raised:
        promote(Settings(home=tmp_path), made.run_id)
    assert "\n" not in str(raised.value)
    [listed] = list_runs(tmp_path)
    assert (listed.state, bool(listed.problem)) == ("broken", True)
    assert read_bundle(tmp_path).bundle_id == SHIPPED


@pytest.mark.parametrize("name", ["missing", "../x", "", "a/b"])
def test_a_run_that_is_not_there_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_run(tmp_path, name)


def test_only_what_was_found_better_serves(tmp_path: Path) -> None:
    settings, made = Settings(home=tmp_path), start(tmp_path)
    with pytest.raises(UserError, match="not compared"):
        promote(settings, made.run_id)
    for verdict in ("worse", "not enough evidence"):
        with pytest.raises(UserError, match=verdict):
            promote(settings, judged(made, verdict).run_id)
    with pytest.raises(UserError, match="Another ranker serves"):
        promote(settings, judged(made, against="other").run_id)
    bundle = promote(settings, judged(made).run_id)
    assert read_bundle(tmp_path) == bundle
    part = bundle.parts["ranker"]
    assert isinstance(part, Part)
    assert part.path == made.folder / "weights"
    with pytest.raises(UserError, match="serves already"):
        promote(settings, made.run_id, force=True)
    began = time.monotonic()
    assert rollback(tmp_path).bundle_id == SHIPPED
    assert time.monotonic() - began < 1


def test_force_is_recorded(tmp_path: Path) -> None:
    settings, made = Settings(home=tmp_path), start(tmp_path)
    promote(settings, judged(made, "worse").run_id, force=True)
    [entry] = read_journal(tmp_path)
    assert (entry["action"], entry["run"]) == ("promote", made.run_id)
    assert (entry["verdict"], entry["forced"]) == ("worse", True)


def test_runs_are_found_by_user(tmp_path: Path) -> None:
    made = start(tmp_path)
    assert runs_of_user(tmp_path, "u2") == (made.run_id,)
    assert runs_of_user(tmp_path, "u9") == ()


def test_too_little_memory_is_said_before_the_start() -> None:
    check_memory("chat", free=2**40)
    with pytest.raises(UserError, match="GiB"):
        check_memory("chat", free=2**20)


def test_the_progress_reaches_the_caller(tmp_path: Path) -> None:
    steps: list[tuple[int, int, str]] = []
    run(
        "chat",
        make_config("chat", {}),
        lambda until: EXAMPLES,
        settings=Settings(home=tmp_path),
        source={},
        progress=lambda done, total, what: steps.append((done, total, what)),
    )
    assert steps[-1] == (3, 3, "steps")
    [made] = list_runs(tmp_path)
    assert json.loads((made.folder / "config.json").read_text())["kind"] == "chat"
