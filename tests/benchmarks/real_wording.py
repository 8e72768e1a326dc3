"""The share of replies to real messages that the language model words throughout, without a clock.

    python tests/benchmarks/real_wording.py [--turns 300] [--llm SPEC] [--adapter FOLDER]
        [--home DIR] [--json FILE]

The seekers' sides of ReDial conversations go through the bot; all sentences that the replies ask
the model for are then written greedily in batches, as one request at a time would get them, so
that a busy machine does not change the share. `real_conversations.py` measures with the clock.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from real_conversations import REDIAL, conversations

import bot.turn
from bot.build import build_bot
from bot.language_model import SHIPPED_ADAPTER, ChatMessage, smollm2_file
from bot.model_weights import load_weights
from bot.moves import Brief
from bot.plain_wording import plain_parts
from bot.prompts import MAX_TOKENS, chat_messages, notes, writes
from bot.settings import go_offline, load_settings
from bot.wording import Limits, word
from ui.handlers import on_message, start_conversation

PATIENT = Limits(first=600, silence=600, whole=600)
BATCH = 24

Prompt = tuple[ChatMessage, ...]


def real_briefs(turns: int, home: Path) -> list[Brief]:
    """What replies to the first `turns` real messages may say."""
    found: list[Brief] = []
    plain = bot.turn.word

    def listen(brief: Brief, model: object) -> Iterator[Any]:
        found.append(brief)
        return plain(brief, None)

    bot.turn.word = listen  # type: ignore[assignment]
    made = build_bot(load_settings(catalog=REDIAL / "catalog.jsonl.gz", home=home, llm="plain"))
    for key, texts in conversations(turns // 4):
        conversation = start_conversation(made, key)
        for text in texts:
            list(on_message(made, key, conversation, text))
        print(f"\r{len(found)} turns", end="", file=sys.stderr, flush=True)
        if len(found) >= turns:
            break
    return found[:turns]


class Written:
    """Looks answers up and notes what is not there yet; satisfies LanguageModel."""

    name = "written"

    def __init__(self, adapted: bool) -> None:
        self.adapted = adapted
        self.known: dict[Prompt, str] = {}
        self.missing: dict[Prompt, None] = {}

    def start(self, warm: Sequence[ChatMessage] = ()) -> None:
        """Nothing to load."""

    def ready(self) -> bool:
        """Always."""
        return True

    def problem(self) -> str:
        """None."""
        return ""

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """The answer that was written for these messages."""
        prompt = tuple(messages)
        if prompt not in self.known:
            self.missing[prompt] = None
        yield self.known.get(prompt, "")


@torch.inference_mode()
def write(prompts: Sequence[Prompt], model: Any, tokenizer: Any) -> list[str]:
    """Greedy answers to prompts, several at once."""
    tokenizer.padding_side = "left"
    found: list[str] = []
    ordered = sorted(prompts, key=lambda p: len(p[-1].content))
    for at in range(0, len(ordered), BATCH):
        texts = [
            tokenizer.apply_chat_template(
                [{"role": m.role, "content": m.content} for m in prompt],
                add_generation_prompt=True,
                tokenize=False,
            )
            for prompt in ordered[at : at + BATCH]
        ]
        given = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        given = given.to(model.device)
        out = model.generate(**given, do_sample=False, max_new_tokens=MAX_TOKENS)
        new = out[:, given["input_ids"].shape[1] :]
        found += tokenizer.batch_decode(new, skip_special_tokens=True)
        print(f"\r{len(found)} of {len(ordered)} sentences", end="", file=sys.stderr, flush=True)
    answers = dict(zip(ordered, found, strict=True))
    return [answers[p] for p in prompts]


def measure(briefs: Sequence[Brief], written: Written, weights: tuple[Any, Any]) -> dict[str, Any]:
    """Word all replies, writing what is missing until nothing is, and count."""
    for brief in briefs:
        for part in plain_parts(brief):
            if writes(brief, part):
                first = notes(brief, part)[0]
                prompt = tuple(chat_messages(brief.noun, first, adapted=written.adapted))
                written.missing[prompt] = None
    while written.missing:
        prompts = list(written.missing)
        written.known.update(zip(prompts, write(prompts, *weights), strict=True))
        written.missing.clear()
        replies = [list(word(brief, written, limits=PATIENT)) for brief in briefs]
    asked = [sum(writes(b, p) for p in plain_parts(b)) for b in briefs]
    plain = [sum(piece.plain for piece in reply) for reply in replies]
    return {
        "turns": len(briefs),
        "moves": dict(Counter(b.move.kind for b in briefs)),
        "turns_that_ask_the_model": sum(a > 0 for a in asked),
        "replies_with_plain_wording": sum(p > 0 for p in plain),
        "plain_wording_share": round(sum(p > 0 for p in plain) / len(briefs), 4),
        "parts_asked": sum(asked),
        "parts_plain": sum(plain),
        "sentences_written": len(written.known),
    }


class Teller(logging.Handler):
    """Prints the sentences that failed their checks."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"! {record.getMessage()}: {getattr(record, 'sentence', '')}")


def main() -> None:
    """Run the benchmark and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--llm", default=str(smollm2_file() or ""))
    parser.add_argument("--adapter", type=Path, default=SHIPPED_ADAPTER)
    parser.add_argument("--bare", action="store_true", help="without adapter, by the long prompt")
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "wording-home")
    parser.add_argument("--verbose", action="store_true", help="print what failed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    go_offline()
    briefs = real_briefs(options.turns, options.home)
    weights = load_weights(options.llm, options.home, None if options.bare else options.adapter)
    written = Written(adapted=not options.bare)
    figures = measure(briefs, written, weights)
    if options.verbose:
        logging.getLogger("bot.wording").addHandler(Teller())
        logging.getLogger("bot.wording").setLevel(logging.INFO)
        for brief in briefs:
            list(word(brief, written, limits=PATIENT))
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
