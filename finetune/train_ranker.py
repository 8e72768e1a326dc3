"""Learns the ranker from ReDial's conversations in one command, or measures it on held-out ones.

`python -m finetune.train_ranker --redial DIR --out DIR` trains on all of them and writes weights.
With `--validate worker` or `--validate last` it trains on one side of that split, measures on the
other and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from finetune.ranker_data import Conversation, Split, read_corpus, split
from finetune.ranker_training import RankerConfig, measure, surroundings, train_ranker
from retrieval.encoder import load_encoder
from retrieval.errors import UserError
from retrieval.learned_ranker import save_ranker


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives 2 where its input is at fault."""
    options = _options().parse_args(arguments)
    try:
        return _run(options)
    except UserError as error:
        _say(str(error))
        return 2


def _run(options: argparse.Namespace) -> int:
    started = time.monotonic()
    config = RankerConfig(folds=options.folds, models=options.models)
    corpus = read_corpus(options.redial)
    encoder = load_encoder()
    training: Sequence[Conversation] = corpus.conversations
    held: Sequence[Conversation] = ()
    if options.validate:
        training, held = split(corpus.conversations, options.validate)
    around = surroundings(corpus.catalog, [*training, *held], options.redial, encoder)
    weights, source = train_ranker(training, around, config)
    minutes = (time.monotonic() - started) / 60
    if held:
        for protocol, values in measure(weights, source, around, held).items():
            _say(f"{protocol}: " + ", ".join(f"{name} {v}" for name, v in values.items()))
        _say(f"Trained in {minutes:.1f} minutes, measured on {len(held)} conversations.")
        return 0
    about = {"conversations": len(training), "minutes": round(minutes, 1), "config": asdict(config)}
    size = save_ranker(options.out, weights, encoder, json.loads(json.dumps(about)))
    _say(f"Trained in {minutes:.1f} minutes; {size / 1e6:.1f} MB in {options.out}.")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m finetune.train_ranker", description=__doc__)
    parser.add_argument("--redial", type=Path, required=True, help="folder of ReDial's files")
    parser.add_argument("--out", type=Path, default=Path("ranker"), help="folder for the weights")
    choices: tuple[Split, ...] = ("worker", "last")
    parser.add_argument("--validate", choices=choices, help="measure on a split, write nothing")
    parser.add_argument("--folds", type=int, default=RankerConfig.folds, help="folds for features")
    parser.add_argument("--models", type=int, default=RankerConfig.models, help="context models")
    return parser


if __name__ == "__main__":
    sys.exit(main())
