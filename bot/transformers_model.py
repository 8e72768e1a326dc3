"""An in-process transformers model, loaded in the background, one generation at a time."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.language_model import ChatMessage, LanguageModelError
from bot.turnstile import Turnstile

if TYPE_CHECKING:
    from bot.decoding import Decoder
    from bot.json_writing import Schema

log = logging.getLogger(__name__)

MAX_WAIT = 1.5  # seconds a request waits for the one before it; past that, plain wording is quicker


class TransformersModel:
    """A causal language model with a chat template; satisfies LanguageModel.

    `source` is a GGUF file, a folder or a transformers id, `adapter` a PEFT folder that is merged
    at load. Nothing is loaded before `start` or `load`.
    """

    def __init__(self, source: str, *, home: Path, adapter: Path | None = None) -> None:
        short = Path(source).stem if source.endswith(".gguf") else source
        self.name = short if adapter is None else f"{short} + {adapter.name}"
        self.adapted = adapter is not None
        self._source, self._home, self._adapter = source, home, adapter
        self._decoder: Decoder | None = None
        self._json_decoder: Decoder | None = None  # its prompts begin otherwise than the wording's
        self._problem = ""
        self._turnstile = Turnstile()
        self._thread: threading.Thread | None = None

    def start(self, warm: Sequence[ChatMessage] = ()) -> None:
        """Load in a background thread, then compute the keys and values of `warm`."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._load_quietly, args=(tuple(warm),), name="load-llm", daemon=True
            )
            self._thread.start()

    def load(self, warm: Sequence[ChatMessage] = ()) -> None:
        """Load now; raises what the libraries raise."""
        import torch

        from bot.decoding import Decoder
        from bot.model_weights import load_weights

        # Half the cores: decoding is bound by memory, and the server's other threads need room.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
        started = time.monotonic()
        decoder = Decoder(*load_weights(self._source, self._home, self._adapter))
        decoder.warm(warm)
        self._decoder = decoder
        log.info("language model %s ready in %.1f s", self.name, time.monotonic() - started)

    def ready(self) -> bool:
        """Whether loading has ended well."""
        return self._decoder is not None

    def problem(self) -> str:
        """Why loading failed, in one line."""
        return self._problem

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """Yield the answer piece by piece; others wait for at most MAX_WAIT seconds."""
        yield from self._pieces(messages, None, max_tokens, deadline)

    def stream_json(
        self, messages: Sequence[ChatMessage], *, schema: Schema, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """As `stream`, every token held to the schema."""
        yield from self._pieces(messages, schema, max_tokens, deadline)

    def _pieces(
        self,
        messages: Sequence[ChatMessage],
        schema: Schema | None,
        max_tokens: int,
        deadline: float,
    ) -> Iterator[str]:
        until = time.monotonic() + deadline
        if self._decoder is None:
            raise LanguageModelError(self._problem or f"{self.name} is still loading")
        if not self._turnstile.enter(min(MAX_WAIT, deadline)):
            raise LanguageModelError(f"{self.name} is busy with other requests")
        try:
            if schema is None:
                yield from self._decoder.pieces(messages, max_tokens, until)
            else:
                self._json_decoder = self._json_decoder or self._decoder.twin()
                guide = self._decoder.guide(schema)
                yield from self._json_decoder.pieces(messages, max_tokens, until, guide)
        except (RuntimeError, ValueError) as error:
            raise LanguageModelError(f"{self.name} failed: {_line(error)}") from error
        finally:
            self._turnstile.leave()

    def _load_quietly(self, warm: Sequence[ChatMessage]) -> None:
        try:
            self.load(warm)
        except Exception as error:  # any failure leaves plain wording, and says why
            self._problem = f"{self.name} could not be loaded: {_line(error)}"
            log.warning("%s", self._problem)


def _line(error: BaseException) -> str:
    """The first line of an error, or its kind where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
