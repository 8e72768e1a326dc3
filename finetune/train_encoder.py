"""LoRA on the encoder: what was asked for comes closer to what was taken, away from refusals."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from bot.build import open_catalog
from finetune.board import curves
from finetune.example_values import NeedExample
from finetune.run_config import EncoderConfig, TrainingJob
from retrieval.catalog import Catalog, item_text
from retrieval.encoder import encoder_folder, public_name
from retrieval.errors import UserError

_FEWEST = 8  # needs below which there is nothing to contrast
_TOKENS = 96  # of a text in training; the rest is cut
_SAVE_EVERY = 20  # steps between two checkpoints
_CHECKPOINT = "encoder.pt"
_TARGETS = ("query", "key", "value")


@dataclass(frozen=True, slots=True)
class Pair:
    """The words of a need, the texts of the chosen item and of one refused or "", and its weight.

    `wanted` are all items taken in that conversation: they are nobody's mistake beside this one.
    """

    need: str
    item_id: str
    chosen: str
    refused: str
    wanted: frozenset[str]
    weight: float


def train(job: TrainingJob) -> dict[str, float]:
    """Train an adapter into `adapter/` of the job's folder; goes on from a checkpoint.

    The loss is the symmetric contrastive one over a batch with a temperature (InfoNCE, van den
    Oord et al., 2018), each need also against an item that its user refused. Training ends when
    the loss on held-out users rises, and the best epoch is kept. Raises UserError where there are
    too few needs.
    """
    config = job.config
    assert isinstance(config, EncoderConfig)
    catalog = open_catalog(job.settings)
    pairs = pairs_of(job.examples.train.needs, catalog)
    held = pairs_of(job.examples.held_out.needs, catalog)
    if len(pairs) < _FEWEST:
        raise UserError(
            f"There are only {len(pairs)} needs with an item that was taken; {_FEWEST} are the"
            " least.",
            "Let people talk more, or give transcripts.",
        )
    learner = Learner(encoder_folder(job.settings.encoder), config)
    losses = _epochs(learner, pairs, held, job)
    learner.save(job.folder / "adapter", public_name(job.settings.encoder))
    return {"pairs": len(pairs), "held_out_pairs": len(held), **losses}


def pairs_of(needs: Sequence[NeedExample], catalog: Catalog) -> list[Pair]:
    """Needs as texts; items that left the catalogue are left out."""
    wanted: dict[str, set[str]] = {}
    for need in needs:
        wanted.setdefault(need.conversation, set()).add(need.chosen)
    found = []
    for number, need in enumerate(needs):
        if need.chosen not in catalog:
            continue
        refused = [i for i in need.refused if i in catalog and i != need.chosen]
        against = item_text(catalog.item(refused[number % len(refused)])) if refused else ""
        chosen = item_text(catalog.item(need.chosen))
        around = frozenset(wanted[need.conversation])
        found.append(Pair(need.need, need.chosen, chosen, against, around, need.weight))
    return found


class Learner:
    """A sentence-transformers model with LoRA in it, its optimiser, and where both stand."""

    def __init__(self, folder: Path, config: EncoderConfig) -> None:
        from peft import LoraConfig, get_peft_model
        from sentence_transformers import SentenceTransformer

        torch.manual_seed(config.seed)
        self.config = config
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = SentenceTransformer(str(folder), device=self.device, local_files_only=True)
        self.model.max_seq_length = min(self.model.max_seq_length or _TOKENS, _TOKENS)
        inner = self.model[0].model
        names = {name.rpartition(".")[2] for name, _ in inner.named_modules()}
        known = [name for name in _TARGETS if name in names]
        lora = LoraConfig(
            r=config.rank,
            lora_alpha=config.alpha,
            lora_dropout=config.dropout,
            target_modules=known or "all-linear",
        )
        self.adapted: Any = get_peft_model(inner, lora)
        self.model[0].model = self.adapted
        self.learning = [p for p in self.adapted.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learning, lr=config.rate, weight_decay=0.01)

    def loss(self, batch: Sequence[Pair]) -> Tensor:
        """The weighted loss of a batch."""
        needs = self._encode([p.need for p in batch])
        refused = list(dict.fromkeys(p.refused for p in batch if p.refused))
        items = self._encode([*(p.chosen for p in batch), *refused])
        scores = needs @ items.T / self.config.temperature
        scores = scores.masked_fill(_not_wrong(batch, refused).to(self.device), -1e4)
        n = len(batch)
        right = torch.arange(n, device=self.device)
        both = functional.cross_entropy(scores, right, reduction="none")
        both = both + functional.cross_entropy(scores[:, :n].T, right, reduction="none")
        weights = torch.tensor([p.weight for p in batch], device=self.device)
        return (both * weights).sum() / (2 * weights.sum())

    def _encode(self, texts: list[str]) -> Tensor:
        """Unit vectors (n, d) that a gradient can go through."""
        features = {
            k: v.to(self.device) if isinstance(v, Tensor) else v
            for k, v in self.model.preprocess(texts).items()
        }
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            found = self.model(features)["sentence_embedding"]
        return functional.normalize(found.float(), dim=1)

    def step(self, batch: Sequence[Pair], number: int, rate: float) -> float:
        """One step of the optimiser at a share of the configured rate; gives the loss."""
        torch.manual_seed(self.config.seed + number)  # the same dropout after a resumption
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate * rate
        self.model.train()
        loss = self.loss(batch)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.learning, 1.0)
        self.optimiser.step()
        return loss.item()

    def mean_loss(self, pairs: Sequence[Pair]) -> float:
        """The loss on pairs that are not learned from; NaN without any."""
        self.model.eval()
        with torch.inference_mode():
            batches = [b for b in _batches(pairs, self.config.batch, 0) if len(b) > 1]
            return sum(self.loss(b).item() for b in batches) / max(1, len(batches))

    def state(self) -> dict[str, Tensor]:
        """The adapter's weights, copied."""
        named = self.adapted.named_parameters()
        return {name: p.detach().clone() for name, p in named if p.requires_grad}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Put an adapter's weights back."""
        with torch.no_grad():
            for name, parameter in self.adapted.named_parameters():
                if name in state:
                    parameter.copy_(state[name])

    def save(self, folder: Path, base: str) -> None:
        """Write the adapter in PEFT's format; `base` is the public id of what it belongs to."""
        self.adapted.peft_config["default"].base_model_name_or_path = base
        self.adapted.save_pretrained(str(folder), save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)


def _not_wrong(batch: Sequence[Pair], refused: Sequence[str]) -> Tensor:
    """Which columns (n, n + r) are no mistakes for a row: what its user took besides."""
    taken = [[p.item_id in row.wanted and p is not row for p in batch] for row in batch]
    again = [[p.item_id == row.item_id and p is not row for p in batch] for row in batch]
    # Somebody else's refusal says nothing about this need.
    others = [[text != row.refused for text in refused] for row in batch]
    first = torch.tensor(taken) | torch.tensor(again)
    return torch.cat([first, torch.tensor(others)], dim=1) if refused else first


def _epochs(
    learner: Learner, pairs: Sequence[Pair], held: Sequence[Pair], job: TrainingJob
) -> dict[str, float]:
    """Train epoch by epoch from wherever a checkpoint stands; the best adapter is left in place."""
    config = learner.config
    steps = math.ceil(len(pairs) / config.batch)
    stand = _Stand.read(job.checkpoints / _CHECKPOINT, learner)
    if stand.step == 0:
        stand.losses = [learner.mean_loss(held)]
        stand.best = learner.state()
    with curves(job.checkpoints, stand.step + 1) as write:
        while stand.step < steps * config.epochs and not stand.rising:
            epoch, place = divmod(stand.step, steps)
            for batch in list(_batches(pairs, config.batch, config.seed + epoch))[place:]:
                loss = learner.step(batch, stand.step, _rate(stand.step, steps * config.epochs))
                stand.step += 1
                write(stand.step, {"loss/train": loss})
                if stand.step % _SAVE_EVERY == 0:
                    stand.write(job.checkpoints / _CHECKPOINT, learner)
                job.progress(stand.step, steps * config.epochs, f"loss {loss:.3f}")
            there = learner.mean_loss(held) if held else -float(stand.step)
            if held:
                write(stand.step, {"loss/held": there})
            if there < min(stand.losses) or not held:
                stand.best = learner.state()
            stand.losses.append(there)
            stand.write(job.checkpoints / _CHECKPOINT, learner)
    learner.restore(stand.best)
    if not held:
        return {"steps": float(stand.step)}
    return {
        "steps": float(stand.step),
        "held_out_loss_before": stand.losses[0],
        "held_out_loss": min(stand.losses),
    }


@dataclass
class _Stand:
    """How far a training is: steps, the held-out loss before it and after each epoch, the best."""

    step: int
    losses: list[float]
    best: Mapping[str, Tensor]

    @property
    def rising(self) -> bool:
        """Whether the last epoch was worse than the best before it."""
        return len(self.losses) > 1 and self.losses[-1] > min(self.losses[:-1])

    def write(self, path: Path, learner: Learner) -> None:
        """Keep it on disk, whole or not at all."""
        draft = path.with_suffix(".draft")
        now = {
            "step": self.step,
            "losses": self.losses,
            "best": dict(self.best),
            "adapter": learner.state(),
            "optimiser": learner.optimiser.state_dict(),
        }
        torch.save(now, draft)
        draft.replace(path)

    @staticmethod
    def read(path: Path, learner: Learner) -> _Stand:
        """Where a checkpoint stands, with the learner put there; the beginning without one."""
        if not path.is_file():
            return _Stand(0, [], {})
        kept = torch.load(path, weights_only=True, map_location=learner.device)
        learner.restore(kept["adapter"])
        learner.optimiser.load_state_dict(kept["optimiser"])
        return _Stand(kept["step"], kept["losses"], kept["best"])


def _batches(pairs: Sequence[Pair], size: int, seed: int) -> Iterator[list[Pair]]:
    order = list(pairs)
    random.Random(seed).shuffle(order)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _rate(step: int, steps: int) -> float:
    """A share of the rate: up over the first tenth, then down in a line."""
    warm = max(1, steps // 10)
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))
