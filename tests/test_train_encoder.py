"""The encoder's training at toy size: the loss falls, PEFT alone loads it, a kill costs nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from boards import steps_of
from fakes import tiny_catalog
from tiny_sentences import write_tiny_model

from bot.settings import load_settings
from finetune import train_encoder
from finetune.example_values import Examples, NeedExample, Sources
from finetune.run_config import EncoderConfig, TrainingJob
from finetune.train_encoder import pairs_of, train
from retrieval.bundle import Bundle
from retrieval.catalog import item_text
from retrieval.encoder import load_encoder
from retrieval.errors import UserError


def needs() -> tuple[NeedExample, ...]:
    """What asks for an item in two of its own keywords; the item after it was refused."""
    items = tiny_catalog().items
    return tuple(
        NeedExample(
            f"c{k}-{n}", " ".join(item.keywords[n : n + 2]), item.item_id,
            (items[(k + 1) % len(items)].item_id,), 1.0,
        )
        for k, item in enumerate(items)
        for n in range(3)
    )  # fmt: skip


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingJob:
    """A run over a random model that knows the catalogue's words."""
    catalog = tiny_catalog()
    torch.manual_seed(0)
    words = [w for item in catalog.items for w in item_text(item).lower().split()]
    model = write_tiny_model(tmp_path / "tiny", words)
    monkeypatch.setattr(train_encoder, "open_catalog", lambda settings: catalog)
    home = tmp_path / "home"
    for name in ("run", "checkpoints"):
        (home / name).mkdir(parents=True)
    found = needs()
    return TrainingJob(
        config=EncoderConfig(rank=4, alpha=8, epochs=3, batch=8, rate=1e-2, dropout=0.0),
        examples=Examples(train=Sources(needs=found[::2]), held_out=Sources(needs=found[1::2])),
        settings=load_settings(home=home, encoder=str(model)),
        bundle=Bundle(),
        folder=home / "run",
        checkpoints=home / "checkpoints",
        progress=lambda done, total, what: None,
    )


def test_the_loss_falls_and_the_adapter_serves(job: TrainingJob) -> None:
    metrics = train(job)
    assert metrics["held_out_loss"] < metrics["held_out_loss_before"]
    adapter = job.folder / "adapter"
    about = json.loads((adapter / "adapter_config.json").read_text())
    assert about["base_model_name_or_path"] == "model"  # a name, never a path of this machine
    base, adapted = (load_encoder(job.settings.encoder, a) for a in (None, adapter))
    texts = ["scary monster", "feel-good love"]
    assert not np.allclose(base.encode(texts), adapted.encode(texts))


def test_peft_alone_loads_the_adapter(job: TrainingJob) -> None:
    from peft import PeftModel
    from transformers import AutoModel

    train(job)
    assert job.settings.encoder is not None
    base = AutoModel.from_pretrained(job.settings.encoder)
    loaded = PeftModel.from_pretrained(base, str(job.folder / "adapter"))
    assert any("lora_B" in name and p.abs().sum() > 0 for name, p in loaded.named_parameters())


def test_a_training_that_was_killed_goes_on_to_the_same_end(
    job: TrainingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_encoder, "_SAVE_EVERY", 1)
    whole = train(job)
    shutil.rmtree(job.checkpoints)
    job.checkpoints.mkdir()

    def die(done: int, total: int, what: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(job, progress=die))
    done: list[int] = []
    again = train(replace(job, progress=lambda d, t, what: done.append(d)))
    assert done[0] == 5
    assert again["held_out_loss"] == pytest.approx(whole["held_out_loss"], abs=1e-4)
    assert steps_of(job.checkpoints, "loss/train") == [1, 2, 3, 4, *done]


def test_what_was_refused_is_a_negative_of_its_own_user_only() -> None:
    pairs = pairs_of(needs(), tiny_catalog())[:2]
    refused = [pairs[0].refused, pairs[1].refused]
    hidden = train_encoder._not_wrong(pairs, list(dict.fromkeys(refused)))
    assert not hidden[0, 2] and not hidden[0, 0]
    assert hidden[0, 1]  # the same item asked for in other words is no mistake


def test_too_few_needs_are_refused_in_one_line(job: TrainingJob) -> None:
    with pytest.raises(UserError, match="8 are the least"):
        train(replace(job, examples=Examples()))
