"""JSON under a schema from a language model: held to it where the model can be, else only asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from bot.language_model import ChatMessage, LanguageModel

if TYPE_CHECKING:
    from torch import Tensor

Schema = Mapping[str, Any]


@runtime_checkable
class JsonModel(Protocol):
    """A language model that can be held to a JSON schema."""

    def stream_json(
        self, messages: Sequence[ChatMessage], *, schema: Schema, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """As LanguageModel.stream; the pieces joined are the beginning of JSON under `schema`.

        An endpoint that knows no schemas may still send anything.
        """
        ...


class JsonWriter:
    """A model with a schema; satisfies LanguageModel, so that all that reads one can read this."""

    def __init__(self, model: LanguageModel, schema: Schema) -> None:
        self.name = model.name
        self.adapted = False
        self._model = model
        self._schema = schema

    def start(self, warm: Sequence[ChatMessage] = ()) -> None:
        """Begin to load the model."""
        self._model.start(warm)

    def ready(self) -> bool:
        """Whether the model is able to answer now."""
        return self._model.ready()

    def problem(self) -> str:
        """Why the model will not become ready."""
        return self._model.problem()

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """Yield JSON piece by piece; a model that cannot be held to a schema is only asked."""
        if isinstance(self._model, JsonModel):
            return self._model.stream_json(
                messages, schema=self._schema, max_tokens=max_tokens, deadline=deadline
            )
        return self._model.stream(messages, max_tokens=max_tokens, deadline=deadline)


class JsonGuide:
    """Follows one text token by token and says which tokens may come next; use once.

    The grammar is llguidance's; it allows no white space between JSON's parts, which a model
    could otherwise write for ever. Raises ValueError on a schema that it does not know.
    """

    def __init__(
        self, schema: Schema, tokenizer: Any, vocabulary: int, ends: Sequence[int]
    ) -> None:
        import llguidance

        grammar = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        self._matcher = llguidance.LLMatcher(
            _tokens_of(tokenizer, vocabulary, tuple(ends)), grammar, log_level=0
        )
        if self._matcher.is_error():
            raise ValueError(self._matcher.get_error())
        self._vocabulary = vocabulary

    def masked(self, logits: Tensor) -> Tensor:
        """The logits (vocabulary,) with those of all forbidden tokens at minus infinity."""
        import torch

        # One byte a token, 0 where it is forbidden.
        allowed = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)
        forbidden = torch.ones_like(logits, dtype=torch.bool)
        size = min(len(allowed), len(forbidden))
        forbidden[:size] = (allowed[:size] == 0).to(logits.device)
        return logits.masked_fill(forbidden, float("-inf"))

    def accept(self, token: int) -> None:
        """Go on to after `token`; raises ValueError where the grammar cannot follow."""
        if not self._matcher.consume_token(token):
            raise ValueError(self._matcher.get_error() or "a token was not allowed")

    def complete(self) -> bool:
        """Whether the text so far is whole and nothing may follow."""
        return bool(self._matcher.is_stopped())


@lru_cache(maxsize=4)
def _tokens_of(tokenizer: Any, vocabulary: int, ends: tuple[int, ...]) -> Any:
    """The vocabulary as llguidance reads it; about a second's work, kept."""
    from llguidance.hf import from_tokenizer

    return from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=list(ends))
