"""Trains the fusion of ranking features: a softmax over each message's candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor, nn

from finetune.ranker_data import Example
from retrieval.fusion import CLIP, Fusion
from retrieval.ranking_features import CIRCUMSTANCES, FEATURES, FeatureSource, circumstances

Array = NDArray[np.float32]

# How many of the best by a feature become candidates, besides the items already named. Wide enough
# to hold nearly all that could come first, narrow enough for two cores.
CANDIDATES = {
    "towers": 180,
    "co_together": 80,
    "co_all": 60,
    "text_item": 20,
    "title_words_said": 5,
}
_NAMED = 15  # items already named that are kept, latest first
_OTHERS = 20  # random items, so that the bottom of the catalogue is seen too
WIDTH = sum(CANDIDATES.values()) + _NAMED + _OTHERS


@dataclass(frozen=True)
class FusionConfig:
    """How the fusion is trained; the defaults were found on held-out conversations."""

    hidden: int = 48
    networks: int = 2
    epochs: int = 3
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.01
    dropout: float = 0.1


@dataclass(frozen=True)
class Lists:
    """m candidate lists of w items with their features.

    features (m, w, f) in half precision, circumstances (m, c); `wanted` (m, w) marks the items that
    were named in the message, `named` (m, w) those that had been named before it.
    """

    features: NDArray[np.float16]
    circumstances: Array
    wanted: NDArray[np.bool_]
    named: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.features)


def candidate_lists(
    examples: Sequence[Example],
    source: FeatureSource,
    text_of: Callable[[Example], Array | None],
    progress: Callable[[int, int], None] | None = None,
    seed: int = 0,
) -> Lists:
    """The candidates of each example as `source` finds them.

    A target that no feature brings among the candidates is not put there: all lists would then hold
    unlikely items that are always right, and the fusion would learn to prefer the unlikely.
    """
    rng = np.random.default_rng(seed)
    n = len(source.vectors)
    features = np.zeros((len(examples), WIDTH, len(FEATURES)), dtype=np.float16)
    wanted, named = (np.zeros((len(examples), WIDTH), dtype=np.bool_) for _ in range(2))
    for k, example in enumerate(examples):
        matrix = source.matrix(example.context, text_of(example))
        before = [m.row for m in reversed(example.context.named)]
        rows = _candidates(matrix, before[:_NAMED], n, rng)
        features[k] = matrix[rows]
        wanted[k] = np.isin(rows, example.targets)
        named[k] = np.isin(rows, before)
        if progress:
            progress(k + 1, len(examples))
    around = np.stack([circumstances(e.context) for e in examples])
    return Lists(features, around, wanted, named)


def _candidates(
    matrix: Array, before: Sequence[int], n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    best = [
        np.argpartition(-matrix[:, FEATURES.index(name)], min(k, n - 1))[:k]
        for name, k in CANDIDATES.items()
    ]
    found = dict.fromkeys([*before, *np.concatenate(best).tolist()])
    while len(found) < min(WIDTH, n):
        found.update(dict.fromkeys(rng.integers(n, size=_OTHERS).tolist()))
    rows = np.array(list(found)[:WIDTH], dtype=np.int64)
    return np.resize(rows, WIDTH)  # a catalogue smaller than a list repeats itself


def concatenated(parts: Sequence[Lists]) -> Lists:
    """Several sets of lists as one."""
    return Lists(
        np.concatenate([p.features for p in parts]),
        np.concatenate([p.circumstances for p in parts]),
        np.concatenate([p.wanted for p in parts]),
        np.concatenate([p.named for p in parts]),
    )


class _Network(nn.Module):
    def __init__(self, mean: Tensor, deviation: Tensor, config: FusionConfig) -> None:
        super().__init__()
        f = len(FEATURES)
        self.f, self.mean, self.deviation = f, mean, deviation
        self.linear = nn.Parameter(torch.zeros(f))
        self.linear.data[0] = 1.0  # begins as the context model alone, which is good already
        self.first = nn.Linear(f + CIRCUMSTANCES, config.hidden)
        self.second = nn.Linear(config.hidden, config.hidden)
        self.out = nn.Parameter(torch.zeros(config.hidden))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, features: Tensor, around: Tensor) -> Tensor:
        f = self.f
        x = ((features - self.mean[:f]) / self.deviation[:f]).clamp(-CLIP, CLIP)
        c = (around - self.mean[f:]) / self.deviation[f:]
        joined = torch.cat([x, c[:, None].expand(-1, x.shape[1], -1)], dim=2)
        h = self.dropout(functional.relu(self.first(joined)))
        h = self.dropout(functional.relu(self.second(h)))
        return torch.matmul(x, self.linear) + torch.matmul(h, self.out)


def train_fusion(
    lists: Lists, config: FusionConfig, progress: Callable[[int, int, float], None] | None = None
) -> Fusion:
    """Fit the networks to put what was named above all else, and what was new above all new."""
    mean, deviation = _moments(lists)
    networks = []
    for seed in range(config.networks):
        torch.manual_seed(seed)
        network = _Network(torch.from_numpy(mean), torch.from_numpy(deviation), config)
        _fit(network, lists, config, seed, progress)
        networks.append(network.eval())
    return _frozen(networks, mean, deviation)


def _fit(
    network: _Network,
    lists: Lists,
    config: FusionConfig,
    seed: int,
    progress: Callable[[int, int, float], None] | None,
) -> None:
    steps = config.epochs * -(-len(lists) // config.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.rate, weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.rate, total_steps=steps, pct_start=0.1
    )
    network.train()
    for step, rows in enumerate(_batches(len(lists), config, seed)):
        features = torch.from_numpy(lists.features[rows].astype(np.float32))
        scores = network(features, torch.from_numpy(lists.circumstances[rows]))
        loss = _loss(scores, *(torch.from_numpy(a[rows]) for a in (lists.wanted, lists.named)))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if progress:
            progress(step + 1, steps, loss.item())


def _batches(n: int, config: FusionConfig, seed: int) -> Iterator[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    for _ in range(config.epochs):
        order = rng.permutation(n)
        yield from np.array_split(order, -(-n // config.batch))


def _loss(scores: Tensor, wanted: Tensor, named: Tensor) -> Tensor:
    """Cross-entropy under both protocols: of everything, and of what is new among what is new."""
    everything = functional.log_softmax(scores, dim=1)
    new = functional.log_softmax(scores.masked_fill(named, -1e4), dim=1)
    first = -(everything * wanted).sum() / wanted.sum().clamp(min=1)
    fresh = wanted & ~named
    return first - (new * fresh).sum() / fresh.sum().clamp(min=1)


def _moments(lists: Lists) -> tuple[Array, Array]:
    """Mean and deviation of features and circumstances (f + c,), from every seventh list."""
    some = lists.features[::7].astype(np.float32).reshape(-1, lists.features.shape[2])
    mean = np.concatenate([some.mean(axis=0), lists.circumstances.mean(axis=0)])
    deviation = np.concatenate([some.std(axis=0), lists.circumstances.std(axis=0)]) + 1e-3
    return mean.astype(np.float32), deviation.astype(np.float32)


def _frozen(networks: Sequence[_Network], mean: Array, deviation: Array) -> Fusion:
    def stack(read: Callable[[_Network], Tensor]) -> Array:
        return np.stack([read(n).detach().numpy() for n in networks]).astype(np.float32)

    return Fusion(
        mean,
        deviation,
        linear=stack(lambda n: n.linear),
        first=stack(lambda n: n.first.weight.T),
        first_bias=stack(lambda n: n.first.bias),
        second=stack(lambda n: n.second.weight.T),
        second_bias=stack(lambda n: n.second.bias),
        out=stack(lambda n: n.out),
    )
