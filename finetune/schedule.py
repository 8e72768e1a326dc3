"""When to adapt: after enough new feedback or at a time of day, one child process at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.event_log import EventLog, open_event_log
from bot.settings import Settings
from finetune.adapt import settings_to_json
from finetune.run_environment import free_memory
from finetune.run_folder import runs_folder, to_json
from finetune.run_guards import LEAST_MEMORY, is_free, one_at_a_time
from retrieval.atomic import write_whole

EVERY = 20.0  # seconds between two looks at the log

_RESERVE = 2**29  # bytes that are left to everything else
_STATE = "adapted.json"


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Adapted:
    """How far the log was learned from, and on which day it was last done at its time."""

    position: int = 0
    day: str = ""


class Watch:
    """Looks at the event log and starts runs in child processes; only one watch per home folder."""

    def __init__(self, settings: Settings, say: Say, every: float = EVERY) -> None:
        self._settings = settings
        self._say = say
        self._every = every
        self._stop = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._waits = ""  # what for, as it was said last

    def run(self) -> None:
        """Watch until `stop`; UserError at once where another watch is under way."""
        with one_at_a_time(self._settings.home, "watch"):
            log = open_event_log(self._settings.database or self._settings.home / "events.sqlite")
            try:
                self._until_stopped(log)
            finally:
                log.close()

    def stop(self) -> None:
        """Watch no more; a run under way is ended, and the next one goes on with it."""
        self._stop.set()
        if self._child is not None:
            self._child.terminate()

    def look(self, log: EventLog, now: datetime) -> bool:
        """Adapt if it is time; whether runs were started."""
        home = self._settings.home
        done = read_adapted(home)
        if not is_due(self._settings, done, log.count_feedback(done.position), now):
            return False
        if self._must_wait():
            return False
        position, busy = log.last_seq(), False
        for kind in self._settings.adapt_kinds.split(","):
            if not self._stop.is_set():
                self._say(f"adapting: {kind}")
                found = self._adapt(kind)
                busy = busy or bool(found.get("busy"))
                self._say(f"adapting: {kind}: {found['outcome']}")
        # Another run that began at the same moment took a place: the feedback waits for ours.
        if not self._stop.is_set() and not busy:
            write_adapted(home, Adapted(position, now.date().isoformat()))
        return True

    def _until_stopped(self, log: EventLog) -> None:
        while True:
            self.look(log, datetime.now())
            if self._stop.wait(self._every):
                return

    def _must_wait(self) -> bool:
        """Whether a run could not start now; why is said once."""
        why = self._obstacle()
        if why and why != self._waits:
            self._say(f"adapting waits: {why}")
        self._waits = why
        return bool(why)

    def _obstacle(self) -> str:
        """A run under way, or too little memory for one beside serving; empty without either."""
        free = free_memory()
        kinds = self._settings.adapt_kinds.split(",")
        if free is not None and free < max(LEAST_MEMORY[k] for k in kinds) + _RESERVE:
            return "memory is short"
        return "" if is_free(self._settings.home) else "another run is under way"

    def _adapt(self, kind: str) -> dict[str, Any]:
        """What came of a run in a child process: at least its `outcome`, in one line."""
        with subprocess.Popen(
            command(kind),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment_of_child(),
        ) as child:
            self._child = child
            if self._stop.is_set():
                child.terminate()
            out, errors = child.communicate(settings_to_json(self._settings))
            self._child = None
        try:
            found: dict[str, Any] = json.loads(out.splitlines()[-1])
            return {**found, "outcome": str(found["outcome"])}
        except (IndexError, ValueError, KeyError, TypeError):
            last = (errors.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
            return {"outcome": f"failed: {last}"}


def command(kind: str) -> Sequence[str]:
    """The command line of a run's child process, its disk accesses last in line where possible."""
    idle = ["ionice", "-c", "3"] if shutil.which("ionice") else []
    return [*idle, sys.executable, "-m", "finetune.adapt", kind]


def environment_of_child() -> dict[str, str]:
    """The environment of a run's child process: this program's modules, and one thread."""
    root = str(Path(__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def is_due(settings: Settings, done: Adapted, feedback: int, now: datetime) -> bool:
    """Whether to adapt: `feedback` events since then are enough, or there are some and it is time.

    A time of day that passed while nothing ran counts on the same day.
    """
    if feedback >= settings.adapt_after:
        return True
    if settings.adapt_at is None or not feedback or done.day == now.date().isoformat():
        return False
    hour, minute = map(int, settings.adapt_at.split(":"))
    return (now.hour, now.minute) >= (hour, minute)


def read_adapted(home: Path) -> Adapted:
    """How far a home folder's log was learned from; from the start where nothing is known."""
    try:
        data = json.loads((runs_folder(home) / _STATE).read_text(encoding="utf-8"))
        return Adapted(int(data["position"]), str(data["day"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Adapted()


def write_adapted(home: Path, done: Adapted) -> None:
    """Remember how far the log was learned from."""
    runs_folder(home).mkdir(parents=True, exist_ok=True)
    write_whole(runs_folder(home) / _STATE, to_json(asdict(done)))
