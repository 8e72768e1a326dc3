"""Trains the understander's heads in one command: folds, search, ablation, weights, figures.

`python -m finetune.train_understander --out DIR` trains on the project's utterances;
with `--data DIR` (the folder of redial, ccpe and cpcd) on labelled real messages too. Of the
validation set's those at odd places only report, unless `--all-real` lets them train as well.
`metrics.json` is written beside the weights.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bot.head_decoding import Probable, Thresholds
from bot.heads import packaged_tokenizer, packaged_transformer, save_heads
from bot.languages import language_of
from bot.trained_understander import TrainedUnderstander
from finetune.real_messages import real_cases
from finetune.run_config import make_config
from finetune.understander_augmentation import augmented_case
from finetune.understander_config import HeadConfig
from finetune.understander_data import Case, Example, catalog_of, examples, read_cases
from finetune.understander_states import States
from finetune.understander_training import Trained, predict, train
from finetune.understander_tuning import measured, tuned
from retrieval.catalog_files import builtin_catalog, read_catalog
from retrieval.errors import UserError

LABELS = Path(__file__).parent.parent / "tests" / "data" / "understanding_validation.jsonl"
REAL_LABELS = Path(__file__).parent / "data" / "real_labels.jsonl"  # these only ever train

_NOUNS = {"film": "film", "music": "track", "book": "book"}
_ABLATIONS = ((0.0, 0.0), (0.0, 0.5), (0.0, 2.0), (0.2, 0.0))  # share, norm
_HELD = 0.12  # share of the utterances held for early stopping and thresholds

Figures = dict[str, dict[str, float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives 2 where its input is at fault."""
    options = _options().parse_args(arguments)
    try:
        _run(options)
    except UserError as error:
        _say(str(error))
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    names = ("freezing", "epochs", "seed", "rank", "augment", "adversarial")
    config = make_config("understander", {name: getattr(options, name) for name in names})
    assert isinstance(config, HeadConfig)
    work = Work(options.data, options.limit, options.all_real)
    figures: dict[str, Any] = {"config": asdict(config), "examples": len(work.all)}
    if options.ablate:
        figures["ablations"] = work.ablations(config)
    if options.search:
        config, figures["search"] = work.search(config, options.search)
    if options.folds > 1:
        figures["folds"] = work.folds(config, options.folds)
    if options.leave_out:
        figures["leave_out"] = work.leave_one_out(config)
    trained, limits, figures["held"], figures["real"] = work.final(config)
    figures["losses"] = list(trained.losses)
    size = save_heads(
        options.out, trained.network, trained.adapted, limits, {"config": asdict(config)}
    )
    (options.out / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    _say(f"{size / 1e6:.2f} MB in {options.out}")


class Work:
    """The examples of one run and what is done with them."""

    def __init__(self, data: Path | None, limit: int | None = None, all_real: bool = False) -> None:
        """Read and label everything; `limit` keeps the first so many of each file."""
        self._all_real = all_real
        self._known: States = {}  # equal in every fit, for these layers never learn
        known = builtin_catalog().items
        sources: dict[str, list[Any]] = {n: c[:limit] for n, c in read_cases().items()}
        if data is not None:
            known = read_catalog(data / "redial" / "catalog.jsonl.gz").catalog.items
            more = ({**case, "line": 0} for case in real_cases(REAL_LABELS, data)[:limit])
            for case in (*real_cases(LABELS, data)[:limit], *more):
                sources.setdefault(f"real-{case['id'].split(':')[0]}", []).append(case)
        by_domain: dict[str, list[Case]] = defaultdict(list)
        for cases in sources.values():
            for case in cases:
                by_domain[case["domain"]].append(case)
        self.understanders = {
            domain: TrainedUnderstander(
                catalog_of(cases, known if domain == "film" else (), _NOUNS.get(domain, domain))
            )
            for domain, cases in by_domain.items()
        }
        self._tokenizer = packaged_tokenizer()
        self.all = [
            example
            for name, cases in sources.items()
            for case in cases
            if language_of(case["messages"][-1]["text"]) == "en"
            for example in self._read(case, name)
        ]
        _say(f"{len(self.all)} messages read")

    def parts(self) -> tuple[list[Example], list[Example], list[Example]]:
        """What is trained on, held for stopping and thresholds, and real at odd places."""
        odd = [e for e in self.all if e.case.get("line", 0) % 2 and not self._all_real]
        rest = [e for e in self.all if self._all_real or not e.case.get("line", 0) % 2]
        random.Random(1).shuffle(rest)
        cut = int(len(rest) * _HELD)
        return rest[cut:], rest[:cut], odd

    def fit(self, learn: list[Example], held: list[Example], config: HeadConfig) -> Trained:
        return train(
            learn, held, config, packaged_transformer, _say, vary=self.varied, known=self._known
        )

    def varied(self, example: Example, seed: int) -> Example:
        """The example as if its message had been typed in a hurry."""
        return next(self._read(augmented_case(example.case, seed), example.source))

    def _read(self, case: Case, source: str) -> Iterator[Example]:
        understander = self.understanders[case["domain"]]
        return examples([case], source, understander, self._tokenizer)

    def figures(
        self, found: Sequence[Example], probable: Sequence[Probable] | None, limits: Thresholds
    ) -> Figures:
        """Figures against both annotators where there are two."""
        if not found:
            return {}
        names = ("first", "second") if any("second" in e.case for e in found) else ("first",)
        return {
            name: measured(found, probable, limits, self.understanders, name == "second")
            for name in names
        }

    def final(self, config: HeadConfig) -> tuple[Trained, Thresholds, Figures, dict[str, Figures]]:
        """Train, tune on the held part, report there and on the real messages at odd places."""
        learn, held, odd = self.parts()
        trained = self.fit(learn, held, config)
        limits, found = self.judged(trained, held, config)
        real = {
            "rules": self.figures(odd, None, limits),
            "heads": self.figures(odd, predict(trained.network, odd) if odd else [], limits),
        }
        _say(json.dumps(real))
        return trained, limits, found, real

    def judged(
        self, trained: Trained, held: Sequence[Example], config: HeadConfig
    ) -> tuple[Thresholds, Figures]:
        """The thresholds tuned on the held part, and the figures there."""
        there = predict(trained.network, held)
        weights = [config.refit_weight if e.source.startswith("real") else 1.0 for e in held]
        limits = tuned(held, there, weights, self.understanders)
        return limits, self.figures(held, there, limits)

    def folds(self, config: HeadConfig, count: int) -> list[Figures]:
        """Figures of each fold; all messages of one writer stay together."""
        learn, held, _ = self.parts()
        found = []
        pool = [*learn, *held]
        keys = [hash_of(e) % count for e in pool]
        for fold in range(count):
            inside = [e for e, k in zip(pool, keys, strict=True) if k != fold]
            outside = [e for e, k in zip(pool, keys, strict=True) if k == fold]
            trained = self.fit(inside, outside[::2], config)
            report = outside[1::2]
            probable = predict(trained.network, report)
            found.append(self.figures(report, probable, Thresholds()))
            _say(f"fold {fold + 1}/{count}: {json.dumps(found[-1]['first'])}")
        return found

    def leave_one_out(self, config: HeadConfig) -> dict[str, Figures]:
        """What each source is worth: figures on the held part without it."""
        learn, held, odd = self.parts()
        report = odd or held
        found = {}
        for source in ("", *sorted({e.source for e in learn})):
            trained = self.fit([e for e in learn if e.source != source], held, config)
            probable = predict(trained.network, report)
            found[source or "nothing left out"] = self.figures(report, probable, Thresholds())
            _say(
                f"without {source or 'nothing'}: {json.dumps(found[source or 'nothing left out'])}"
            )
        return found

    def ablations(self, config: HeadConfig) -> dict[str, Any]:
        """Lowest loss and figures without and with augmentation and the adversarial loss."""
        learn, held, odd = self.parts()
        rows: dict[str, Any] = {}
        for augment, adversarial in _ABLATIONS:
            tried = replace(config, augment=augment, adversarial=adversarial)
            trained = self.fit(learn, held, tried)
            name = f"augment {augment}, adversarial {adversarial}"
            rows[name] = {"loss": min(epoch["held"] for epoch in trained.losses)}
            for part, found in (("held", held), ("real", odd)):
                probable = predict(trained.network, found) if found else []
                rows[name][part] = self.figures(found, probable, Thresholds())
            _say(f"{name}: {json.dumps(rows[name])}")
        return rows

    def search(self, config: HeadConfig, tries: int) -> tuple[HeadConfig, list[dict[str, Any]]]:
        """Draw settings at random and keep the one with the lowest loss on the held part."""
        draw = random.Random(config.seed)
        learn, held, _ = self.parts()
        rows: list[dict[str, Any]] = []
        best, lowest = config, float("inf")
        for _ in range(tries):
            tried = replace(
                config, head_rate=draw.choice((1e-3, 2e-3, 4e-3)),
                hidden=draw.choice((64, 96, 160)),
                dropout=draw.choice((0.1, 0.2, 0.3)), weight_decay=draw.choice((0.01, 0.05)),
                real_weight=draw.choice((2.0, 3.0, 5.0)),
            )  # fmt: skip
            loss = min(epoch["held"] for epoch in self.fit(learn, held, tried).losses)
            rows.append({**asdict(tried), "loss": loss})
            if loss < lowest:
                best, lowest = tried, loss
        return best, rows


def hash_of(example: Example) -> int:
    """A number that a writer's messages share, the same in every process.

    Where nobody is known to have written it a conversation counts as one's.
    """
    talk = " ".join(m["text"].lower() for m in example.case["messages"])
    words = example.case.get("worker", talk)
    return sum(ord(c) * (i + 1) for i, c in enumerate(words))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m finetune.train_understander", description=__doc__
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and figures")
    parser.add_argument("--data", type=Path, help="folder of redial, ccpe and cpcd")
    parser.add_argument("--freezing", choices=("head", "lora", "all"), default="lora")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rank", type=int, default=16, help="of LoRA")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--augment", type=float, default=0.0, help="share of messages varied")
    parser.add_argument("--adversarial", type=float, default=0.0, help="norm of the step against")
    parser.add_argument("--folds", type=int, default=0, help="cross-validation first")
    parser.add_argument("--search", type=int, default=0, help="random settings to try first")
    parser.add_argument("--ablate", action="store_true", help="augmentation and adversarial loss")
    parser.add_argument("--leave-out", action="store_true", help="what each source is worth")
    parser.add_argument("--all-real", action="store_true", help="odd real messages train too")
    parser.add_argument("--limit", type=int, help="messages of each file, for a trial")
    return parser


if __name__ == "__main__":
    sys.exit(main())
