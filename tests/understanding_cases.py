"""Helpers of the understanding tests: requests from lines of talk, signals in short form."""

from __future__ import annotations

from bot.understanding import Message, Request, Understanding
from retrieval.signals import Signal


def talk(*lines: str, shown: tuple[str, ...] = ()) -> Request:
    """A request whose last line is the user's, the lines before alternating."""
    roles = ("user", "assistant")
    messages = [Message(roles[(len(lines) - 1 - n) % 2], line) for n, line in enumerate(lines)]  # type: ignore[arg-type]
    return Request(tuple(messages), shown)


def short(signal: Signal) -> str:
    """ "+item:Up", "-genre:horror", "+year:1990..1999", "-gory"."""
    sign = "+" if signal.polarity > 0 else "-"
    if signal.kind == "item":
        return f"{sign}item:{signal.title}"
    if signal.kind == "facet":
        return f"{sign}{signal.field}:{signal.value}"
    if signal.kind == "range":
        ends = ("" if end is None else f"{end:g}" for end in (signal.min, signal.max))
        return f"{sign}{signal.field}:{'..'.join(ends)}"
    return f"{sign}{signal.value}"


def signed(understanding: Understanding) -> set[str]:
    """The signed signals of an understanding in short form."""
    return {short(signal) for signal in understanding.signals if signal.signed}
