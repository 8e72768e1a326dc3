"""The understander's run at toy size: what users put right is learned beside the utterances."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from boards import steps_of
from fakes import tiny_catalog

from bot.heads import load_heads
from bot.settings import load_settings
from finetune import understander_run
from finetune.example_values import Examples, MessageExample, Sources
from finetune.run_config import TrainingJob
from finetune.train_understander import Work
from finetune.understander_config import HeadConfig
from retrieval.bundle import Bundle

CORRECTED = MessageExample(
    "c1",
    {
        "id": "t1",
        "domain": "film",
        "messages": [{"role": "user", "text": "not a comedy tonight, I love Alien"}],
        "shown": ["Up"],
        "intent": ["seek"],
        "signals": [
            {"kind": "item", "title": "Alien", "item_id": "alien-1979", "polarity": 1.0},
        ],
    },
)


def test_a_correction_becomes_a_label_that_says_nothing_was_meant() -> None:
    (example,) = understander_run.log_examples([CORRECTED], tiny_catalog())
    meant = {
        o.mention.value: label
        for o, label in zip(example.hints.opinions, example.opinions, strict=True)
    }
    assert meant.pop("comedy", 0) == 0  # the belief about comedies was removed
    assert 1 in meant.values()


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingJob:
    """A run on five utterances of each file and one correction."""
    monkeypatch.setattr(understander_run, "Work", partial(Work, limit=5))
    monkeypatch.setattr(understander_run, "open_catalog", lambda settings: tiny_catalog())
    for name in ("run", "checkpoints"):
        (tmp_path / name).mkdir(parents=True)
    return TrainingJob(
        config=HeadConfig(freezing="head", epochs=1, refit_epochs=1, hidden=4),
        examples=Examples(train=Sources(messages=(CORRECTED,))),
        settings=load_settings(home=tmp_path),
        bundle=Bundle(),
        folder=tmp_path / "run",
        checkpoints=tmp_path / "checkpoints",
        progress=lambda done, total, what: None,
    )


def test_a_run_writes_heads_that_load(job: TrainingJob) -> None:
    metrics = understander_run.train(job)
    assert metrics["confirmed"] == 1 and metrics["examples"] > 1
    load_heads(job.folder / "weights")
    assert json.loads((job.folder / "losses.json").read_text())


def test_a_training_that_was_killed_goes_on_to_the_same_end(job: TrainingJob) -> None:
    config = HeadConfig(
        freezing="lora", first_layer=5, rank=2, epochs=3, patience=3, refit_epochs=2, hidden=4
    )
    job = replace(job, config=config)

    def trained(progress: Callable[[int, int, str], None]) -> dict[str, bytes]:
        understander_run.train(replace(job, progress=progress))
        return {
            path.name: path.read_bytes()
            for path in job.folder.rglob("*")
            if path.suffix == ".safetensors" or path.name == "losses.json"
        }

    def die(done: int, total: int, what: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    whole = trained(lambda done, total, what: None)
    for name in ("run", "checkpoints"):
        shutil.rmtree(job.folder.parent / name)
        (job.folder.parent / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        trained(die)
    told: list[int] = []
    again = trained(lambda done, total, what: told.append(done))
    assert told == [0, 3]
    assert set(whole) == {"heads.safetensors", "adapter_model.safetensors", "losses.json"}
    assert again == whole
    assert steps_of(job.checkpoints, "loss/held") == [1, 2, 3]
