"""The states below the layers that learn, in batches, and variants of an epoch's messages."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from bot.reading_network import ReadingNetwork
from finetune.understander_config import HeadConfig
from finetune.understander_data import Example

States = dict[tuple[int, int], Tensor]  # by the example's id() and the layer they go into
Vary = Callable[[Example, int], Example]  # a variant of an example, the same for the same seed


def known_states(
    network: ReadingNetwork, examples: Sequence[Example], first: int, known: States
) -> list[Tensor]:
    """What `lower_states` gives, from `known` where it is there, and kept there."""
    new = [e for e in examples if (id(e), first) not in known]
    for example, states in zip(new, lower_states(network, new, first), strict=True):
        known[id(example), first] = states
    return [known[id(e), first] for e in examples]


def lower_states(network: ReadingNetwork, examples: Sequence[Example], first: int) -> list[Tensor]:
    """For each example the states that go into layer `first`, (tokens, 384)."""
    found: dict[int, Tensor] = {}
    network.eval()
    with torch.inference_mode():
        for rows in batches(examples, 32):
            parts = [examples[i].prepared for i in rows]
            states = network.raised(network.lowest(parts), parts, 0, first)
            found |= {i: states[k, : len(parts[k].tokens)].clone() for k, i in enumerate(rows)}
    return [found[i] for i in range(len(examples))]


def varied(
    network: ReadingNetwork, examples: Sequence[Example], low: Sequence[Tensor], first: int,
    config: HeadConfig, vary: Vary, epoch: int,
) -> tuple[list[Example], list[Tensor]]:  # fmt: skip
    """The examples and states of one epoch, a share of them as variants."""
    draw = random.Random(f"{config.seed} {epoch}")
    rows = draw.sample(range(len(examples)), round(config.augment * len(examples)))
    seen, states = list(examples), list(low)
    variants = [vary(examples[i], draw.randrange(2**31)) for i in rows]
    for i, one, state in zip(rows, variants, lower_states(network, variants, first), strict=True):
        seen[i], states[i] = one, state
    return seen, states


def padded(low: Sequence[Tensor], rows: Sequence[int]) -> Tensor:
    """The states of these rows as one tensor (rows, longest, width), zeros after each end."""
    return nn.utils.rnn.pad_sequence([low[i] for i in rows], batch_first=True)


def batches(
    examples: Sequence[Example], size: int, shuffled: random.Random | None = None
) -> Iterator[list[int]]:
    """Rows in batches of like length; in a random order where `shuffled` is given."""
    lengths = [len(e.prepared.tokens) for e in examples]
    noise = shuffled.random if shuffled else lambda: 0.0
    order = sorted(range(len(examples)), key=lambda i: lengths[i] * (1 + 0.3 * noise()))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    if shuffled:
        shuffled.shuffle(groups)
    yield from groups
