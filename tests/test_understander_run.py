"""The understander's run at toy size: what users put right is learned beside the utterances."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
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


def test_a_run_writes_heads_that_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(understander_run, "Work", partial(Work, limit=5))
    monkeypatch.setattr(understander_run, "open_catalog", lambda settings: tiny_catalog())
    (tmp_path / "run").mkdir()
    job = TrainingJob(
        config=HeadConfig(freezing="head", epochs=1, refit_epochs=1, hidden=4),
        examples=Examples(train=Sources(messages=(CORRECTED,))),
        settings=load_settings(home=tmp_path),
        bundle=Bundle(),
        folder=tmp_path / "run",
        checkpoints=tmp_path,
        progress=lambda done, total, what: None,
    )
    metrics = understander_run.train(job)
    assert metrics["confirmed"] == 1 and metrics["examples"] > 1
    load_heads(tmp_path / "run" / "weights")
    assert json.loads((tmp_path / "run" / "losses.json").read_text())
