"""Run folders as they lie on disk: read, checked against their hashes, and listed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from retrieval.atomic import write_whole
from retrieval.bundle import Part, folder_fingerprint
from retrieval.errors import UserError

State = Literal["finished", "unfinished", "broken"]

PARTS = {"chat": "llm", "encoder": "encoder", "understander": "understander", "ranker": "ranker"}
VERDICT, INTEGRITY, JOB = "verdict.json", "integrity.json", "job.json"

_DESCRIBING = ("config", "data", "metrics", "environment")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")
_WORK = re.compile(r"\.([0-9A-Za-z][0-9A-Za-z_-]*)\.work")


@dataclass(frozen=True, slots=True)
class Run:
    """One fine-tuning with its evidence; `problem` says in one line why a broken one is broken."""

    run_id: str
    folder: Path
    state: State
    kind: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    verdict: Mapping[str, Any] | None = None
    problem: str = ""

    @property
    def weights(self) -> Path:
        """The folder that serves: `adapter` in PEFT's format, else `weights`."""
        adapter = self.folder / "adapter"
        return adapter if adapter.is_dir() else self.folder / "weights"


def runs_folder(home: Path) -> Path:
    """Where the runs of a home folder are."""
    return home / "runs"


def work_folder(home: Path, run_id: str) -> Path:
    """Where a run under way keeps its checkpoints and what is not finished yet."""
    return runs_folder(home) / f".{run_id}.work"


def read_run(home: Path, run_id: str) -> Run:
    """A finished run whose files are as they were written.

    Raises UserError where there is none, where it is half written or was edited by hand.
    """
    folder = runs_folder(home) / run_id
    if not _NAME.fullmatch(run_id) or not folder.is_dir():
        unfinished = _NAME.fullmatch(run_id) and work_folder(home, run_id).is_dir()
        why = "is not finished" if unfinished else "does not exist"
        mend = "The same `finetune run` goes on with it." if unfinished else _list(home)
        raise UserError(f"The run {run_id} {why}.", mend)
    _check_integrity(run_id, folder)
    try:
        config, data, metrics, environment = (_json(folder / f"{n}.json") for n in _DESCRIBING)
        verdict = _json(folder / VERDICT) if (folder / VERDICT).exists() else None
        kind = str(config["kind"])
        if kind not in PARTS or not all(isinstance(d, dict) for d in (data, metrics, environment)):
            raise ValueError("it describes no run")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(run_id, str(error)) from error
    return Run(run_id, folder, "finished", kind, config, data, metrics, environment, verdict)


def list_runs(home: Path) -> tuple[Run, ...]:
    """All runs, the oldest first: finished, broken, and those that were cut off."""
    found = []
    folder = runs_folder(home)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if unfinished := _WORK.fullmatch(path.name):
            found.append(_unfinished(unfinished[1], path))
        elif path.is_dir() and _NAME.fullmatch(path.name):
            try:
                found.append(read_run(home, path.name))
            except UserError as error:
                found.append(Run(path.name, path, "broken", problem=str(error)))
    return tuple(sorted(found, key=lambda run: run.run_id))


def runs_of_user(home: Path, user_key: str) -> tuple[str, ...]:
    """The ids of the runs that were trained on, or judged by, what a user said; by keyed hash."""
    runs = list_runs(home)
    return tuple(run.run_id for run in runs if user_key in run.data.get("users", ()))


def part_of(run: Run) -> Part:
    """The part of a bundle that a run made."""
    against = {str(k): str(v) for k, v in run.data["trained_against"].items()}
    return Part(PARTS[run.kind], run.weights, against, folder_fingerprint(run.weights))


def write_verdict(run: Run, verdict: Mapping[str, Any]) -> None:
    """Put a verdict beside a run's weights."""
    write_whole(run.folder / VERDICT, to_json(verdict))


def integrity_of(folder: Path) -> dict[str, str]:
    """The sha256 of each file of a run by its name, but for those that come later."""
    return {
        path.relative_to(folder).as_posix(): _sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in (VERDICT, INTEGRITY)
    }


def to_json(value: Any) -> bytes:
    """Plain data as the text of a file."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _check_integrity(run_id: str, folder: Path) -> None:
    try:
        promised = _json(folder / INTEGRITY)
        found = integrity_of(folder)
    except (OSError, ValueError) as error:
        raise _broken(run_id, f"it is half written: {error}") from error
    if not isinstance(promised, dict):
        raise _broken(run_id, f"{INTEGRITY} holds no hashes")
    for name in sorted({*promised, *found}):
        if name not in found:
            raise _broken(run_id, f"{name} is missing")
        if promised.get(name) != found[name]:
            raise _broken(run_id, f"{name} was edited or added by hand")


def _broken(run_id: str, why: str) -> UserError:
    reason = (why.splitlines() or ["it cannot be read"])[0]
    return UserError(f"The run {run_id} is refused: {reason}.", "Train it again.")


def _unfinished(run_id: str, work: Path) -> Run:
    try:
        job = _json(work / JOB)
        return Run(run_id, work, "unfinished", str(job["kind"]), job["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return Run(run_id, work, "unfinished", problem="it was cut off at once")


def _list(home: Path) -> str:
    names = [path.name for path in runs_folder(home).glob("[!.]*")]
    return f"There are {', '.join(sorted(names)[-5:])}." if names else "There are none yet."


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
