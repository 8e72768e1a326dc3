"""A run that trains the understander on the written utterances and on what users put right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.build import open_catalog
from bot.heads import packaged_tokenizer, packaged_transformer, save_heads
from bot.languages import language_of
from bot.trained_understander import TrainedUnderstander
from finetune.board import curves
from finetune.example_values import MessageExample
from finetune.run_config import TrainingJob
from finetune.train_understander import Work
from finetune.understander_config import HeadConfig
from finetune.understander_data import Example, examples
from finetune.understander_training import Trained
from finetune.understander_training import train as train_heads
from retrieval.catalog import Catalog

_CHECKPOINT = "heads.pt"
_DOMAIN = "site"  # the domain of the log's messages, whose labels link to the site's catalogue
_SOURCE = "real-log"  # written by people: it counts as the labelled real messages do


def train(job: TrainingJob) -> dict[str, float]:
    """Train the heads, write them into `weights/` of the job's folder and give their figures.

    The written utterances stay in, so that a few corrections do not make it forget what most
    people say. A killed training goes on after the last epoch that it ended.
    """
    config = job.config
    assert isinstance(config, HeadConfig)
    catalog = open_catalog(job.settings)
    job.progress(0, config.epochs, "reading the utterances")
    work = Work(None)
    own = log_examples(job.examples.train.messages, catalog)
    work.understanders[_DOMAIN] = TrainedUnderstander(catalog)
    work.all += own
    learn, held, _ = work.parts()
    trained = _trained(job, config, work, learn, held)
    limits, found = work.judged(trained, held, config)
    about = {"config": asdict(config), "confirmed": len(own)}
    save_heads(job.folder / "weights", trained.network, trained.adapted, limits, about)
    (job.folder / "losses.json").write_text(json.dumps(list(trained.losses)) + "\n", "utf-8")
    figures = {f"held_out_{name}": value for name, value in found.get("first", {}).items()}
    return {"examples": len(work.all), "confirmed": len(own), **figures}


def _trained(
    job: TrainingJob, config: HeadConfig, work: Work, learn: list[Example], held: list[Example]
) -> Trained:
    """The training itself, with its curves, from wherever its checkpoint stands."""
    with curves(job.checkpoints) as write:

        def after(done: int, losses: Mapping[str, float]) -> None:
            write(done, {f"loss/{side}": loss for side, loss in losses.items()})
            job.progress(done, config.epochs, f"loss {losses['train']:.3f}")

        return train_heads(
            learn,
            held,
            config,
            packaged_transformer,
            vary=work.varied,
            checkpoint=job.checkpoints / _CHECKPOINT,
            after=after,
        )


def log_examples(messages: Sequence[MessageExample], catalog: Catalog) -> list[Example]:
    """Confirmed messages of the log, read by the rules and labelled as people left them."""
    understander, tokenizer = TrainedUnderstander(catalog), packaged_tokenizer()
    cases: list[dict[str, Any]] = [
        {**m.case, "domain": _DOMAIN}
        for m in messages
        if language_of(m.case["messages"][-1]["text"]) == "en"
    ]
    return list(examples(cases, _SOURCE, understander, tokenizer))
