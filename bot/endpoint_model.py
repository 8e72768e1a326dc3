"""A language model behind an OpenAI-compatible server: vLLM, Ollama, llama.cpp or a paid one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx

from bot.language_model import ChatMessage, LanguageModelError

KEY_VARIABLE = "SOMMELIER_LLM_KEY"

_CONNECT = 2.0  # seconds to reach the server
_REFUSED = (400, 415, 422, 501)  # how servers answer to a response_format that they do not know
_MENDS = {
    401: f"the server refused the key; set {KEY_VARIABLE}",
    403: f"the server refused the key; set {KEY_VARIABLE}",
    404: "the server knows no such address or model; check the URL and its ?model=",
    429: "the server is overloaded or the key's quota is used up",
}


class _SchemaRefused(LanguageModelError):
    """The server does not take a JSON schema."""


class EndpointModel:
    """Chat completions over HTTP with streaming; satisfies LanguageModel.

    `url` is the server's base ("http://host:8000/v1"; "/v1" is added where the path is empty),
    with `?model=NAME` to choose a model; else the first that the server lists is taken. The key in
    SOMMELIER_LLM_KEY is sent as a bearer token and appears nowhere else.
    """

    adapted = False  # what the server's model has learned is not known here

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
        host = parts.netloc.rpartition("@")[2]  # a password in the address is not shown
        self.name = f"{host}{path}"
        self._base = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self._model = parse_qs(parts.query).get("model", [""])[0]
        key = os.environ.get(KEY_VARIABLE, "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers)
        self._knows_schemas = True  # until the server refuses one

    def start(self, warm: Sequence[ChatMessage] = ()) -> None:
        """Nothing is to be loaded here."""

    def ready(self) -> bool:
        """Always: a server that is down is found out when it is asked."""
        return True

    def problem(self) -> str:
        """Always "": see `ready`."""
        return ""

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        """Yield the answer piece by piece; every failure is a LanguageModelError."""
        yield from self._failing_kindly(messages, max_tokens, deadline, {"temperature": 0.3})

    def stream_json(
        self,
        messages: Sequence[ChatMessage],
        *,
        schema: Mapping[str, Any],
        max_tokens: int,
        deadline: float,
    ) -> Iterator[str]:
        """As `stream`, with the schema as `response_format`.

        A server that refuses it is asked without, now and from then on.
        """
        form = {"name": "answer", "schema": schema, "strict": True}
        held = {"temperature": 0, "response_format": {"type": "json_schema", "json_schema": form}}
        until = time.monotonic() + deadline
        if self._knows_schemas:
            try:
                yield from self._failing_kindly(messages, max_tokens, deadline, held)
                return
            except _SchemaRefused:
                self._knows_schemas = False
        left = max(0.1, until - time.monotonic())
        yield from self._failing_kindly(messages, max_tokens, left, {"temperature": 0})

    def _failing_kindly(
        self, messages: Sequence[ChatMessage], max_tokens: int, deadline: float, how: dict[str, Any]
    ) -> Iterator[str]:
        try:
            yield from self._pieces(messages, max_tokens, deadline, how)
        except httpx.TimeoutException as error:
            raise LanguageModelError(f"{self.name} did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = type(error).__name__
            raise LanguageModelError(f"{self.name} cannot be reached ({kind})") from error

    def _pieces(
        self, messages: Sequence[ChatMessage], max_tokens: int, deadline: float, how: dict[str, Any]
    ) -> Iterator[str]:
        until = time.monotonic() + deadline
        body = {
            "model": self._model or self._first_model(deadline),
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "stream": True,
            **how,
        }
        timeout = httpx.Timeout(deadline, connect=min(_CONNECT, deadline))
        address = f"{self._base}/chat/completions"
        with self._client.stream("POST", address, json=body, timeout=timeout) as response:
            if "response_format" in how and response.status_code in _REFUSED:
                raise _SchemaRefused(f"{self.name} knows no JSON schemas")
            self._check(response)
            for line in response.iter_lines():
                if time.monotonic() > until or line.strip() == "data: [DONE]":
                    return
                if line.startswith("data:"):
                    yield self._text(line.removeprefix("data:"))
        raise LanguageModelError(f"{self.name} broke off in the middle of its answer")

    def _first_model(self, deadline: float) -> str:
        """The first model that the server lists, asked for once."""
        response = self._client.get(f"{self._base}/models", timeout=min(_CONNECT, deadline))
        self._check(response)
        try:
            self._model = str(response.json()["data"][0]["id"])
        except (ValueError, LookupError, TypeError) as error:
            raise LanguageModelError(
                f"{self.name} lists no model; add ?model=NAME to the URL"
            ) from error
        return self._model

    def _check(self, response: httpx.Response) -> None:
        if response.status_code != 200:
            mend = _MENDS.get(response.status_code, "see the server's own log")
            raise LanguageModelError(f"{self.name} answered {response.status_code}: {mend}")

    def _text(self, data: str) -> str:
        """The new text in one event; events without text give ""."""
        try:
            choices = json.loads(data)["choices"]
            text = choices[0]["delta"].get("content") if choices else ""
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise LanguageModelError(f"{self.name} sent something unreadable") from error
        if text is not None and not isinstance(text, str):
            raise LanguageModelError(f"{self.name} sent something unreadable")
        return text or ""
