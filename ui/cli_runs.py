"""What commands say of a run, and the watch for feedback that runs beside a server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.settings import Settings
    from finetune.run_folder import Run


@contextmanager
def adapting(settings: Settings) -> Iterator[None]:
    """Watch for new feedback beside what is done within, where the settings ask for it."""
    if not settings.adapt:
        yield
        return
    from finetune.schedule import Watch
    from retrieval.errors import UserError
    from ui.console import say

    found = Watch(settings, say)

    def run() -> None:
        try:
            found.run()
        except UserError as error:
            say(f"Not adapting: {error}")

    threading.Thread(target=run, name="adapt", daemon=True).start()
    try:
        yield
    finally:
        found.stop()


def run_lines(run: Run) -> Iterator[str]:
    """A run in lines for people: what it learned from, what it took, its figures, the verdict."""
    yield f"{run.run_id}: {run.folder}"
    data, environment = run.data, run.environment
    left_out = ", ".join(f"{reason}: {count}" for reason, count in data["left_out"].items())
    yield f"learned from {len(data['conversations'])} conversations; left out: {left_out or 'none'}"
    peak = environment["peak_memory_bytes"] / 2**20
    yield f"took {environment['seconds']:.0f} s and {peak:.0f} MiB on {environment['device']}"
    for name, value in run.metrics.items():
        yield f"{name}: {value:.4f}"
    if run.verdict is not None:
        yield f"verdict: {run.verdict['verdict']}. {run.verdict['told']}"


def run_to_dict(run: Run) -> dict[str, Any]:
    """A run as plain data that JSON can hold."""
    return {
        "run": run.run_id,
        "kind": run.kind,
        "state": run.state,
        "problem": run.problem,
        "folder": str(run.folder),
        "config": dict(run.config),
        "data": dict(run.data),
        "metrics": dict(run.metrics),
        "environment": dict(run.environment),
        "verdict": None if run.verdict is None else dict(run.verdict),
    }
