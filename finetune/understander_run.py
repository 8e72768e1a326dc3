"""A run that trains the understander on the written utterances and on what users put right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.build import open_catalog
from bot.heads import packaged_tokenizer, save_heads
from bot.languages import language_of
from bot.trained_understander import TrainedUnderstander
from finetune.example_values import MessageExample
from finetune.run_config import TrainingJob
from finetune.train_understander import Work
from finetune.understander_config import HeadConfig
from finetune.understander_data import Example, examples
from retrieval.catalog import Catalog

_DOMAIN = "site"  # the domain of the log's messages, whose labels link to the site's catalogue
_SOURCE = "real-log"  # written by people: it counts as the labelled real messages do


def train(job: TrainingJob) -> dict[str, float]:
    """Train the heads, write them into `weights/` of the job's folder and give their figures.

    The written utterances stay in, so that a few corrections do not make it forget what most
    people say. Nothing is resumed: the states below the trained layers are computed anew.
    """
    config = job.config
    assert isinstance(config, HeadConfig)
    catalog = open_catalog(job.settings)
    job.progress(0, config.epochs, "reading the utterances")
    work = Work(None)
    own = log_examples(job.examples.train.messages, catalog)
    work.understanders[_DOMAIN] = TrainedUnderstander(catalog)
    work.all += own
    trained, limits, held, _ = work.final(config)
    about = {"config": asdict(config), "confirmed": len(own)}
    save_heads(job.folder / "weights", trained.network, trained.adapted, limits, about)
    (job.folder / "losses.json").write_text(json.dumps(list(trained.losses)) + "\n", "utf-8")
    job.progress(config.epochs, config.epochs, "trained")
    figures = {f"held_out_{name}": value for name, value in held.get("first", {}).items()}
    return {"examples": len(work.all), "confirmed": len(own), **figures}


def log_examples(messages: Sequence[MessageExample], catalog: Catalog) -> list[Example]:
    """Confirmed messages of the log, read by the rules and labelled as people left them."""
    understander, tokenizer = TrainedUnderstander(catalog), packaged_tokenizer()
    cases: list[dict[str, Any]] = [
        {**m.case, "domain": _DOMAIN}
        for m in messages
        if language_of(m.case["messages"][-1]["text"]) == "en"
    ]
    return list(examples(cases, _SOURCE, understander, tokenizer))
