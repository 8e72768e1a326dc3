"""How the understander's heads are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Freezing = Literal["head", "lora", "all"]


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """How to train. `freezing` says what learns: the heads, LoRA beside them, or all layers.

    Layers below `first_layer` never learn: their states are computed once. `patience` epochs
    without a lower loss on the development part end the training. Then the intents' head alone is
    fitted anew for `refit_epochs` on the states as they have become: there, real messages can
    count much more (`refit_weight`) without spoiling the layers.

    `augment` is the share of the messages that each epoch sees misspelt, in another case or
    without punctuation. `adversarial` is the norm of a step against each message at the states
    that go into the lowest layer trained (the token embeddings where all are), 0 for none.
    """

    freezing: Freezing = "lora"
    first_layer: int = 0
    rank: int = 16
    epochs: int = 5
    patience: int = 2
    batch: int = 32
    head_rate: float = 2e-3
    layer_rate: float = 6e-4
    warm_up: float = 0.1
    weight_decay: float = 0.01
    dropout: float = 0.2
    hidden: int = 64
    real_weight: float = 3.0
    refit_epochs: int = 60
    refit_weight: float = 8.0
    refit_dropout: float = 0.5
    augment: float = 0.0
    adversarial: float = 0.0
    seed: int = 0
