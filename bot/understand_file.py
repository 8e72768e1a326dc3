"""Understands JSON lines of conversations: one case in, one line of intents and signals out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.plain_text import name_key, name_words
from bot.understanding import Message, Request, Understander
from retrieval.catalog import Catalog
from retrieval.signals import signal_to_dict


def understand_file(
    lines: Iterable[str], catalog: Catalog, understander: Understander
) -> Iterator[str]:
    """Yield a JSON line for every non-blank line; a bad line gives {"id", "error"}.

    A case is {"id", "messages": [{"role", "text"}, ...], "shown": [titles]}; its last message
    is the one to understand. Raises nothing on bad input.
    """
    ids = _ids_by_title(catalog)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        case: Any = None
        try:
            case = json.loads(line)
            answer = _answer(case, ids, understander)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            name = case.get("id") if isinstance(case, Mapping) else None
            answer = {"id": name, "error": f"line {number}: {error or type(error).__name__}"}
        yield json.dumps(answer, ensure_ascii=False)


def _answer(case: Any, ids: Mapping[str, str], understander: Understander) -> dict[str, Any]:
    if not isinstance(case, Mapping) or not isinstance(case.get("messages"), list):
        raise ValueError('a case needs "messages", a list of {"role", "text"}')
    messages = tuple(_message(message) for message in case["messages"])
    if not messages:
        raise ValueError('"messages" is empty')
    shown = tuple(
        ids[key]
        for title in case.get("shown") or ()
        if (key := name_key(name_words(str(title)))) in ids
    )
    understanding = understander.understand(Request(messages, shown))
    signals = [signal_to_dict(signal) for signal in understanding.signals]
    return {"id": case.get("id"), "intent": list(understanding.intents), "signals": signals}


def _message(message: Any) -> Message:
    if not isinstance(message, Mapping) or not isinstance(message.get("text"), str):
        raise ValueError('a message needs "role" and "text"')
    if message.get("role") not in ("user", "assistant"):
        raise ValueError('a role is "user" or "assistant"')
    return Message(message["role"], message["text"])


def _ids_by_title(catalog: Catalog) -> dict[str, str]:
    """Item ids by title, with and without the year; the first of equal titles holds."""
    ids: dict[str, str] = {}
    for item in catalog.items:
        names = [item.title, f"{item.title} ({item.year})"]
        for name in names:
            ids.setdefault(name_key(name_words(name)), item.item_id)
    return ids
