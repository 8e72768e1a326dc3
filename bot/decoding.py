"""Greedy decoding, token by token, with the keys and values of the common prompt kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from bot.language_model import ChatMessage

if TYPE_CHECKING:
    from bot.json_writing import JsonGuide, Schema


class Decoder:
    """One model with one cache; use by one request at a time.

    The cache holds what the last request computed. A new prompt keeps its longest common beginning
    and computes the rest, so the fixed part of all prompts is computed once.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._cache = DynamicCache(config=model.config)
        self._held: list[int] = []  # the tokens whose keys and values the cache holds
        ends = model.generation_config.eos_token_id
        found = ends if isinstance(ends, list) else [ends]
        self._ends = {e for e in (*found, tokenizer.eos_token_id) if e is not None}

    def warm(self, messages: Sequence[ChatMessage]) -> None:
        """Compute the beginning that the coming prompts share."""
        if messages:
            self._forward(self._ids(messages, answer=False))

    def twin(self) -> Decoder:
        """The same model with a cache of its own, for prompts that begin otherwise."""
        return Decoder(self._model, self._tokenizer)

    def guide(self, schema: Schema) -> JsonGuide:
        """What holds one text of this model to a JSON schema; ValueError on an unknown schema."""
        from bot.json_writing import JsonGuide

        return JsonGuide(schema, self._tokenizer, self._model.config.vocab_size, sorted(self._ends))

    def pieces(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        until: float,
        guide: JsonGuide | None = None,
    ) -> Iterator[str]:
        """Text as it is written, until the model ends it, `max_tokens`, or the clock `until`.

        A guide leaves only tokens that keep the text under its schema.
        """
        logits = self._forward(self._ids(messages, answer=True))
        written: list[int] = []
        sent = ""
        while len(written) < max_tokens and time.monotonic() < until:
            token = int((guide.masked(logits) if guide else logits).argmax())
            if token in self._ends:
                break
            if guide:
                guide.accept(token)
            written.append(token)
            text = self._tokenizer.decode(written, skip_special_tokens=True)
            if len(text) > len(sent) and not text.endswith("\ufffd"):  # half a character: wait
                yield text[len(sent) :]
                sent = text
            if guide and guide.complete():
                break
            logits = self._forward([*self._held, token])

    def _ids(self, messages: Sequence[ChatMessage], *, answer: bool) -> list[int]:
        chat = [{"role": m.role, "content": m.content} for m in messages]
        text = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=answer, tokenize=False
        )
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    @torch.inference_mode()
    def _forward(self, ids: list[int]) -> torch.Tensor:
        """Bring the cache to `ids` and return the logits (vocabulary,) after the last of them."""
        keep = self._keep(ids)
        held, self._held = self._held, []
        try:
            if keep < len(held):
                self._cache.crop(keep - len(held))
            new = torch.tensor([ids[keep:]], device=self._model.device)
            out = self._model(
                input_ids=new, past_key_values=self._cache, use_cache=True, logits_to_keep=1
            )
        except BaseException:
            self._cache = DynamicCache(config=self._model.config)  # in an unknown state
            raise
        self._held = list(ids)
        logits: torch.Tensor = out.logits[0, -1]
        return logits

    def _keep(self, ids: list[int]) -> int:
        """How many tokens at the beginning the cache holds already, at least one being new."""
        most = min(len(self._held), len(ids) - 1)
        return next((n for n in range(most) if self._held[n] != ids[n]), most)
