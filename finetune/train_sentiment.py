"""Trains the rating head on reviews: a rating from 1 to 5 and its uncertainty from free text.

`python -m finetune.train_sentiment --data DIR --out FILE` trains both variants, squared error (a
normal distribution's mean and deviation) and ordinal (cumulative link), prints how they do on the
written test texts beside two baselines, and writes the one named by `--serve`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from bot.rating_reader import LEAST_DEVIATION, SCALE, SHIPPED, RatingHead, load_head
from finetune.review_texts import (
    OrderedTexts,
    RatedText,
    liked_forms,
    product_reviews,
    pros_and_cons,
    sentence_polarity,
    written_ratings,
)
from finetune.sentiment_scores import baselines, scores, table
from retrieval.encoder import PACKAGED_SHA256, Encoder, load_encoder

Variant = Literal["squared", "ordinal"]
Vectors = NDArray[np.float32]

TEST = Path(__file__).parent.parent / "tests" / "data" / "ratings_written.jsonl"
_SAMPLE = 8000  # texts of each side of an order that are embedded


@dataclass(frozen=True)
class SentimentConfig:
    """How the head is trained; weights are by source, 0 leaves a source out."""

    variant: Variant = "ordinal"
    hidden: int = 64
    dropout: float = 0.3
    steps: int = 300
    batch: int = 96
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    margin: float = 1.0
    rated: Mapping[str, float] = field(
        default_factory=lambda: {"sentence": 0.5, "review": 0.3, "written": 4.0}
    )
    ordered: Mapping[str, float] = field(
        default_factory=lambda: {"polarity": 1.0, "pros and cons": 0.3, "liked": 0.3}
    )
    seed: int = 0


@dataclass(frozen=True)
class SentimentData:
    """Unit rows by source: with ratings, and as pairs of better and worse texts."""

    rated: Mapping[str, tuple[Tensor, Tensor]]
    ordered: Mapping[str, tuple[Tensor, Tensor]]


class RatingNetwork(nn.Module):
    """The head in training; the arithmetic is RatingHead's."""

    def __init__(self, config: SentimentConfig) -> None:
        super().__init__()
        self.ordinal = config.variant == "ordinal"
        self.dropout = nn.Dropout(config.dropout)
        self.first = nn.Linear(384, config.hidden)
        self.second = nn.Linear(config.hidden, 1 if self.ordinal else 2)
        self.lowest = nn.Parameter(torch.tensor(-1.5))
        self.gaps = nn.Parameter(torch.zeros(3))

    def thresholds(self) -> Tensor:
        """t_1 < … < t_4, by positive gaps."""
        gaps = functional.softplus(self.gaps) + 0.05
        return torch.cat([self.lowest[None], self.lowest + gaps.cumsum(0)])

    def forward(self, vectors: Tensor) -> Tensor:
        """What the readings are made of, (n, 1) or (n, 2)."""
        hidden = functional.gelu(self.first(self.dropout(vectors * SCALE)))
        out: Tensor = self.second(self.dropout(hidden))
        return out

    def mean(self, out: Tensor) -> Tensor:
        """The expected rating (n,)."""
        if self.ordinal:
            return 1 + torch.sigmoid(out - self.thresholds()).sum(1)
        return 3 + 2.2 * torch.tanh(out[:, 0] / 2)

    def loss(self, vectors: Tensor, ratings: Tensor) -> Tensor:
        """The negative log-likelihood of ratings (n,), up to a constant.

        Between two whole ratings the ordinal one takes the share of the upper: 3.7 is "above 3"
        and to .7 "above 4".
        """
        out = self(vectors)
        if self.ordinal:
            above = (ratings[:, None] - torch.arange(1, 5)).clamp(0, 1)
            logits = out - self.thresholds()
            each = functional.binary_cross_entropy_with_logits(logits, above, reduction="none")
            return each.sum(1).mean()
        deviation = LEAST_DEVIATION + functional.softplus(out[:, 1])
        return (((ratings - self.mean(out)) / deviation) ** 2 / 2 + deviation.log()).mean()

    def order_loss(self, better: Tensor, worse: Tensor, margin: float) -> Tensor:
        """How far expected ratings (n,) of better texts fail to lie `margin` above the worse."""
        gap = self.mean(self(better)) - self.mean(self(worse))
        return functional.relu(margin - gap).mean()

    def arrays(self) -> dict[str, Tensor]:
        """The arrays of a RatingHead."""
        return {
            "first": self.first.weight.detach().T.contiguous(),
            "first_bias": self.first.bias.detach(),
            "second": self.second.weight.detach().T.contiguous(),
            "second_bias": self.second.bias.detach(),
            "thresholds": self.thresholds().detach() if self.ordinal else torch.zeros(0),
        }

    def head(self) -> RatingHead:
        """The head as it serves."""
        return RatingHead(**{k: v.numpy().astype(np.float64) for k, v in self.arrays().items()})


def train_head(data: SentimentData, config: SentimentConfig) -> RatingNetwork:
    """Fit one variant on batches drawn from every source at once."""
    torch.manual_seed(config.seed)
    network, rng = RatingNetwork(config), np.random.default_rng(config.seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.steps
    )

    def some(count: int) -> Tensor:
        return torch.from_numpy(rng.integers(count, size=min(config.batch, count)))

    for _ in range(config.steps):
        loss = torch.zeros(())
        for name, weight in config.rated.items():
            if weight and name in data.rated:
                vectors, ratings = data.rated[name]
                rows = some(len(vectors))
                loss = loss + weight * network.loss(vectors[rows], ratings[rows])
        for name, weight in config.ordered.items():
            if weight and name in data.ordered:
                better, worse = data.ordered[name]
                one, other = some(len(better)), some(len(worse))
                size = min(len(one), len(other))
                pairs = better[one[:size]], worse[other[:size]]
                loss = loss + weight * network.order_loss(*pairs, config.margin)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return network.eval()


def embedded(
    encoder: Encoder, rated: Sequence[RatedText], ordered: Sequence[OrderedTexts]
) -> SentimentData:
    """The texts as vectors; of large sets a fixed sample."""
    by_source: dict[str, list[RatedText]] = {}
    for one in rated:
        by_source.setdefault(one.source, []).append(one)
    draw = random.Random(0)

    def rows(texts: Sequence[str]) -> Tensor:
        few = texts if len(texts) <= _SAMPLE else draw.sample(texts, _SAMPLE)
        return torch.from_numpy(encoder.encode(few))

    return SentimentData(
        {
            source: (rows([r.text for r in found]), torch.tensor([r.rating for r in found]))
            for source, found in by_source.items()
            if len(found) <= _SAMPLE
        },
        {one.source: (rows(one.better), rows(one.worse)) for one in ordered if one.worse},
    )


def save_head(path: Path, network: RatingNetwork, config: SentimentConfig) -> None:
    """Write the arrays in half precision with what they were trained on and how."""
    about = {"encoder_sha256": PACKAGED_SHA256, "config": asdict(config)}
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: value.half().contiguous() for name, value in network.arrays().items()}
    save_file(arrays, path, metadata={"about": json.dumps(about)})


def main(arguments: Sequence[str] | None = None) -> int:
    """Train both variants, print their scores, write one."""
    parser = argparse.ArgumentParser(prog="python -m finetune.train_sentiment", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with reviews and redial")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the weights go")
    parser.add_argument("--serve", choices=("squared", "ordinal"), default="ordinal")
    options = parser.parse_args(arguments)
    encoder = load_encoder()
    rated = [*product_reviews(options.data / "reviews"), *written_ratings()]
    ordered = [
        sentence_polarity(options.data / "reviews"),
        pros_and_cons(options.data / "reviews"),
        liked_forms(options.data / "redial"),
    ]
    data = embedded(encoder, rated, ordered)
    tests = [json.loads(line) for line in TEST.read_text(encoding="utf-8").splitlines()]
    texts, truth = [t["text"] for t in tests], np.array([t["rating"] for t in tests], dtype=float)
    vectors = encoder.encode(texts)
    rows = baselines(texts, truth)
    for variant in ("squared", "ordinal"):
        config = SentimentConfig(variant=variant)
        network = train_head(data, config)
        mean, deviation = network.head().predict(vectors)
        rows[variant] = scores(truth, mean, deviation)
        if variant == options.serve:
            save_head(options.out, network, config)
            mean, deviation = load_head(options.out).predict(vectors)
            rows[f"{variant}, as written"] = scores(truth, mean, deviation)
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
