"""Learns everything a ranker needs from conversations, its features made out of fold."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import scipy.sparse as sparse
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from finetune.context_training import TowerConfig, train, vocabulary
from finetune.fusion_training import (
    FusionConfig,
    Lists,
    candidate_lists,
    concatenated,
    train_fusion,
)
from finetune.item_facts import fact_matrix
from finetune.ranker_data import Conversation, Example, blocks, examples, recommendations
from finetune.ranker_ground import Ground, ground
from finetune.repeats_training import RepeatsConfig, train_repeats
from retrieval.catalog import Catalog, item_text
from retrieval.co_preference import learn
from retrieval.encoder import Encoder
from retrieval.learned_ranker import RankerWeights
from retrieval.metrics import Estimate, accuracy
from retrieval.ranking_features import FeatureSource, circumstances


class Advance(Protocol):
    """Told how far a step is."""

    def __call__(self, done: int, total: int, loss: float | None = None) -> None: ...


@dataclass(frozen=True)
class RankerConfig:
    """One training: `folds` for features out of fold, `models` whose probabilities are averaged."""

    folds: int = 4
    models: int = 1
    towers: TowerConfig = field(default_factory=TowerConfig)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    repeats: RepeatsConfig = field(default_factory=RepeatsConfig)


@dataclass(frozen=True)
class Surroundings:
    """What no training changes, the items' facts (n, f) included."""

    ground: Ground
    facts: sparse.csr_array


def surroundings(
    catalog: Catalog, conversations: Sequence[Conversation], folder: Path, encoder: Encoder
) -> Surroundings:
    """Encode the catalogue and all queries of the conversations; `folder` may hold a graph."""
    asked = [e.context.query for c in conversations if c.messages for e in recommendations(c)]
    with bar("encoding items") as advance:
        vectors = encoder.encode([item_text(item) for item in catalog.items], advance)
    with bar("encoding queries") as advance:
        found = ground(catalog, vectors, encoder, asked, progress=advance)
    return Surroundings(found, fact_matrix(catalog, folder))


def train_ranker(
    training: Sequence[Conversation], around: Surroundings, config: RankerConfig
) -> tuple[RankerWeights, FeatureSource]:
    """Learn from conversations; the weights, and the same laid on the catalogue learned from."""
    lists = []
    for number, held in enumerate(blocks(training, config.folds), start=1):
        names = {c.number for c in held}
        rest = [c for c in training if c.number not in names]
        targets = [e for c in held if c.messages for e in recommendations(c)]
        if targets:
            source = _learn(rest, around, config, f"fold {number} of {config.folds}")
            lists.append(_lists(targets, source, around, number))
    with bar("fusion") as advance:
        fusion = train_fusion(concatenated(lists), config.fusion, advance)
    source = _learn(training, around, config, "everything")
    weights = RankerWeights(
        around.ground.items(),
        source.co_preference,
        source.models,
        fusion,
        around.ground.text_mean,
        around.ground.item_mean,
        train_repeats([e for c in training for e in recommendations(c)], config.repeats),
    )
    return weights, source


def measure(
    weights: RankerWeights,
    source: FeatureSource,
    around: Surroundings,
    held: Sequence[Conversation],
) -> dict[str, dict[str, Estimate]]:
    """Accuracy on held-out conversations under both protocols, over the whole catalogue."""
    ranks: dict[str, list[int]] = {"new": [], "all": []}
    names: dict[str, list[int]] = {"new": [], "all": []}
    for example in (e for c in held for e in recommendations(c)):
        matrix = source.matrix(example.context, around.ground.text(example))
        scores = weights.fusion.score(matrix, circumstances(example.context))
        if weights.repeats is not None:
            scores = weights.repeats.among(scores, example.context)
        unnamed = scores.copy()
        unnamed[[m.row for m in example.context.mentioned]] = -np.inf
        for row, fresh in zip(example.targets, example.fresh, strict=True):
            for protocol, values in (("all", scores), ("new", unnamed)):
                if fresh or protocol == "all":
                    ranks[protocol].append(int((values > values[row]).sum()))
                    names[protocol].append(example.conversation)
    return {p: accuracy(ranks[p], names[p]) for p in ranks}


@contextmanager
def bar(name: str) -> Iterator[Advance]:
    """A progress bar on standard error with the time left and the loss."""
    columns = (
        TextColumn(name.ljust(30)),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        task = progress.add_task("", note="")

        def advance(done: int, total: int, loss: float | None = None) -> None:
            note = "" if loss is None else f"loss {loss:.3f}"
            progress.update(task, completed=done, total=total, note=note)

        yield advance


def _lists(
    targets: Sequence[Example], source: FeatureSource, around: Surroundings, number: int
) -> Lists:
    with bar(f"features of fold {number}") as advance:
        return candidate_lists(targets, source, around.ground.text, advance)


def _learn(
    conversations: Sequence[Conversation], around: Surroundings, config: RankerConfig, name: str
) -> FeatureSource:
    """Statistics and context models from conversations."""
    words = vocabulary([c.messages for c in conversations if c.messages])
    found = [e for c in conversations for e in examples(c)]
    models = []
    for seed in range(config.models):
        with bar(f"context model {seed + 1}, {name}") as advance:
            model = train(
                found,
                words,
                around.facts,
                around.ground.vectors,
                around.ground.queries,
                config.towers,
                seed=seed,
                progress=advance,
            )
        models.append(model)
    co = learn([c.mentions for c in conversations], len(around.ground.catalog))
    return FeatureSource(co, tuple(models), around.ground.content, around.ground.vectors)
