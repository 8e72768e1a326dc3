"""Lets item vectors learn from who named them, and measures what that is worth to a ranking.

`python -m finetune.item_vectors --redial DIR` trains on all but the last conversations of ReDial,
ranks for those by the vectors alone, and prints recall for vectors as encoded and as moved.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finetune.ranker_data import Conversation, Example, read_corpus, recommendations, split
from finetune.ranker_ground import Ground
from finetune.ranker_training import surroundings
from retrieval.encoder import load_encoder
from retrieval.metrics import Estimate, accuracy

Vectors = NDArray[np.float32]

SHRINK = 3.0  # likers that an item needs to be moved by half of beta
STEPS = ((0.0, 1.0), (0.3, 0.9), (0.6, 0.7), (0.9, 0.5))  # beta and least cosine that are measured


def moved(vectors: Vectors, lists: Sequence[Sequence[int]], beta: float, least: float) -> Vectors:
    """i' = normalise(i + b(mean of its likers - i)) for unit `vectors` (n, d), bounded.

    Each of `lists` holds the distinct rows that one person liked; a liker of an item is the mean
    of the other items on the list. b is `beta` in [0, 1], less for items with few likers, and no
    item ends at a cosine under `least` to where it was, so that its words still find it.
    """
    total = np.zeros(vectors.shape, dtype=np.float64)
    likers = np.zeros(len(vectors))
    for rows in (list(found) for found in lists if len(found) > 1):
        others = vectors[rows].sum(axis=0, dtype=np.float64) - vectors[rows]
        total[rows] += others / (len(rows) - 1)
        likers[rows] += 1
    mean = total / np.maximum(likers, 1)[:, None]
    step = (beta * likers / (likers + SHRINK))[:, None]
    return _within(vectors, _unit(vectors + step * (mean - vectors)), least)


def _within(before: Vectors, after: NDArray[np.float64], least: float) -> Vectors:
    """`after` (n, d), turned back towards `before` where their cosine is under `least`."""
    cosine = (before * after).sum(axis=1, keepdims=True)
    away = _unit(after - cosine * before)
    bound = least * before + np.sqrt(1 - least**2) * away
    return np.where(cosine < least, bound, after).astype(np.float32)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float64)


def measured(vectors: Vectors, around: Ground, held: Sequence[Conversation]) -> dict[str, Estimate]:
    """Accuracy on new items where only vectors rank: cosines to the words and the items named."""
    ranks: list[int] = []
    names: list[int] = []
    for example in (e for c in held for e in recommendations(c)):
        scores = vectors @ _wanted(example, vectors, around)
        scores[[m.row for m in example.context.mentioned]] = -np.inf
        for row, fresh in zip(example.targets, example.fresh, strict=True):
            if fresh:
                ranks.append(int((scores > scores[row]).sum()))
                names.append(example.conversation)
    return accuracy(ranks, names)


def _wanted(example: Example, vectors: Vectors, around: Ground) -> Vectors:
    """The direction (d,) of what was said plus that of what was named."""
    parts = [np.zeros(vectors.shape[1], dtype=np.float32)]
    text = around.text(example)
    if text is not None:
        parts.append(text)
    if example.context.wanted:
        parts.append(vectors[[m.row for m in example.context.wanted]].mean(axis=0))
    return np.asarray(_unit(np.stack(parts).astype(np.float64)).sum(axis=0), dtype=np.float32)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line of accuracy for each of STEPS."""
    parser = argparse.ArgumentParser(prog="python -m finetune.item_vectors", description=__doc__)
    parser.add_argument("--redial", type=Path, required=True, help="folder of ReDial's files")
    options = parser.parse_args(arguments)
    corpus = read_corpus(options.redial)
    training, held = split(corpus.conversations, "last")
    talks = [*training, *held]
    around = surroundings(corpus.catalog, talks, options.redial, load_encoder()).ground
    lists = [list(dict.fromkeys(m.row for m in c.mentions)) for c in training]
    for beta, least in STEPS:
        found = measured(moved(around.vectors, lists, beta, least), around, held)
        line = ", ".join(f"{name} {value}" for name, value in found.items())
        print(f"beta {beta}, least cosine {least}: {line}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
