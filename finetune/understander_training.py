"""Trains the understander's heads, and with them the layers of MiniLM that the policy names."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bot.head_decoding import Probable
from bot.reading_network import Outputs, Prepared, ReadingNetwork, probabilities
from finetune.understander_adversarial import perturbation
from finetune.understander_config import HeadConfig
from finetune.understander_data import Example
from finetune.understander_refit import refit_intents, wanted_of
from finetune.understander_stand import Learning, Stand, learned, read_stand, write_stand
from finetune.understander_states import (
    States,
    Vary,
    batches,
    known_states,
    padded,
    varied,
)


@dataclass(frozen=True, slots=True)
class Trained:
    """A network, its PEFT model where LoRA was used, and the loss of each epoch."""

    network: ReadingNetwork
    adapted: Any
    losses: tuple[Mapping[str, float], ...]


Say = Callable[[str], None]
After = Callable[[int, Mapping[str, float]], None]  # epochs done, and the last one's losses


def new_network(make: Callable[[], Any], features: int, config: HeadConfig) -> tuple[Any, Any]:
    """A network over a fresh transformer with what may learn set by the policy, and its PEFT."""
    transformer, adapted = make(), None
    for parameter in transformer.parameters():
        parameter.requires_grad = False
    layers = range(config.first_layer, len(transformer.encoder.layer))
    if config.freezing == "lora":
        from peft import LoraConfig, get_peft_model

        adapted = get_peft_model(
            transformer,
            LoraConfig(
                r=config.rank, lora_alpha=2 * config.rank, lora_dropout=0.05,
                target_modules=["query", "key", "value", "dense"],
                layers_to_transform=list(layers), layers_pattern="layer",
            ),
        )  # fmt: skip
    elif config.freezing == "all":
        for i in layers:
            for parameter in transformer.encoder.layer[i].parameters():
                parameter.requires_grad = True
    network = ReadingNetwork(transformer, features, config.hidden, config.dropout)
    return network, adapted


def train(
    examples: Sequence[Example],
    held: Sequence[Example],
    config: HeadConfig,
    make: Callable[[], Any],
    say: Say = lambda line: None,
    *,
    vary: Vary | None = None,
    known: States | None = None,
    checkpoint: Path | None = None,
    after: After = lambda done, losses: None,
) -> Trained:
    """Train on `examples`, stop when the loss on `held` no longer falls, keep the best epoch.

    `vary` makes the variants that the config's `augment` asks for. The intents' last fit sees
    the messages as they are. `known` is filled with the states below the layers that learn, for
    the next training on the same example objects. `checkpoint` is a file written after each epoch;
    where it is there already, the training of the same examples goes on from it to the same end.
    """
    torch.manual_seed(config.seed)
    network, adapted = new_network(make, len(examples[0].prepared.features), config)
    layers = len(network.transformer.encoder.layer)
    first = layers if config.freezing == "head" else config.first_layer
    known = {} if known is None else known
    low = known_states(network, examples, first, known)
    low_held = known_states(network, held, first, known)
    learning = Learning(
        network, *_optimizer(network, config, len(examples)), random.Random(config.seed)
    )
    stand = Stand() if checkpoint is None else read_stand(checkpoint, learning)
    began, skipped = time.monotonic(), len(stand.losses)
    while len(stand.losses) < config.epochs and stand.since < config.patience:
        seen, states = examples, low
        if config.augment and vary is not None:
            epoch = len(stand.losses)
            seen, states = varied(network, examples, low, first, config, vary, epoch)
        total = _one_epoch(learning, seen, states, first, config)
        there = _loss_on(network, held, low_held, first, config) if held else total
        _note(stand, total, there, network)
        if checkpoint is not None:
            write_stand(checkpoint, stand, learning)
        done = len(stand.losses)
        left = (time.monotonic() - began) / (done - skipped) * (config.epochs - done)
        say(f"epoch {done}/{config.epochs}: {stand.losses[-1]}; {left / 60:.1f} minutes left")
        after(done, stand.losses[-1])
    network.load_state_dict(stand.kept, strict=False)
    wholes = _wholes(network, examples, low, first)
    network.heads["intents"] = refit_intents(wholes, examples, config)
    return Trained(network, adapted, tuple(stand.losses))


def _note(stand: Stand, total: float, there: float, network: nn.Module) -> None:
    """Put an epoch's losses down, and what was learned where it is the best so far."""
    stand.losses.append({"train": round(total, 4), "held": round(there, 4)})
    stand.since = 0 if there < stand.best else stand.since + 1
    if there < stand.best:
        stand.best, stand.kept = there, learned(network)


def _wholes(
    network: ReadingNetwork, examples: Sequence[Example], low: Sequence[Tensor], first: int
) -> Tensor:
    """What the intents are read from, (n, 768 + f), with the layers as they have become."""
    network.eval()
    found: dict[int, Tensor] = {}
    with torch.no_grad():
        for rows in batches(examples, 32):
            parts = [examples[i].prepared for i in rows]
            states = network.raised(padded(low, rows), parts, first)
            found |= dict(zip(rows, network.whole(states, parts), strict=True))
    return torch.stack([found[i] for i in range(len(examples))])


def _optimizer(network: ReadingNetwork, config: HeadConfig, count: int) -> tuple[Any, Any]:
    inner = [p for p in network.transformer.parameters() if p.requires_grad]
    groups = [{"params": network.heads.parameters(), "lr": config.head_rate}]
    groups += [{"params": inner, "lr": config.layer_rate}] if inner else []
    optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)
    steps = config.epochs * (-(-count // config.batch))
    warm = max(1, int(steps * config.warm_up))

    def share(step: int) -> float:
        return min((step + 1) / warm, max(0.02, (steps - step) / max(1, steps - warm)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def _one_epoch(
    learning: Learning, examples: Sequence[Example], low: Sequence[Tensor], first: int,
    config: HeadConfig,
) -> float:  # fmt: skip
    network, optimizer = learning.network, learning.optimizer
    network.train()
    total = 0.0
    for rows in batches(examples, config.batch, learning.shuffle):
        batch = [examples[i] for i in rows]
        loss = _loss(network, batch, padded(low, rows), first, config)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        learning.rate.step()
        total += loss.item() * len(rows)
    return total / len(examples)


def _loss(
    network: ReadingNetwork, batch: Sequence[Example], states: Tensor, first: int,
    config: HeadConfig,
) -> Tensor:  # fmt: skip
    """The loss of a batch, and with it the adversarial one where the config asks for it."""
    states.requires_grad_(config.adversarial > 0)
    loss = loss_of(_outputs(network, batch, states, first), batch, config)
    if not config.adversarial:
        return loss
    (gradient,) = torch.autograd.grad(loss, states, retain_graph=True)
    moved = states.detach() + perturbation(gradient, config.adversarial)
    return loss + loss_of(_outputs(network, batch, moved, first), batch, config)


def _outputs(
    network: ReadingNetwork, batch: Sequence[Example], states: Tensor, first: int
) -> Outputs:
    parts: list[Prepared] = [e.prepared for e in batch]
    with torch.autocast("cpu", torch.bfloat16):
        states = network.raised(states, parts, first)
    return network.read(states.float(), parts)


def _loss_on(
    network: ReadingNetwork, held: Sequence[Example], low: Sequence[Tensor], first: int,
    config: HeadConfig,
) -> float:  # fmt: skip
    network.eval()
    total = 0.0
    with torch.inference_mode():
        for rows in batches(held, 32):
            batch = [held[i] for i in rows]
            outputs = _outputs(network, batch, padded(low, rows), first)
            total += loss_of(outputs, batch, config).item() * len(rows)
    return total / len(held)


def loss_of(outputs: Outputs, batch: Sequence[Example], config: HeadConfig) -> Tensor:
    """Cross-entropies of all heads, summed over a message, averaged over messages by weight."""
    weights = np.array([_weight(e, config) for e in batch], np.float32)
    wanted = np.stack([wanted_of(e) for e in batch])
    intents = nn.functional.binary_cross_entropy_with_logits(
        outputs.intents, torch.from_numpy(wanted), reduction="none"
    ).sum(1)
    total = (intents * torch.from_numpy(weights)).sum()
    total = total + _classes(outputs.words, [e.words for e in batch], weights)
    total = total + _classes(outputs.opinions, [e.opinions for e in batch], weights)
    return total / len(batch)


def _weight(example: Example, config: HeadConfig) -> float:
    return config.real_weight if example.source.startswith("real") else 1.0


def _classes(
    logits: Tensor, labels: Sequence[NDArray[np.int64]], weights: NDArray[np.float32]
) -> Tensor:
    flat = torch.from_numpy(np.concatenate(labels))
    spread = torch.from_numpy(np.repeat(weights, [len(one) for one in labels]))
    each = nn.functional.cross_entropy(logits, flat, ignore_index=-1, reduction="none")
    return (each * spread).sum()


def predict(network: ReadingNetwork, examples: Sequence[Example]) -> list[Probable]:
    """What the network holds likely of each example."""
    found: dict[int, Probable] = {}
    network.eval()
    with torch.inference_mode():
        for rows in batches(examples, 32):
            parts = [examples[i].prepared for i in rows]
            found |= dict(zip(rows, probabilities(network(parts), parts), strict=True))
    return [found[i] for i in range(len(examples))]
