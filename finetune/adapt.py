"""One periodic run in a process of its own: train, compare, and let it serve if it is better.

`python -m finetune.adapt KIND` reads the settings as JSON on standard input and writes what came
of it, a line of JSON, to standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from bot.settings import Settings
from finetune.run_guards import Busy
from retrieval.errors import UserError


def adapt(settings: Settings, kind: str) -> dict[str, Any]:
    """Train a model of a kind on the log, judge it, and promote it if it is better.

    The answer has `outcome` ("promoted", or why not in one line) and the run's id.
    """
    from bot.build import open_catalog
    from finetune.compare import compare_run
    from finetune.run_config import make_config
    from finetune.runs import promote, run
    from finetune.sources import examples_of, log_source

    catalog, source = open_catalog(settings), log_source()
    made = run(
        kind,
        make_config(kind, {}),
        lambda until: examples_of(source, settings, catalog, until=until),
        settings=settings,
        source=source,
        progress=_silent,
    )
    verdict = compare_run(
        settings,
        made.run_id,
        lambda without: examples_of(source, settings, catalog, without=without),
        _silent,
    )
    outcome = f"{verdict.verdict}: {verdict.told}"
    if verdict.verdict == "better":
        bundle = promote(settings, made.run_id)
        outcome = f"promoted, the bundle {bundle.bundle_id} serves: {verdict.told}"
    return {"run": made.run_id, "verdict": verdict.verdict, "outcome": outcome}


def least_priority() -> None:
    """Let every other process go first, and compute in one thread."""
    import torch

    os.nice(19)
    torch.set_num_threads(1)


def settings_to_json(settings: Settings) -> str:
    """The settings as a child process reads them, secrets included."""
    return settings.model_dump_json()


def settings_from_json(text: str) -> Settings:
    """The inverse of `settings_to_json`; neither file nor environment takes part."""
    values: Mapping[str, Any] = json.loads(text)
    return Settings(**values)


def main() -> int:
    """Adapt once; whatever goes wrong is the outcome."""
    settings = settings_from_json(sys.stdin.read())
    least_priority()
    try:
        found = adapt(settings, sys.argv[1])
    except UserError as error:
        busy = isinstance(error, Busy)
        found = {"run": None, "verdict": None, "outcome": str(error), "busy": busy}
    print(json.dumps(found), flush=True)
    return 0


def _silent(done: int, total: int, what: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
