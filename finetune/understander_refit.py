"""Fits the intents' head anew once the layers have learned, with real messages counting more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bot.reading_network import new_head
from finetune.understander_config import HeadConfig
from finetune.understander_data import Example

_BATCH = 128
_RATE, _DECAY = 2e-3, 0.05


def refit_intents(wholes: Tensor, examples: Sequence[Example], config: HeadConfig) -> nn.Module:
    """A new head over `wholes` (n, d), what the network reads intents from."""
    wanted = torch.from_numpy(np.stack([wanted_of(e) for e in examples]))
    weights = torch.tensor(
        [config.refit_weight if e.source.startswith("real") else 1.0 for e in examples]
    )
    head = new_head(wholes.shape[1], config.hidden, wanted.shape[1], config.refit_dropout)
    optimizer = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = config.refit_epochs * (-(-len(examples) // _BATCH))
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=max(2, steps))
    for _ in range(config.refit_epochs):
        order = torch.randperm(len(examples))
        for start in range(0, len(examples), _BATCH):
            rows = order[start : start + _BATCH]
            losses = nn.functional.binary_cross_entropy_with_logits(
                head(wholes[rows]), wanted[rows], reduction="none"
            ).sum(1)
            optimizer.zero_grad()
            ((losses * weights[rows]).sum() / weights[rows].sum()).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            rate.step()
    return head.eval()


def wanted_of(example: Example) -> NDArray[np.float32]:
    """The shares of the intents, and whether there is any signal (11,)."""
    return np.append(example.intents, np.float32(example.signed)).astype(np.float32)
