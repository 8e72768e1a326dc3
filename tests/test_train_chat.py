"""The chat trainer at toy size: every stage runs, resumes, and leaves what PEFT alone loads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tiny_llm import save_tiny_llm

from finetune.chat_examples import (
    ChatExample,
    ChatPair,
    prompt,
    read_examples,
    read_pairs,
    split,
    weighted,
)
from finetune.run_config import ChatConfig, TrainingJob
from finetune.train_chat import fit, plan, train
from retrieval.errors import UserError

CONFIG = ChatConfig(
    rank=4, alpha=8, epochs=3, rate=2e-2, batch=4, length=300, preference_rate=2e-3, patience=9
)
GOOD = [
    ChatExample("item", "fresh", "film", f"[{n}] a drama; hope", f"[{n}] is a drama about hope.")
    for n in range(1, 13)
]
JUDGED = [replace(e, liked=i % 2 == 0) for i, e in enumerate(GOOD)] * 2
PAIRS = [ChatPair("film", e.note, e.reply, "No idea.") for e in GOOD]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_llm(tmp_path_factory.mktemp("tiny")))


def _silent(done: int, total: int, what: str) -> None:
    pass


def _fit(tiny: str, work: Path, stages: Any, config: ChatConfig = CONFIG, **more: Any) -> Any:
    given: dict[str, Any] = {"progress": _silent, "start": None} | more
    return fit(
        tiny,
        "somebody/tiny",
        given["start"],
        config,
        stages,
        home=work,
        folder=work / "out",
        checkpoints=work / "checkpoints",
        progress=given["progress"],
    )


def test_the_loss_falls_and_peft_alone_loads_the_adapter(tiny: str, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    figures = _fit(tiny, tmp_path, plan((GOOD, GOOD[:2]), ([], []), CONFIG))
    assert figures["supervised_steps"] == 9
    assert figures["supervised_last_loss"] < figures["supervised_first_loss"]
    assert figures["supervised_held_out_loss"] < figures["supervised_held_out_loss_before"]
    folder = tmp_path / "out" / "adapter"
    assert {p.name for p in folder.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "somebody/tiny"
    weights = load_file(folder / "adapter_model.safetensors")
    assert {t.dtype for t in weights.values()} == {torch.float16}
    assert any(bool(t.abs().sum()) for name, t in weights.items() if "lora_B" in name)
    PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), str(folder))
    assert any((tmp_path / "checkpoints" / "tensorboard" / "supervised").iterdir())


def test_a_killed_training_goes_on_from_its_checkpoint(tiny: str, tmp_path: Path) -> None:
    stages = plan((GOOD, []), ([], []), CONFIG)
    steps: list[int] = []

    def die(done: int, total: int, what: str) -> None:
        if done == 5:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        _fit(tiny, tmp_path, stages, progress=die)
    torso = tmp_path / "checkpoints" / "supervised" / "checkpoint-99"
    torso.mkdir()  # a checkpoint without its state was cut off and does not count
    _fit(tiny, tmp_path, stages, progress=lambda done, total, what: steps.append(done))
    assert steps == [5, 6, 7, 8, 9]
    _fit(tiny, tmp_path, stages, progress=lambda done, total, what: steps.append(-1))
    assert -1 not in steps  # an ended stage is only loaded


def test_preferences_go_on_from_the_supervised_adapter(tiny: str, tmp_path: Path) -> None:
    dpo = _fit(tiny, tmp_path / "dpo", plan((GOOD, []), (PAIRS, []), CONFIG))
    assert dpo["dpo_steps"] == 3
    assert dpo["dpo_last_loss"] < dpo["dpo_first_loss"]
    kto = _fit(tiny, tmp_path / "kto", plan((JUDGED, []), ([], []), CONFIG))
    assert kto["kto_steps"] == 6
    assert kto["kto_last_loss"] < kto["kto_first_loss"]
    for name in ("dpo", "kto"):
        held = tmp_path / name / "out" / "adapter"
        assert {p.name for p in held.iterdir()} == {
            "adapter_config.json",
            "adapter_model.safetensors",
        }


def test_it_goes_on_from_an_adapter_packed_and_checkpointed(tiny: str, tmp_path: Path) -> None:
    stages = plan((GOOD, []), ([], []), CONFIG)
    _fit(tiny, tmp_path / "one", stages)
    config = replace(CONFIG, packing=True, gradient_checkpointing=True, epochs=1, rate=1e-4)
    start = tmp_path / "one" / "out" / "adapter"
    fresh = _fit(tiny, tmp_path / "fresh", stages, config)
    again = _fit(tiny, tmp_path / "two", stages, config, start=start)
    assert again["supervised_first_loss"] < 0.98 * fresh["supervised_first_loss"]


def test_the_loss_is_the_models_own(tiny: str, tmp_path: Path) -> None:
    from finetune.chat_training import load_student, make_trainer, rows

    student = load_student(tiny, tmp_path, None, CONFIG)
    trainer = make_trainer("supervised", student, (rows(GOOD[:4]), []), CONFIG, tmp_path)
    batch = next(iter(trainer.get_train_dataloader()))
    model = trainer.model.eval()
    ours = trainer.compute_loss(model, dict(batch))
    assert ours.item() == pytest.approx(model(**batch).loss.item(), rel=2e-2)  # bfloat16


def test_a_job_continues_what_serves_and_rehearses(tiny: str, tmp_path: Path) -> None:
    def job(name: str, serving: Path | None) -> TrainingJob:
        part = None if serving is None else SimpleNamespace(path=serving)
        sides = {
            "train": SimpleNamespace(chat=tuple(GOOD), pairs=()),
            "held_out": SimpleNamespace(chat=(), pairs=()),
        }
        made = {
            "config": replace(CONFIG, epochs=1),
            "examples": SimpleNamespace(**sides),
            "settings": SimpleNamespace(llm=tiny),
            "bundle": SimpleNamespace(part=lambda kind: part),
            "home": tmp_path,
            "folder": tmp_path / name,
            "checkpoints": tmp_path / name / "checkpoints",
            "progress": _silent,
        }
        return cast(TrainingJob, SimpleNamespace(**made))

    first = train(job("one", None))
    second = train(job("two", tmp_path / "one" / "adapter"))
    assert first["supervised_steps"] == 6  # 11 learned, one held out, 11 rehearsed, four a batch
    assert second["supervised_held_out_loss_before"] < first["supervised_held_out_loss_before"]
    plain = job("three", None)
    plain.settings.llm = "plain"
    with pytest.raises(UserError, match="no language model"):
        train(plain)


def test_too_little_to_learn_from_is_one_clear_line() -> None:
    def message(examples: list[ChatExample], preference: Any) -> str:
        with pytest.raises(UserError) as error:
            plan((examples, []), ([], []), replace(CONFIG, preference=preference))
        assert "\n" not in str(error.value)
        return error.value.message

    liked = [replace(e, liked=True) for e in GOOD]
    assert message(GOOD[:3], "auto") == "Only 3 replies were accepted; a chat run needs 8."
    assert message(liked, "kto") == "All judged replies were liked; KTO needs both kinds."
    assert message(JUDGED[:10], "kto").startswith("5 replies were liked and 5 disliked")
    assert message(GOOD, "dpo") == "There are 0 pairs of replies; DPO needs 8."


def test_refused_replies_never_teach_the_supervised_stage() -> None:
    stages = plan((JUDGED, []), ([], []), CONFIG)
    assert [s[0] for s in stages] == ["supervised", "kto"]
    assert len(stages[0][1]) == 12
    assert {row["label"] for row in stages[1][1]} == {True, False}
    assert [s[0] for s in plan((JUDGED, []), (PAIRS, []), CONFIG)] == ["supervised", "dpo"]


def test_a_training_that_does_not_fit_says_so(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune.chat_memory._free", lambda: 1000)
    with pytest.raises(UserError, match="GiB more"):
        _fit(tiny, tmp_path, plan((GOOD, []), ([], []), CONFIG))


def test_checkpointing_takes_less_memory_than_plain_steps(tiny: str, tmp_path: Path) -> None:
    from finetune.chat_memory import step_bytes
    from finetune.chat_training import load_student

    model, _ = load_student(tiny, tmp_path, None, CONFIG)
    model.config.num_hidden_layers = 30
    plain = step_bytes(model, 100, CONFIG)
    assert step_bytes(model, 100, replace(CONFIG, gradient_checkpointing=True)) < plain
    assert step_bytes(model, 200, CONFIG) > plain


def test_weights_say_how_often_an_example_is_seen() -> None:
    assert len(weighted([replace(GOOD[0], weight=3.0)])) == 3
    assert weighted([replace(GOOD[0], weight=0.0)]) == []
    some = [replace(GOOD[0], note=str(i), weight=0.5) for i in range(400)]
    assert 160 < len(weighted(some)) < 240


def test_no_note_is_on_both_sides_of_a_split() -> None:
    train_side, held = split(GOOD * 2, 0.25, seed=1)
    assert len(held) == 6
    assert not {e.note for e in train_side} & {e.note for e in held}


def test_the_prompt_is_the_one_that_serving_builds() -> None:
    assert [m["role"] for m in prompt("book", "Ask: a or b")] == ["system", "user"]


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"part": "item"}\n')
    with pytest.raises(UserError, match=r"a\.jsonl:1"):
        read_examples(tmp_path)
    with pytest.raises(UserError, match="holds no examples"):
        read_examples(tmp_path / "nowhere")
    (tmp_path / "p.jsonl").write_text('{"note": 1}\n')
    with pytest.raises(UserError, match=r"p\.jsonl:1"):
        read_pairs(tmp_path / "p.jsonl")
