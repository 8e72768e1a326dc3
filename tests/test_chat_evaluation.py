"""Judging replies by their notes, and measuring a model with and without an adapter."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_llm import save_tiny_llm

from bot.prompts import note
from finetune.chat_examples import WRITTEN, ChatExample, read_examples
from finetune.note_briefs import brief_of, reply_fault


def test_every_written_reply_passes_by_its_note_and_the_note_comes_out_again() -> None:
    found = [e for e in read_examples(WRITTEN) if e.part in ("item", "ask", "say")]
    assert len(found) >= 1500
    for example in found:
        assert reply_fault(example, example.reply) == "", example
        assert note(*brief_of(example)) == example.note


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("[2] is a romantic comedy about dogs, close to [5].", ""),
        ("[2] is a romantic comedy about cats.", "ungrounded"),
        ("[2] is a romantic comedy about dogs by Woody.", "name"),
        ("[2] is close to [6], with dogs.", "number"),
        ("[6] is quick and light.", "number"),
        ("a torso without an end", "shape"),
    ],
)
def test_a_reply_is_judged_by_the_facts_of_its_note(written: str, fault: str) -> None:
    told = "[2] a romantic comedy; dogs; close to [5]"
    assert reply_fault(ChatExample("item", "fresh", "film", told, ""), written) == fault


def test_scores_and_forgetting_of_a_model(tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from finetune.chat_evaluation import ChatJudge, chat_scores, forgetting

    tiny = str(save_tiny_llm(tmp_path / "tiny"))
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny), LoraConfig(r=2))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.3)
    model.save_pretrained(tmp_path / "adapter")
    example = ChatExample("ask", "genre", "film", "Ask: drama or war", "Drama or war?")
    (score,) = chat_scores(tiny, tmp_path, tmp_path / "adapter", [example])
    assert not score.passed  # a random model
    assert -12 < score.likelihood < 0
    bare, adapted = forgetting(tiny, tmp_path, tmp_path / "adapter")
    assert bare != adapted
    judge = ChatJudge(tiny, tmp_path, tmp_path / "adapter")
    told = judge._prompt(example)
    assert len(told) == 2
    text = "".join(f"<s>{m.role}: {m.content}</s>" for m in told) + "<s>assistant: "
    ids = judge._ids(text + "Drama or war?</s>")
    with torch.no_grad():
        known = len(judge._ids(text))
        labels = torch.tensor([[-100] * known + ids[known:]])
        loss = judge._model(input_ids=torch.tensor([ids]), labels=labels).loss.item()
    assert score.likelihood == pytest.approx(-loss, abs=1e-3)
