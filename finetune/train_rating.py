"""Trains the rating model on ReDial's forms and compares its variants on held-out conversations.

`python -m finetune.train_rating --redial DIR --validate worker|last` prints one row a variant: the
area under the curve for "liked" and for "taken up" (not seen before and liked), with intervals.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor, nn

from finetune.ranker_data import read_corpus, split
from retrieval.catalog import Catalog, item_text
from retrieval.encoder import load_encoder
from retrieval.learned_ranker import centred
from retrieval.rating_model import KINDS, RatingModel

Array = NDArray[np.float32]
Head = Literal["mlp", "product"]
Behaviour = Literal["none", "concatenated", "weighted"]
Task = Literal["rating", "click", "both"]


@dataclass(frozen=True)
class Rated:
    """One recommended item: what the seeker had rated themselves, and what they thought of it."""

    conversation: int
    row: int
    others: tuple[tuple[int, float], ...]
    liked: bool
    taken_up: bool


@dataclass(frozen=True)
class Variant:
    """How embeddings are compared, how behaviour joins, and what is learned."""

    head: Head = "mlp"
    behaviour: Behaviour = "concatenated"
    task: Task = "both"
    dimension: int = 32
    epochs: int = 5


VARIANTS = (
    Variant("product", "none", "rating"),
    Variant("mlp", "none", "rating"),
    Variant("mlp", "concatenated", "rating"),
    Variant("mlp", "weighted", "rating"),
    Variant("mlp", "none", "click"),
    Variant("mlp", "concatenated", "click"),
    Variant("mlp", "concatenated", "both"),
    Variant("mlp", "weighted", "both"),
)


def read_forms(folder: Path, catalog: Catalog) -> dict[int, list[tuple[int, dict[str, int]]]]:
    """Conversation -> what its seeker answered about each item: suggested, seen, liked."""
    found = {}
    with gzip.open(folder / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            talk: dict[str, Any] = json.loads(line)
            form = talk.get("initiatorQuestions") or {}  # an empty one is a list
            answers = [(catalog.row(i), a) for i, a in form.items() if i in catalog]
            found[int(talk["conversationId"])] = answers
    return found


def rated_items(conversation: int, answers: Sequence[tuple[int, dict[str, int]]]) -> list[Rated]:
    """Every recommended item with an opinion, where the seeker rated something they named."""
    own = tuple(
        (row, 1.0 if a["liked"] == 1 else -1.0)
        for row, a in answers
        if a["suggested"] == 0 and a["liked"] in (0, 1)
    )
    return [
        Rated(conversation, row, own, a["liked"] == 1, a["liked"] == 1 and a["seen"] == 0)
        for row, a in answers
        if a["suggested"] == 1 and a["liked"] in (0, 1) and own
    ]


def behaviour_counts(forms: Sequence[Sequence[tuple[int, dict[str, int]]]], n: int) -> Array:
    """How often each item (n, kinds) had each kind of feedback, in the order of KINDS."""
    counts = np.zeros((n, len(KINDS)), dtype=np.float32)
    for row, a in (pair for answers in forms for pair in answers):
        for offset, name in ((0, "suggested"), (2, "seen"), (4, "liked")):
            if a[name] in (0, 1):
                counts[row, offset + (1 - a[name])] += 1
    return counts


class _Network(nn.Module):
    def __init__(self, vectors: Array, counts: Array, variant: Variant) -> None:
        super().__init__()
        d, self.variant = variant.dimension, variant
        self.vectors = torch.from_numpy(vectors)
        self.counts = torch.from_numpy(np.log1p(counts))
        self.project = nn.Parameter(torch.randn(vectors.shape[1], d) * 0.2)
        self.behaviour = nn.Linear(len(KINDS), d)
        wide = 2 * d if variant.behaviour == "concatenated" else d
        self.first, self.second = nn.Linear(wide, d), nn.Linear(d, 2)
        self.weighted = nn.Linear(len(KINDS), 2)
        self.dropout = nn.Dropout(0.2)

    def forward(self, batch: Sequence[Rated]) -> Tensor:
        rows = torch.tensor([r.row for r in batch])
        near = self._items(rows) * self._people(batch)
        counts = self.counts[rows]
        if self.variant.head == "product":
            both: Tensor = near.sum(dim=1, keepdim=True) + self.second.bias
            return both
        if self.variant.behaviour == "concatenated":
            near = torch.cat([near, self.behaviour(counts)], dim=1)
        out: Tensor = self.second(self.dropout(functional.relu(self.first(near))))
        if self.variant.behaviour == "weighted":
            out = out + self.weighted(counts)
        return out

    def _items(self, rows: Tensor) -> Tensor:
        items: Tensor = self.dropout(self.vectors[rows]) @ self.project
        return items

    def _people(self, batch: Sequence[Rated]) -> Tensor:
        rows = torch.tensor([row for r in batch for row, _ in r.others])
        signs = torch.tensor([sign for r in batch for _, sign in r.others])
        sizes = torch.tensor([len(r.others) for r in batch])
        of = torch.repeat_interleave(sizes)
        total = torch.zeros(len(batch), self.variant.dimension)
        return total.index_add(0, of, self._items(rows) * signs[:, None]) / sizes[:, None].sqrt()


def train_rating(
    rated: Sequence[Rated], vectors: Array, counts: Array, variant: Variant, seed: int = 0
) -> _Network:
    """Fit a variant by cross-entropy; with both tasks their losses add up."""
    torch.manual_seed(seed)
    network, rng = _Network(vectors, counts, variant), np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
    truth = torch.tensor([[r.liked, r.taken_up] for r in rated], dtype=torch.float32)
    columns = {"rating": [0], "click": [1], "both": [0, 1]}[variant.task]
    for _ in range(variant.epochs):
        for rows in np.array_split(rng.permutation(len(rated)), -(-len(rated) // 128)):
            scores = network([rated[k] for k in rows])[:, columns]
            wanted = truth[torch.from_numpy(rows)][:, columns]
            loss = functional.binary_cross_entropy_with_logits(scores, wanted) * len(columns)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return network.eval()


def frozen(network: _Network) -> RatingModel:
    """The trained network for serving; raises ValueError for another than the served variant."""
    if (network.variant.head, network.variant.behaviour) != ("mlp", "concatenated"):
        raise ValueError("only the network with concatenated behaviour is served")

    def read(value: Tensor) -> Array:
        return np.asarray(value.detach().numpy(), dtype=np.float32)

    return RatingModel(
        project=read(network.project),
        behaviour=read(network.behaviour.weight.T),
        behaviour_bias=read(network.behaviour.bias),
        first=read(network.first.weight.T),
        first_bias=read(network.first.bias),
        second=read(network.second.weight.T),
        second_bias=read(network.second.bias),
    )


def area_under_curve(scores: Array, truth: NDArray[np.bool_]) -> float:
    """The chance that a true one scores above a false one (Mann and Whitney); ties count half."""
    positives = int(truth.sum())
    pairs = positives * (len(truth) - positives)
    ranks = rankdata(scores)[truth].sum() - positives * (positives + 1) / 2
    return float(ranks / pairs) if pairs else 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row a variant."""
    parser = argparse.ArgumentParser(prog="python -m finetune.train_rating", description=__doc__)
    parser.add_argument("--redial", type=Path, required=True, help="folder of ReDial's files")
    parser.add_argument("--validate", choices=("worker", "last"), default="last", help="split")
    options = parser.parse_args(arguments)
    corpus, encoder = read_corpus(options.redial), load_encoder()
    forms = read_forms(options.redial, corpus.catalog)
    training, held = split(corpus.conversations, options.validate)
    raw = encoder.encode([item_text(item) for item in corpus.catalog.items])
    vectors = centred(raw, raw.mean(axis=0))
    ours = [forms[c.number] for c in training if c.number in forms]
    counts = behaviour_counts(ours, len(corpus.catalog))
    learned, tested = (
        [r for c in side if c.number in forms for r in rated_items(c.number, forms[c.number])]
        for side in (training, held)
    )
    for variant in VARIANTS:
        network = train_rating(learned, vectors, counts, variant)
        print(_row(variant, network, tested), flush=True)
    return 0


def _row(variant: Variant, network: _Network, tested: Sequence[Rated]) -> str:
    with torch.no_grad():
        scores = network(tested).numpy()
    cells: list[str] = [variant.head, variant.behaviour, variant.task]
    truths = {
        "rating": np.array([r.liked for r in tested]),
        "click": np.array([r.taken_up for r in tested]),
    }
    for column, (task, truth) in enumerate(truths.items()):
        if variant.task in (task, "both"):
            low, high = _interval(scores[:, column], truth, [r.conversation for r in tested])
            value = area_under_curve(scores[:, column], truth)
            cells.append(f"{task} {value:.3f} [{low:.3f}, {high:.3f}]")
    return " | ".join(cells)


def _interval(
    scores: Array, truth: NDArray[np.bool_], conversations: Sequence[int]
) -> tuple[float, float]:
    """A 95 % bootstrap interval that draws whole conversations."""
    rng = np.random.default_rng(0)
    names, of = np.unique(conversations, return_inverse=True)
    members = [np.flatnonzero(of == k) for k in range(len(names))]
    found = []
    for _ in range(300):
        rows = np.concatenate([members[k] for k in rng.integers(len(names), size=len(names))])
        found.append(area_under_curve(scores[rows], truth[rows]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main())
