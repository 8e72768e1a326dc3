"""Variants of labelled messages keep their labels; the adversarial step has its norm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_encoder import tiny_transformer

from bot.heads import packaged_tokenizer
from bot.plain_text import plain_text
from bot.trained_understander import TrainedUnderstander
from finetune.run_config import make_config
from finetune.understander_adversarial import perturbation
from finetune.understander_augmentation import augmented_case, augmented_text
from finetune.understander_config import HeadConfig
from finetune.understander_data import Example, catalog_of, examples, word_labels
from finetune.understander_training import train
from retrieval.errors import UserError

CASES: list[dict[str, Any]] = [
    {
        "id": "t0", "domain": "film", "shown": [], "intent": ["seek"],
        "messages": [{"role": "user", "text": "Something gloomier and atmospheric, please!"}],
        "signals": [
            {"kind": "text", "value": "gloomy", "polarity": 1, "evidence": "gloomier"},
            {"kind": "text", "value": "atmospheric", "polarity": 1, "evidence": "atmospheric"}],
    },
    {
        "id": "t1", "domain": "film", "shown": [], "intent": ["feedback"],
        "messages": [{"role": "user", "text": "I honestly loved Inception, nothing else."}],
        "signals": [{"kind": "item", "title": "Inception", "polarity": 1,
                     "evidence": "loved Inception"}],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def understander() -> TrainedUnderstander:
    return TrainedUnderstander(catalog_of(CASES))


@pytest.fixture(scope="module")
def labelled(understander: TrainedUnderstander) -> list[Example]:
    return list(examples(CASES, "toy", understander, packaged_tokenizer()))


@given(st.text(max_size=80), st.data(), st.integers(0, 2**31))
def test_spans_stay_within_the_text_and_in_order(text: str, data: Any, seed: int) -> None:
    places = st.integers(0, len(text))
    spans = [tuple(sorted(data.draw(st.tuples(places, places)))) for _ in range(3)]
    varied, moved = augmented_text(text, spans, seed)
    assert all(0 <= start <= end <= len(varied) for start, end in moved)
    assert augmented_text(text, spans, seed) == (varied, moved)
    for (a, b), (c, d) in zip(spans, moved, strict=True):
        assert (a, b) != (0, len(text)) or (c, d) == (0, len(varied))


@given(st.integers(0, 2**31), st.sampled_from(CASES))
def test_evidence_is_in_the_varied_message_and_labels_hold(seed: int, case: dict[str, Any]) -> None:
    varied = augmented_case(case, seed)
    text = varied["messages"][-1]["text"]
    assert all(s["evidence"] and s["evidence"] in text for s in varied["signals"])
    before, after = (
        word_labels(plain_text(c["messages"][-1]["text"]), c["signals"]) for c in (case, varied)
    )
    assert np.array_equal(before, after)
    assert "Inception".lower() in text.lower() or case["id"] == "t0"
    assert [s.get("title") for s in varied["signals"]] == [s.get("title") for s in case["signals"]]


def test_over_many_seeds_everything_is_varied() -> None:
    found = {augmented_case(CASES[0], seed)["messages"][-1]["text"] for seed in range(200)}
    assert any(t.isupper() for t in found)
    assert any(t.islower() for t in found)
    assert any("," not in t for t in found)
    plain = {t.lower().translate({ord(c): "" for c in ",!"}) for t in found}
    assert len(plain) > 5
    assert CASES[0]["messages"][-1]["text"] in found


def test_a_number_keeps_its_point() -> None:
    for seed in range(50):
        assert "7.5" in augmented_text("a 7.5, at least.", [], seed)[0]


@given(st.floats(0.01, 10), st.integers(0, 2**31))
def test_the_step_has_its_norm_and_goes_along_the_gradient(epsilon: float, seed: int) -> None:
    gradient = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(seed))
    gradient[1] = 0.0
    step = perturbation(gradient, epsilon)
    norms = step.flatten(1).norm(dim=1)
    assert norms.tolist() == pytest.approx([epsilon, 0.0, epsilon], rel=1e-4)
    assert float((step * gradient).sum()) > 0


@pytest.mark.parametrize("freezing", ["head", "lora"])
def test_adversarial_training_learns_a_toy_set(labelled: list[Example], freezing: Any) -> None:
    config = HeadConfig(
        freezing, epochs=8, patience=8, batch=2, dropout=0.0, rank=2, refit_epochs=1
    )
    plain = train(labelled, labelled, config, tiny_transformer)
    against = train(labelled, labelled, replace(config, adversarial=0.5), tiny_transformer)
    assert against.losses[-1]["held"] < 0.8 * against.losses[0]["held"]
    # Two losses are summed, the second no lower than the first to first order.
    assert against.losses[0]["train"] > 1.5 * plain.losses[0]["train"]


def test_each_epoch_sees_its_share_of_variants(
    labelled: list[Example], understander: TrainedUnderstander
) -> None:
    asked: list[int] = []

    def vary(example: Example, seed: int) -> Example:
        asked.append(seed)
        case = augmented_case(example.case, seed)
        return next(examples([case], example.source, understander, packaged_tokenizer()))

    config = HeadConfig("head", epochs=6, patience=6, batch=2, augment=0.5, refit_epochs=1)
    trained = train(labelled, labelled, config, tiny_transformer, vary=vary)
    assert len(asked) == 6 == len(set(asked))
    assert trained.losses[-1]["held"] < trained.losses[0]["held"]
    train(labelled, labelled, replace(config, augment=0.0), tiny_transformer, vary=vary)
    assert len(asked) == 6


@pytest.mark.parametrize(("name", "value"), [("augment", 1.5), ("adversarial", -1.0)])
def test_a_value_out_of_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(UserError, match=name):
        make_config("understander", {name: value})
