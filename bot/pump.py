"""Reads a language model in a thread of its own, so that a silent one cannot hold up a reply."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from bot.language_model import ChatMessage, LanguageModel, LanguageModelError


class Pump:
    """One request to a model; `get` waits for the next piece with a limit.

    A model that hangs leaves its thread behind: a daemon, closed as soon as the model speaks.
    """

    def __init__(
        self,
        model: LanguageModel,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        deadline: float,
    ) -> None:
        self._pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._args = (model, tuple(messages), max_tokens, deadline)
        self._thread = threading.Thread(target=self._run, name="wording", daemon=True)
        self._thread.start()

    def get(self, timeout: float) -> str | None:
        """The next piece, None at the end; LanguageModelError on failure or silence."""
        try:
            piece = self._pieces.get(timeout=max(0.0, timeout))
        except queue.Empty:
            raise LanguageModelError("the model was silent for too long") from None
        if isinstance(piece, Exception):
            raise LanguageModelError(str(piece) or type(piece).__name__) from piece
        return piece

    def stop(self) -> None:
        """Ask the model to stop; returns at once."""
        self._stopped.set()

    def _run(self) -> None:
        model, messages, max_tokens, deadline = self._args
        try:
            stream = model.stream(messages, max_tokens=max_tokens, deadline=deadline)
            for piece in stream:
                if self._stopped.is_set():
                    break
                self._pieces.put(piece)
            close = getattr(stream, "close", None)
            if close is not None:
                close()
            self._pieces.put(None)
        except Exception as error:  # whatever a model raises, the reply goes on in plain words
            self._pieces.put(error)
