"""Trains the two towers of `retrieval/context_model.py` on what was named next in conversations."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor, nn

from finetune.ranker_data import Example
from retrieval.context_model import (
    BAGS,
    DISTANCES,
    ContextModel,
    Words,
    circumstances,
    grams,
    mention_bucket,
)
from retrieval.ranking_context import Utterance

Array = NDArray[np.float32]

_COMMON, _RARE, _MOST = 0.6, 4, 12_000  # words in more or fewer conversations are not kept


@dataclass(frozen=True)
class TowerConfig:
    """How the towers are trained; the defaults were found on held-out conversations."""

    dimension: int = 64
    epochs: int = 3
    batch: int = 256
    rate: float = 3e-3
    decay: float = 1.0  # strong, since there are more parameters than examples
    dropout: float = 0.4
    silent: float = 0.1  # how often text is hidden, so that mentions alone must do
    seeker_weight: float = 0.5  # what seekers name teaches too, but less
    text: bool = True  # whether the encoder's vectors take part


def vocabulary(conversations: Sequence[Sequence[Utterance]]) -> Words:
    """The words and pairs that several conversations share, weighed by how rare they are."""
    counts: Counter[str] = Counter()
    for messages in conversations:
        counts.update({g for m in messages for g in grams(m.bare)})
    n = len(conversations)
    kept = [w for w, k in counts.most_common() if _RARE <= k < _COMMON * n][:_MOST]
    weights = np.array([np.log(n / counts[w]) for w in kept], dtype=np.float32)
    return Words({w: k for k, w in enumerate(kept)}, weights)


@dataclass(frozen=True)
class _Prepared:
    """One example as numbers."""

    rows: list[int]
    buckets: list[int]
    words: NDArray[np.int64]
    weights: Array
    around: Array
    text: Array
    targets: list[int]
    by_user: bool


class _Towers(nn.Module):
    def __init__(
        self, facts: sparse.csr_array, vectors: Array, words: int, popular: Array, c: TowerConfig
    ) -> None:
        super().__init__()
        n, t, d = facts.shape[0], vectors.shape[1], c.dimension

        def table(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape) * 0.05)

        self.facts = _torch_sparse(facts)
        self.vectors = torch.from_numpy(vectors)
        self.own = nn.ParameterList([table(n, d), table(n, d)])  # as named, as recommended
        self.by_fact = nn.ParameterList([table(facts.shape[1], d) for _ in range(2)])
        self.by_text = nn.ParameterList([table(t, d) for _ in range(2)])
        self.words = table(BAGS * words, d)
        self.text = table(t, d)
        self.mentions = nn.Parameter(torch.full((2 * DISTANCES,), 0.5))
        self.bias = nn.Parameter(torch.from_numpy(popular))
        self.seekers = nn.Parameter(torch.zeros(n))
        self.around = nn.Linear(3, d)
        self.first, self.second = nn.Linear(d, d), nn.Linear(d, d)
        self.dropout = nn.Dropout(c.dropout)
        self.uses_text = c.text

    def items(self, side: int) -> Tensor:
        """Item vectors (n, d): 0 as named, 1 as recommended."""
        found: Tensor = self.own[side] + self.facts @ self.by_fact[side]
        return found + self.vectors @ self.by_text[side] if self.uses_text else found

    def forward(self, batch: Sequence[_Prepared], silent: float = 0.0) -> Tensor:
        h = self.dropout(self._mentioned(batch)) + self.dropout(self._said(batch, silent))
        h = h + 0.1 * self.around(torch.from_numpy(np.stack([e.around for e in batch])))
        h = h + self.second(self.dropout(functional.gelu(self.first(h))))
        seekers = torch.tensor([float(e.by_user) for e in batch])
        scores: Tensor = h @ self.items(1).T + self.bias + seekers[:, None] * self.seekers
        return scores

    def _mentioned(self, batch: Sequence[_Prepared]) -> Tensor:
        rows = torch.tensor([r for e in batch for r in e.rows], dtype=torch.long)
        buckets = torch.tensor([b for e in batch for b in e.buckets], dtype=torch.long)
        of = torch.repeat_interleave(torch.tensor([len(e.rows) for e in batch]))
        weights = functional.softplus(self.mentions)[buckets]
        vectors = self.items(0)
        total = torch.zeros(len(batch), vectors.shape[1])
        total = total.index_add(0, of, vectors[rows] * weights[:, None])
        square = torch.zeros(len(batch)).index_add(0, of, weights**2)
        return total / (torch.sqrt(square + 1e-12) + 1e-3)[:, None]

    def _said(self, batch: Sequence[_Prepared], silent: float) -> Tensor:
        rows = torch.from_numpy(np.concatenate([e.words for e in batch]))
        weights = torch.from_numpy(np.concatenate([e.weights for e in batch]))
        starts = torch.tensor(np.cumsum([0, *(len(e.words) for e in batch[:-1])]))
        h = functional.embedding_bag(
            rows, self.words, starts, mode="sum", per_sample_weights=weights
        )
        if self.uses_text:
            h = h + 2 * torch.from_numpy(np.stack([e.text for e in batch])) @ self.text
        return h * (torch.rand(len(batch), 1) >= silent) if self.training else h


def train(
    examples: Sequence[Example],
    words: Words,
    facts: sparse.csr_array,
    vectors: Array,
    queries: Mapping[str, Array],
    config: TowerConfig,
    *,
    seed: int = 0,
    progress: Callable[[int, int, float], None] | None = None,
) -> ContextModel:
    """Fit the towers: cross-entropy over all n items for every item newly named in an example.

    `facts` (n, f) and `vectors` (n, t) describe the items; `queries` maps a context's query to its
    centred encoder vector (t,). `progress(step, steps, loss)`.
    """
    torch.manual_seed(seed)
    prepared = [p for e in examples if (p := _prepare(e, words, queries, vectors.shape[1])).targets]
    model = _Towers(facts, vectors, len(words.index), _popular(prepared, facts.shape[0]), config)
    steps = config.epochs * -(-len(prepared) // config.batch)
    optimiser, schedule = _optimiser(model, config, steps)
    model.train()
    for step, batch in enumerate(_batches(prepared, config, seed)):
        loss = _loss(model(batch, config.silent), batch, config.seeker_weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if progress:
            progress(step + 1, steps, loss.item())
    return _frozen(model.eval(), words)


def _torch_sparse(matrix: sparse.csr_array) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its sparse rows a beta feature
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            size=matrix.shape,
        )


def _prepare(e: Example, words: Words, queries: Mapping[str, Array], dimension: int) -> _Prepared:
    named = e.context.wanted
    rows, weights = words.bags(e.context) if e.context.messages else _NOTHING
    text = queries.get(e.context.query) if e.context.messages else None
    return _Prepared(
        [m.row for m in named],
        [mention_bucket(m.by_user, len(named) - k) for k, m in enumerate(named)],
        rows,
        weights,
        circumstances(e.context),
        np.zeros(dimension, dtype=np.float32) if text is None else text,
        [t for t, fresh in zip(e.targets, e.fresh, strict=True) if fresh],
        e.by_user,
    )


_NOTHING = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def _popular(prepared: Sequence[_Prepared], n: int) -> Array:
    """log P(i recommended) (n,), the first value of the bias."""
    counts = np.full(n, 0.3)
    for e in prepared:
        if not e.by_user:
            counts[e.targets] += 1 / len(e.targets)
    return np.asarray(np.log(counts / counts.sum()), dtype=np.float32)


def _optimiser(
    model: _Towers, config: TowerConfig, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    biases = [model.bias, model.seekers]
    tables = [*model.own, *model.by_fact, model.words]
    apart = {id(p) for p in (*biases, *tables)}
    others = [p for p in model.parameters() if id(p) not in apart]
    groups = [
        {"params": tables, "weight_decay": config.decay},
        {"params": others, "weight_decay": 0.01},
        {"params": biases, "weight_decay": 0.0},
    ]
    rates = [config.rate, config.rate, 0.3 * config.rate]
    optimiser = torch.optim.AdamW(groups, lr=config.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=steps, pct_start=0.1
    )
    return optimiser, schedule


def _batches(
    prepared: Sequence[_Prepared], config: TowerConfig, seed: int
) -> Iterator[list[_Prepared]]:
    rng = np.random.default_rng(seed)
    for _ in range(config.epochs):
        order = rng.permutation(len(prepared))
        for start in range(0, len(order), config.batch):
            yield [prepared[k] for k in order[start : start + config.batch]]


def _loss(scores: Tensor, batch: Sequence[_Prepared], seeker_weight: float) -> Tensor:
    """Cross-entropy; the k items of one message weigh 1/√k each, a seeker's less."""
    logs = functional.log_softmax(scores, dim=1)
    rows = torch.tensor([k for k, e in enumerate(batch) for _ in e.targets])
    columns = torch.tensor([t for e in batch for t in e.targets])
    weights = torch.tensor(
        [
            (seeker_weight if e.by_user else 1.0) / len(e.targets) ** 0.5
            for e in batch
            for _ in e.targets
        ]
    )
    return -(logs[rows, columns] * weights).sum() / weights.sum()


def _frozen(model: _Towers, words: Words) -> ContextModel:
    with torch.no_grad():
        first, second = model.first, model.second

        def read(value: Tensor) -> Array:
            return value.detach().numpy().copy()

        around = 0.1 * model.around.weight.T
        # the constant part of the circumstances passes through the network like a bias
        shift = 0.1 * model.around.bias
        inner = first.bias + first.weight @ shift
        return ContextModel(
            vocabulary=words,
            item_in=read(model.items(0)),
            item_out=read(model.items(1)),
            bias=read(model.bias + model.items(1) @ shift),
            words=read(model.words).astype(np.float16),
            text=read(2 * model.text if model.uses_text else 0 * model.text),
            mentions=read(functional.softplus(model.mentions)),
            circumstances=read(around),
            hidden=(read(first.weight.T), read(inner), read(second.weight.T), read(second.bias)),
        )
