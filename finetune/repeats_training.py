"""Trains the model of `retrieval/repeats.py` on which items conversations named again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor, nn

from finetune.ranker_data import Example
from retrieval.repeats import BAGS, MARKS, Repeats, marks, said_grams, uninterrupted

Array = NDArray[np.float32]

_RARE = 30  # messages that a word must occur in
_EMPTY = Repeats({}, *(np.zeros(0, dtype=np.float32) for _ in Repeats.ARRAYS))


@dataclass(frozen=True)
class RepeatsConfig:
    """How the model is trained; the defaults were found on held-out conversations."""

    epochs: int = 8
    batch: int = 128
    rate: float = 3e-3
    decay: float = 0.01
    words_decay: float = 10.0  # strong, since few messages name an item again


@dataclass(frozen=True)
class _Turn:
    """One message: marks (k, f), for each item its two bags of words, and what was named.

    `due` (k + 1,) shares out 1 between what is new, at 0, and the items.
    """

    marks: Array
    bags: list[tuple[list[int], int]]
    due: Array


def train_repeats(
    examples: Sequence[Example], config: RepeatsConfig, seed: int = 0
) -> Repeats | None:
    """Fit P(named again) by cross-entropy over the items named before and "something new".

    Examples without text or without items named before teach nothing here; None where all are so.
    """
    usable = [e for e in examples if e.context.messages and e.context.wanted]
    if not usable:
        return None
    words = _vocabulary(usable)
    empty = replace(_EMPTY, vocabulary=words)
    turns = [_turn(e, empty) for e in usable]
    stacked = np.concatenate([t.marks for t in turns])
    mean, deviation = stacked.mean(axis=0), stacked.std(axis=0) + 1e-3
    torch.manual_seed(seed)
    model = _Model(torch.from_numpy(mean), torch.from_numpy(deviation), len(words))
    _fit(model, turns, config, seed)
    return model.frozen(words)


class _Model(nn.Module):
    def __init__(self, mean: Tensor, deviation: Tensor, words: int) -> None:
        super().__init__()
        self.mean, self.deviation = mean, deviation
        self.weights = nn.Parameter(torch.zeros(len(MARKS)))
        self.bias = nn.Parameter(torch.full((1,), -3.0))
        self.words = nn.Parameter(torch.zeros(words * BAGS, 1))

    def forward(self, turns: Sequence[_Turn]) -> Tensor:
        """log P (turns, most items + 1), column 0 for what is new."""
        x = (torch.from_numpy(np.concatenate([t.marks for t in turns])) - self.mean) / (
            self.deviation
        )
        ids = [i * BAGS + bag for t in turns for words, bag in t.bags for i in words]
        lengths = [len(words) for t in turns for words, _ in t.bags]
        starts = torch.tensor(np.cumsum([0, *lengths[:-1]]))
        said = functional.embedding_bag(
            torch.tensor(ids, dtype=torch.long), self.words, starts, mode="sum"
        )
        scores = x @ self.weights + self.bias + said.reshape(-1, 2).sum(dim=1)
        parts = torch.split(scores, [len(t.marks) for t in turns])
        padded = nn.utils.rnn.pad_sequence(list(parts), batch_first=True, padding_value=-1e4)
        new = torch.zeros(len(turns), 1)
        return functional.log_softmax(torch.cat([new, padded], dim=1), dim=1)

    def frozen(self, words: dict[str, int]) -> Repeats:
        def read(value: Tensor) -> Array:
            return value.detach().numpy().astype(np.float32)

        return Repeats(
            words,
            read(self.mean),
            read(self.deviation),
            read(self.weights),
            read(self.bias),
            read(self.words).reshape(-1, BAGS),
        )


def _fit(model: _Model, turns: Sequence[_Turn], config: RepeatsConfig, seed: int) -> None:
    groups = [
        {"params": [model.words], "weight_decay": config.words_decay},
        {"params": [model.weights, model.bias], "weight_decay": config.decay},
    ]
    optimiser = torch.optim.AdamW(groups, lr=config.rate)
    for batch in _batches(turns, config, seed):
        logs = model(batch)
        due = torch.zeros(logs.shape)
        for k, turn in enumerate(batch):
            due[k, : len(turn.due)] = torch.from_numpy(turn.due)
        loss = -(logs * due).sum(dim=1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _batches(turns: Sequence[_Turn], config: RepeatsConfig, seed: int) -> Iterator[list[_Turn]]:
    rng = np.random.default_rng(seed)
    for _ in range(config.epochs):
        order = rng.permutation(len(turns))
        for part in np.array_split(order, -(-len(turns) // config.batch)):
            yield [turns[k] for k in part]


def _turn(example: Example, words: Repeats) -> _Turn:
    context = example.context
    named = [m.row in example.targets for m in context.wanted]
    due = np.array([len(example.targets) - sum(named), *named], dtype=np.float32)
    return _Turn(marks(context), list(words.said(context)), due / due.sum())


def _vocabulary(examples: Sequence[Example]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for e in examples:
        messages = e.context.messages[uninterrupted(e.context) :]
        counts.update(said_grams(" ".join(m.bare for m in messages)))
    kept = [w for w, often in counts.most_common() if often >= _RARE]
    return {w: k for k, w in enumerate(kept)}
