"""How far a training of the understander's heads is, kept on disk after each epoch."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bot.reading_network import ReadingNetwork
from retrieval.atomic import write_whole


@dataclass
class Stand:
    """The losses of each epoch, the lowest one that counts, what had been learned then.

    `since` counts the epochs after that one.
    """

    best: float = float("inf")
    since: int = 0
    kept: dict[str, Tensor] = field(default_factory=dict)
    losses: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Learning:
    """Whatever a training changes besides its stand, and so what a checkpoint has to hold."""

    network: ReadingNetwork
    optimizer: Any
    rate: Any
    shuffle: random.Random


def learned(network: nn.Module) -> dict[str, Tensor]:
    """The weights that learn, copied."""
    return {n: p.detach().clone() for n, p in network.named_parameters() if p.requires_grad}


def write_stand(path: Path, stand: Stand, learning: Learning) -> None:
    """Keep a training on disk, whole or not at all; OSError where the disk is full."""
    now = {
        "stand": {name: getattr(stand, name) for name in ("best", "since", "kept", "losses")},
        "learned": learned(learning.network),
        "optimizer": learning.optimizer.state_dict(),
        "rate": learning.rate.state_dict(),
        "shuffle": learning.shuffle.getstate(),
        "chance": torch.get_rng_state(),  # of dropout, and of the order in the last fit
    }
    content = io.BytesIO()
    torch.save(now, content)
    write_whole(path, content.getvalue())


def read_stand(path: Path, learning: Learning) -> Stand:
    """Where a checkpoint stands, with the training put there; the beginning without one."""
    if not path.is_file():
        return Stand()
    kept = torch.load(path, weights_only=True)
    learning.network.load_state_dict(kept["learned"], strict=False)
    learning.optimizer.load_state_dict(kept["optimizer"])
    learning.rate.load_state_dict(kept["rate"])
    learning.shuffle.setstate(kept["shuffle"])
    torch.set_rng_state(kept["chance"])
    return Stand(**kept["stand"])
