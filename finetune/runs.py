"""Runs from start to service: trained into a folder that appears whole, promoted, rolled back."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from bot.bundled import llm_base, served_facts
from bot.settings import Settings, go_offline
from finetune.board import CURVES
from finetune.example_values import Examples
from finetune.promotion import promote, rollback
from finetune.run_config import RunConfig, TrainingJob, config_to_dict
from finetune.run_environment import environment
from finetune.run_folder import (
    INTEGRITY,
    JOB,
    Run,
    integrity_of,
    list_runs,
    read_run,
    runs_folder,
    to_json,
    work_folder,
)
from finetune.run_guards import check_memory, disk_watched, one_at_a_time
from retrieval.atomic import sync_folder, write_whole
from retrieval.bundle import Bundle, read_bundle
from retrieval.errors import UserError

__all__ = ["Run", "list_runs", "promote", "read_run", "rollback", "run"]

Progress = Callable[[int, int, str], None]
ExamplesUntil = Callable[[int | None], Examples]  # from the log up to a position, None = all of it

# A trainer is a module with train(job) -> metrics, imported only when it runs.
TRAINERS: Mapping[str, str] = {
    "chat": "finetune.train_chat",
    "encoder": "finetune.train_encoder",
    "understander": "finetune.understander_run",
    "ranker": "finetune.ranker_run",
}


class Trainer(Protocol):
    """What a trainer's module holds."""

    def train(self, job: TrainingJob) -> dict[str, float]:
        """Train, write into the job's folder and give the metrics."""
        ...


def run(
    kind: str,
    config: RunConfig,
    examples_until: ExamplesUntil,
    *,
    settings: Settings,
    source: Mapping[str, Any],
    progress: Progress,
) -> Run:
    """Train one model; its folder appears whole at the end or not at all.

    A run of the same kind, configuration, bundle and examples that was cut off goes on from its
    checkpoints. `source` says where the examples come from. Raises UserError for whatever is
    wrong, a full disk and a run under way included; what serves is never touched.
    """
    go_offline()
    home = settings.home
    check_memory(kind)
    with one_at_a_time(home):
        bundle = read_bundle(home)
        asked = {
            "kind": kind,
            "config": config_to_dict(config),
            "source": dict(source),
            "bundle": bundle.bundle_id,
        }
        with disk_watched(home):
            run_id, examples = _resumed(home, asked, examples_until)
            _check_examples(examples)
            work = work_folder(home, run_id)
            (work / "checkpoints").mkdir(parents=True, exist_ok=True)
            _note_job(work, asked, examples)
        with _cleaned_up(work), disk_watched(home):
            return _train(run_id, asked, config, examples, bundle, settings, progress)


def _train(
    run_id: str,
    asked: Mapping[str, Any],
    config: RunConfig,
    examples: Examples,
    bundle: Bundle,
    settings: Settings,
    progress: Progress,
) -> Run:
    kind, work = asked["kind"], work_folder(settings.home, run_id)
    folder = work / "new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    job = TrainingJob(
        config=config,
        examples=examples,
        settings=settings,
        bundle=bundle,
        folder=folder,
        checkpoints=work / "checkpoints",
        progress=progress,
    )
    began, clock = datetime.now(UTC), time.monotonic()
    trainer: Trainer = importlib.import_module(TRAINERS[kind])
    metrics = trainer.train(job)
    if (job.checkpoints / CURVES).is_dir():
        shutil.copytree(job.checkpoints / CURVES, folder / CURVES)
    described = {
        "config": {"kind": kind, **asked["config"]},
        "data": _data(kind, asked, examples, settings, bundle),
        "metrics": {name: float(value) for name, value in metrics.items()},
        "environment": environment(began, time.monotonic() - clock),
    }
    for name, value in described.items():
        (folder / f"{name}.json").write_bytes(to_json(value))
    return _appear(run_id, folder, settings.home)


def _appear(run_id: str, folder: Path, home: Path) -> Run:
    """Bring a whole run to disk and give it its name."""
    (folder / INTEGRITY).write_bytes(to_json(integrity_of(folder)))
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    os.rename(folder, runs_folder(home) / run_id)
    sync_folder(runs_folder(home))
    shutil.rmtree(work_folder(home, run_id), ignore_errors=True)
    return read_run(home, run_id)


def _data(
    kind: str, asked: Mapping[str, Any], examples: Examples, settings: Settings, bundle: Bundle
) -> dict[str, Any]:
    """What the run learned from and on top of what, as `data.json` keeps it."""
    sides = {"train": examples.train, "held_out": examples.held_out}
    return {
        "source": asked["source"],
        "bundle": asked["bundle"],
        "trained_against": _trained_against(kind, settings, bundle),
        "sha256": fingerprint_of(examples),
        "log_position": examples.log_position,
        "conversations": list(examples.conversations),
        "held_out": [t.conversation for t in examples.held_out.transcripts],
        "users": list(examples.users),
        "train_users": list(examples.train_users),
        "left_out": dict(examples.left_out),
        "counts": {
            side: {
                name: len(getattr(sources, name))
                for name in ("transcripts", "chat", "pairs", "needs", "messages", "ratings")
            }
            for side, sources in sides.items()
        },
    }


def _trained_against(kind: str, settings: Settings, bundle: Bundle) -> dict[str, str]:
    if kind == "chat":
        return {"llm base": llm_base(settings.llm) or ""}
    facts = served_facts(settings, bundle)
    name = {"encoder": "encoder base", "understander": "understander base"}.get(kind, "encoder")
    return {name: facts[name]}


def fingerprint_of(examples: Examples) -> str:
    """A hash that changes with the conversations and what was said and felt in them."""
    digest = hashlib.sha256()
    for side in (examples.train, examples.held_out):
        digest.update(repr((side.transcripts, side.ratings, side.messages)).encode())
        digest.update(repr((side.chat, side.pairs)).encode())
    return digest.hexdigest()


def _resumed(
    home: Path, asked: Mapping[str, Any], examples_until: ExamplesUntil
) -> tuple[str, Examples]:
    """The id and examples of the same run that was cut off, else of a new one.

    What was cut off and cannot go on, since it or the data changed, is removed.
    """
    found: tuple[str, Examples] | None = None
    for left in (r for r in list_runs(home) if r.state == "unfinished"):
        job = _job(left)
        if found is None and job is not None and all(job.get(k) == v for k, v in asked.items()):
            examples = examples_until(job["log_position"] or None)
            if fingerprint_of(examples) == job["sha256"]:
                found = left.run_id, examples
                continue
        if job is None or job.get("kind") == asked["kind"]:
            shutil.rmtree(left.folder, ignore_errors=True)
    if found is not None:
        return found
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{asked['kind']}", examples_until(None)


def _check_examples(examples: Examples) -> None:
    """Refuse examples of which nothing is left to learn from."""
    if not any(getattr(examples.train, f.name) for f in fields(examples.train)):
        reasons = ", ".join(f"{reason}: {count}" for reason, count in examples.left_out.items())
        raise UserError(
            f"There is nothing to learn from yet (left out: {reasons or 'nothing'}).",
            "Collect more conversations with feedback.",
        )


def _job(left: Run) -> dict[str, Any] | None:
    try:
        job: dict[str, Any] = json.loads((left.folder / JOB).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return job if {"sha256", "log_position"} <= job.keys() else None


def _note_job(work: Path, asked: Mapping[str, Any], examples: Examples) -> None:
    about = {"sha256": fingerprint_of(examples), "log_position": examples.log_position}
    write_whole(work / JOB, to_json({**asked, **about}))


@contextmanager
def _cleaned_up(work: Path) -> Iterator[None]:
    """Remove what a failed run left; what was interrupted keeps its checkpoints."""
    try:
        yield
    except Exception:
        shutil.rmtree(work, ignore_errors=True)
        raise
