"""Replays ReDial conversations and prints accuracy under both protocols, lists and speed.

    PYTHONPATH=. .venv/bin/python tests/benchmarks/replay_redial.py [COUNT] [--home DIR]

The slice is the COUNT (200) conversations with the highest ids. A ranker that was trained on all
conversations has seen them: its figures here are no validation, `finetune/train_ranker.py` makes
that. Speed and whatever was not trained on them are measured rightly.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bot.build import build_replayed
from bot.evaluation import evaluate
from bot.replay import replay
from bot.settings import load_settings
from bot.transcripts import read_transcripts
from ui.console import progress

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "redial"


def main() -> None:
    """Replay the slice and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=200)
    parser.add_argument("--home", type=Path, default=Path(".sommelier"))
    chosen = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"skipped: there is no data at {DATA}")
    settings = load_settings(home=chosen.home, catalog=DATA / "catalog.jsonl.gz")
    with progress("Embedding the catalogue") as step:
        system = build_replayed(settings, step)
    read = read_transcripts(DATA / "train.jsonl.gz", "redial", system.catalog)
    last = sorted(read.transcripts, key=lambda t: int(t.conversation))[-chosen.count :]
    wall, processor = time.perf_counter(), time.process_time()
    with progress("Replaying") as step:
        turns = replay(system, last, progress=step)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    found = evaluate(turns, len(system.catalog))
    print(
        f"{len(last)} conversations, {len(turns)} turns: {wall:.0f} s, processor {processor:.0f} s"
    )
    for protocol, accuracy in found.accuracy.items():
        print(f"{protocol}: {accuracy.targets} targets")
        for name, estimate in accuracy.measures.items():
            print(f"  {name:10} {estimate}")
        for number, (targets, estimate) in accuracy.by_preferences.items():
            print(f"  recall@10 after {number} preferences ({targets} targets): {estimate}")
    print(found.lists)


if __name__ == "__main__":
    main()
