"""Measures a language model with an adapter: replies that pass, likelihood of what was accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from bot.decoding import Decoder
from bot.language_model import ChatMessage
from bot.model_weights import load_weights
from bot.prompts import MAX_TOKENS, chat_messages
from bot.summaries import MAX_TOKENS as SUMMARY_TOKENS
from finetune.chat_examples import ChatExample
from finetune.note_briefs import SUMMARIES, reply_fault

_PATIENCE = 120.0  # seconds for one reply: its time is not measured here

# Written for this measurement; about nothing that Sommelier talks of.
GENERAL_TEXT = """\
Bread needs only flour, water, salt and time. The flour holds two proteins that join when they get
wet, and kneading lines them up into a net that can stretch. Yeast feeds on the sugar in the dough
and gives off gas, which the net holds back in thousands of small bubbles. A warm kitchen makes this
quick, a cold one makes it slow, and slow bread tastes better because acids have time to form.

When the loaf goes into the oven, the gas swells and the loaf rises once more. Then the heat sets
the starch, the water near the crust turns to steam, and the outside browns. If you tap the bottom
and it sounds hollow, the loaf is done. Let it cool before you cut it, or the crumb will tear.

A river that runs over flat land does not stay where it is. Water on the outside of a bend moves
faster and cuts into the bank, while on the inside it slows down and drops its sand. So every bend
grows wider from year to year, until two of them meet and the river takes the shorter way. The old
loop is left behind as a lake in the shape of a horseshoe, which slowly fills with mud and reeds.
People who build near such a river learn to leave it room.
"""


@dataclass(frozen=True, slots=True)
class ChatScore:
    """For one example: why the model's own reply failed its checks ("" if it passed), and the mean
    natural log-likelihood per token of the reply that was accepted."""

    fault: str
    likelihood: float

    @property
    def passed(self) -> bool:
        """Whether the model's own reply may be sent."""
        return not self.fault


class ChatJudge:
    """One model, with an adapter or without, loaded once and asked about many examples.

    `source` is as for load_language_model; a model without an adapter gets the long prompt that it
    would be served with.
    """

    def __init__(self, source: str, home: Path, adapter: Path | None) -> None:
        self._model, self._tokenizer = load_weights(source, home, adapter)
        self._decoder = Decoder(self._model, self._tokenizer)
        self._adapted = adapter is not None

    def score(self, example: ChatExample) -> ChatScore:
        """Both figures for one example."""
        return ChatScore(reply_fault(example, self.reply(example)), self.likelihood(example))

    def reply(self, example: ChatExample) -> str:
        """What the model says to the example's note."""
        most = SUMMARY_TOKENS if example.part in SUMMARIES else MAX_TOKENS
        until = time.monotonic() + _PATIENCE
        return "".join(self._decoder.pieces(self._prompt(example), most, until))

    @torch.inference_mode()
    def sample(
        self, examples: Sequence[ChatExample], count: int, temperature: float
    ) -> list[list[str]]:
        """Several replies by chance to each example's note, all written in one batch."""
        chats = [
            [{"role": m.role, "content": m.content} for m in self._prompt(e)] for e in examples
        ]
        texts = [self._template(chat, add_generation_prompt=True) for chat in chats]
        self._tokenizer.padding_side = "left"
        given = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        found = self._model.generate(
            **given.to(self._model.device),
            do_sample=True,
            temperature=temperature,
            top_p=0.95,
            num_return_sequences=count,
            max_new_tokens=SUMMARY_TOKENS,
            pad_token_id=self._tokenizer.eos_token_id,
        )
        new = found[:, given["input_ids"].shape[1] :]
        said = self._tokenizer.batch_decode(new, skip_special_tokens=True)
        return [said[at : at + count] for at in range(0, len(said), count)]

    def likelihood(self, example: ChatExample) -> float:
        """The mean log-likelihood per token of the example's reply, its end included."""
        chat = [{"role": m.role, "content": m.content} for m in self._prompt(example)]
        answer = [{"role": "assistant", "content": example.reply}]
        head = self._ids(self._template(chat, add_generation_prompt=True))
        whole = self._ids(self._template(chat + answer))
        return self._mean(whole, len(head))

    def general(self) -> float:
        """The mean log-likelihood per token of a general text."""
        return self._mean(self._ids(GENERAL_TEXT), 1)

    def _prompt(self, example: ChatExample) -> list[ChatMessage]:
        return chat_messages(example.noun, example.note, adapted=self._adapted)

    def _template(self, chat: list[dict[str, str]], **options: Any) -> str:
        return str(self._tokenizer.apply_chat_template(chat, tokenize=False, **options))

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    @torch.inference_mode()
    def _mean(self, ids: list[int], known: int) -> float:
        """The mean over the tokens after the first `known` ones."""
        given = torch.tensor([ids], device=self._model.device)
        logits = self._model(input_ids=given).logits[0, known - 1 : -1].float()
        chances = logits.log_softmax(-1).gather(1, given[0, known:, None])
        return float(chances.mean())


def chat_scores(
    source: str,
    home: Path,
    adapter: Path | None,
    examples: Sequence[ChatExample],
    progress: Callable[[int, int], None] | None = None,
) -> list[ChatScore]:
    """One score an example, in their order."""
    judge = ChatJudge(source, home, adapter)
    found = []
    for done, example in enumerate(examples, start=1):
        found.append(judge.score(example))
        if progress:
            progress(done, len(examples))
    return found


def forgetting(source: str, home: Path, adapter: Path) -> tuple[float, float]:
    """The mean log-likelihood per token of a general text: bare model, then with the adapter."""
    bare = ChatJudge(source, home, None).general()
    return bare, ChatJudge(source, home, adapter).general()
