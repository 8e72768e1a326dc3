"""LoRA on a language model with TRL: one stage at a time, each resumed where it was killed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch.utils.tensorboard import SummaryWriter
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.integrations import TensorBoardCallback
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

from bot.model_weights import load_base
from finetune.board import CURVES
from finetune.chat_examples import ChatExample, ChatPair, answer, prompt
from finetune.run_config import ChatConfig

disable_progress_bars()

Stage = Literal["supervised", "kto", "dpo"]
Progress = Callable[[int, int, str], None]
Rows = list[dict[str, Any]]

_DONE = "adapter"  # in a stage's folder: what it ended with


def load_student(
    source: str, home: Path, start: Path | None, config: ChatConfig
) -> tuple[Any, Any]:
    """The model with a LoRA adapter that learns, fresh or going on from `start`; the tokenizer.

    The frozen weights are bfloat16 where the processor multiplies in it, the adapter is float32.
    """
    model, tokenizer = load_base(source, home, torch.bfloat16 if has_bfloat16() else torch.float32)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if start is not None:
        return PeftModel.from_pretrained(model, str(start), is_trainable=True), tokenizer
    torch.manual_seed(config.seed)  # the adapter begins with random numbers
    lora = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, lora), tokenizer


def has_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 matrices in hardware."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def rows(examples: Sequence[ChatExample]) -> Rows:
    """Examples for the supervised stage, and with their label for KTO."""
    return [
        {"prompt": prompt(e.noun, e.note), "completion": answer(e.reply)}
        | ({} if e.liked is None else {"label": e.liked})
        for e in examples
    ]


def pair_rows(pairs: Sequence[ChatPair]) -> Rows:
    """Pairs for DPO."""
    return [
        {
            "prompt": prompt(p.noun, p.note),
            "chosen": answer(p.chosen),
            "rejected": answer(p.rejected),
        }
        for p in pairs
    ]


def run_stage(
    stage: Stage,
    student: tuple[Any, Any],
    data: tuple[Rows, Rows],
    *,
    config: ChatConfig,
    folder: Path,
    progress: Progress,
) -> dict[str, float]:
    """Train the model in place on (train, held out) and return the stage's figures.

    `folder` keeps checkpoints and, once the stage has ended, its adapter and figures: called again
    it goes on from the last whole checkpoint, or only loads what the ended stage left.
    """
    model = student[0]
    done = folder / _DONE
    if done.is_dir():
        model.load_adapter(str(done), adapter_name="default", is_trainable=True)
        found: dict[str, float] = json.loads((done / "stage.json").read_text(encoding="utf-8"))
        return found
    trainer = make_trainer(stage, student, data, config, folder)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Teller(progress, stage))
    trainer.add_callback(TensorBoardCallback(SummaryWriter(str(folder.parent / CURVES / stage))))
    if data[1]:
        trainer.add_callback(EarlyStoppingCallback(config.patience))
    before = trainer.evaluate()["eval_loss"] if data[1] and not _checkpoint(folder) else None
    ended = trainer.train(resume_from_checkpoint=_checkpoint(folder))
    figures = _figures(trainer, ended.metrics, before)
    _finish(model, figures, folder)
    return figures


def _figures(trainer: Any, metrics: dict[str, float], before: float | None) -> dict[str, float]:
    held = [e["eval_loss"] for e in trainer.state.log_history if "eval_loss" in e]
    losses = [e["loss"] for e in trainer.state.log_history if "loss" in e]
    found = {
        "steps": float(trainer.state.global_step),
        "seconds": float(metrics["train_runtime"]),
        "first_loss": losses[0] if losses else float("nan"),
        "last_loss": losses[-1] if losses else float("nan"),
    }
    if before is not None:
        found["held_out_loss_before"] = before
    if held:
        found["held_out_loss"] = min(held)
    return found


def _finish(model: Any, figures: dict[str, float], folder: Path) -> None:
    """Keep what the stage ended with, whole or not at all, and drop its checkpoints."""
    if "ref" in model.peft_config:
        model.delete_adapter("ref")  # DPO's and KTO's frozen copy of the beginning
    draft = folder / f".{_DONE}"
    shutil.rmtree(draft, ignore_errors=True)
    save_adapter(model, draft, None)
    (draft / "stage.json").write_text(json.dumps(figures), encoding="utf-8")
    os.rename(draft, folder / _DONE)
    for path in folder.glob("checkpoint-*"):
        shutil.rmtree(path, ignore_errors=True)


def save_adapter(model: Any, folder: Path, base: str | None) -> None:
    """Write the adapter in PEFT's format; with `base`, the public id of its model, in float16."""
    folder.mkdir(parents=True, exist_ok=True)
    if base is not None:
        model.peft_config["default"].base_model_name_or_path = base
    model.save_pretrained(str(folder), selected_adapters=["default"], save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # a form without content
    if base is not None:
        path = folder / "adapter_model.safetensors"
        halves = {name: t.half().contiguous() for name, t in load_file(path).items()}
        save_file(halves, path, metadata={"format": "pt"})
        path.chmod(0o644)  # as readable as the other files


def _checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: its state is written last."""
    found = [p for p in folder.glob("checkpoint-*") if (p / "trainer_state.json").exists()]
    found.sort(key=lambda p: int(p.name.rpartition("-")[2]))
    return str(found[-1]) if found else None


def make_trainer(
    stage: Stage,
    student: tuple[Any, Any],
    data: tuple[Rows, Rows],
    config: ChatConfig,
    folder: Path,
) -> Any:
    """TRL's trainer for a stage, on (train, held out)."""
    (model, tokenizer), (train, held) = student, data
    kinds = {"supervised": _Supervised, "kto": KTOTrainer, "dpo": DPOTrainer}
    return kinds[stage](
        model=model,
        args=_arguments(stage, config, folder, len(train), bool(held)),
        train_dataset=Dataset.from_list(train),
        eval_dataset=Dataset.from_list(held) if held else None,
        processing_class=tokenizer,
    )


def _arguments(stage: Stage, config: ChatConfig, folder: Path, size: int, held: bool) -> Any:
    """TRL's arguments for a stage; the held-out part is looked at twice an epoch."""
    steps = max(1, -(-size // (config.batch * config.accumulate)))
    every = max(1, steps // 2)
    cuda = torch.cuda.is_available()
    common: dict[str, Any] = {
        "output_dir": str(folder),
        "per_device_train_batch_size": config.batch,
        "per_device_eval_batch_size": 2 * config.batch,
        "gradient_accumulation_steps": config.accumulate,
        "gradient_checkpointing": config.gradient_checkpointing,
        "max_length": config.length,
        "lr_scheduler_type": "cosine",
        "warmup_steps": max(1, steps // 10),
        "bf16": cuda and has_bfloat16(),  # on a CPU the frozen weights are bfloat16 already
        "logging_steps": max(1, steps // 20),
        "eval_strategy": "steps" if held else "no",
        "save_strategy": "steps",
        "eval_steps": every,
        "save_steps": every,
        "save_total_limit": 2,
        "load_best_model_at_end": held,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": cuda,
        "seed": config.seed,
    }
    if stage == "supervised":
        return SFTConfig(
            **common,
            num_train_epochs=config.epochs,
            learning_rate=config.rate,
            packing=config.packing,
            eval_packing=False,
            train_sampling_strategy="random" if config.packing else "group_by_length",
        )
    kind = KTOConfig if stage == "kto" else DPOConfig
    common |= {"num_train_epochs": config.preference_epochs, "beta": config.beta}
    return kind(**common, learning_rate=config.preference_rate, precompute_ref_log_probs=True)


class _Supervised(SFTTrainer):  # type: ignore[misc]  # TRL has no types
    """TRL's trainer with a loss that computes logits only where some reply of the batch is.

    Its own fused head computes the gradient of the frozen head too; on a CPU that is 0.4 of a step.
    """

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The mean negative log-likelihood of the labelled tokens."""
        labels = inputs["labels"][:, 1:]
        places = (labels != -100).any(dim=0).nonzero()[:, 0]
        given = {name: value for name, value in inputs.items() if name != "labels"}
        out = model(**given, use_cache=False, logits_to_keep=places)
        kept = labels[:, places].flatten()
        total = torch.nn.functional.cross_entropy(
            out.logits.flatten(0, 1).float(), kept, ignore_index=-100, reduction="sum"
        )
        count = (kept != -100).sum() if num_items_in_batch is None else num_items_in_batch
        loss = total / torch.as_tensor(count).clamp(min=1)
        return (loss, out) if return_outputs else loss


class _Teller(TrainerCallback):  # type: ignore[misc]  # transformers has no types here
    """Tells how far the training is."""

    def __init__(self, progress: Progress, stage: Stage) -> None:
        self._progress, self._stage = progress, stage

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """One step more."""
        loss = next((f", loss {e['loss']:.3f}" for e in state.log_history[::-1] if "loss" in e), "")
        self._progress(state.global_step, state.max_steps, f"{self._stage}{loss}")
