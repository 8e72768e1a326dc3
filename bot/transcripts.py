"""Reads conversations of six formats into one value type, reporting whatever was unusable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from bot.linking import LinkContext, TitleLinker
from bot.plain_text import plain_text
from bot.transcript_json import dialoguekit, messages, redial
from bot.transcript_log import log_transcripts
from bot.transcript_tables import ccpe, inspired
from bot.transcript_text import Problem, read_text
from bot.transcript_values import Desk, Found, Link, Transcript, TranscriptMessage
from retrieval.catalog import Catalog
from retrieval.errors import UserError

__all__ = [
    "FORMATS",
    "Format",
    "Transcript",
    "TranscriptMessage",
    "TranscriptsRead",
    "read_transcripts",
    "title_links",
]

Format = Literal["redial", "inspired", "ccpe", "dialoguekit", "messages", "log"]
FORMATS: tuple[Format, ...] = ("redial", "inspired", "ccpe", "dialoguekit", "messages", "log")

MAX_MESSAGES = 2_000  # of one conversation; what comes after is left out and reported
MAX_CHARACTERS = 20_000  # of one message; the rest is cut and reported

_READERS: Mapping[str, Callable[[str, Desk], Found]] = {
    "redial": redial,
    "inspired": inspired,
    "ccpe": ccpe,
    "dialoguekit": dialoguekit,
    "messages": messages,
}


@dataclass(frozen=True, slots=True)
class TranscriptsRead:
    """What a file held, and every problem by line."""

    transcripts: tuple[Transcript, ...]
    problems: tuple[Problem, ...]

    def counts(self) -> dict[str, int]:
        """How many problems there are of each kind, most frequent first."""
        return dict(Counter(problem.kind for problem in self.problems).most_common())


def read_transcripts(
    source: str | Path, format: Format, catalog: Catalog, link: Link | None = None
) -> TranscriptsRead:
    """Read a file of conversations, plain or gzipped; `log` takes a database file or URL.

    `link` finds the ids of items named in a text, for formats that do not mark them; what links
    titles for people does so by default. Raises UserError when the file cannot be read or holds
    no usable conversation.
    """
    desk = Desk(catalog, link or title_links(catalog))
    if format == "log":
        found: Found = log_transcripts(source, desk)
    else:
        text, problems = read_text(Path(source))
        desk.problems.extend(problems)
        found = _READERS[format](text, desk)
    transcripts = tuple(t for t in _tidy(found, desk) if t.messages)
    if not transcripts:
        first = f" First problem: {desk.problems[0]}." if desk.problems else ""
        raise UserError(
            f"{source} holds no conversation in the format {format}.{first}",
            "Check the file and --format.",
        )
    return TranscriptsRead(transcripts, tuple(desk.problems))


def title_links(catalog: Catalog) -> Link:
    """What links titles in people's messages, for the texts of a transcript; built when used."""
    linker = cache(lambda: TitleLinker(catalog))

    def link(text: str) -> list[str]:
        found = linker().link(plain_text(text), LinkContext())
        return [catalog.items[m.rows[0]].item_id for m in found if m.kind == "item" and m.rows]

    return link


def _tidy(found: Iterable[tuple[int, Transcript]], desk: Desk) -> Iterator[Transcript]:
    """Check conversations as they are read, each with its line.

    Empty turns are left out, a repeated id is refused, enormous ones are cut; all is reported.
    """
    seen: set[str] = set()
    for line, transcript in found:
        name = transcript.conversation
        if name in seen:
            desk.report(line, "repeated id", f"conversation {name!r} was there before; left out")
            continue
        seen.add(name)
        if len(transcript.messages) > MAX_MESSAGES:
            reason = f"conversation {name!r} is cut after {MAX_MESSAGES} messages"
            desk.report(line, "too long", reason)
        yield replace(transcript, messages=_tidy_messages(line, transcript, desk))


def _tidy_messages(line: int, transcript: Transcript, desk: Desk) -> tuple[TranscriptMessage, ...]:
    kept = []
    for message in transcript.messages[:MAX_MESSAGES]:
        place = f"message {message.index} of conversation {transcript.conversation!r}"
        if not message.text.strip() and not message.items:
            desk.report(line, "empty turn", f"{place} is empty")
            continue
        if len(message.text) > MAX_CHARACTERS:
            desk.report(line, "too long", f"{place} is cut after {MAX_CHARACTERS:,} characters")
            message = replace(message, text=message.text[:MAX_CHARACTERS])
        kept.append(message)
    return tuple(kept)
