"""What the chat model learns from: notes with the replies that people accepted or refused."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.prompts import chat_messages
from retrieval.errors import UserError

WRITTEN = Path(__file__).parent / "data" / "chat"

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class ChatExample:
    """One note and the reply to it; `liked` says how people took it, None where nobody told.

    `part` is "item", "ask", "say", "profile" or "describe". `weight` scales how often it is seen:
    2.5 is twice in every epoch and a third time for half of such examples.
    """

    part: str
    topic: str
    noun: str
    note: str
    reply: str
    weight: float = 1.0
    liked: bool | None = None


@dataclass(frozen=True, slots=True)
class ChatPair:
    """Two replies to one note, of which the first was preferred."""

    noun: str
    note: str
    chosen: str
    rejected: str


def read_examples(folder: Path) -> list[ChatExample]:
    """The examples of all JSON Lines files of a folder; UserError names a line that is none."""
    found: list[ChatExample] = []
    for path in sorted(folder.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [_example(line, f"{path}:{n}") for n, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise UserError(f"{folder} holds no examples.", "Name a folder with .jsonl files.")
    return found


def read_pairs(path: Path) -> list[ChatPair]:
    """The pairs of one JSON Lines file; UserError names a line that is none."""
    found = []
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(ChatPair(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise UserError(f"{path}:{n} is no pair: {error}.", "Correct or drop it.") from error
    return found


def _example(line: str, where: str) -> ChatExample:
    try:
        data = json.loads(line)
        part, topic, noun, note, reply = (
            str(data[k]) for k in ("part", "topic", "noun", "note", "reply")
        )
        return ChatExample(part, topic, noun, note, reply)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{where} is no example: {error}.", "Correct or drop it.") from error


def weighted(examples: Iterable[ChatExample]) -> list[ChatExample]:
    """Each example as often as its weight says; a hash of its text settles the fraction."""
    found = []
    for example in examples:
        digest = hashlib.blake2s(f"{example.note}\x1f{example.reply}".encode(), digest_size=4)
        luck = int.from_bytes(digest.digest(), "big") / 2**32
        found += [example] * (int(example.weight) + (luck < example.weight % 1))
    return found


def split(
    examples: Sequence[ChatExample], share: float, seed: int
) -> tuple[list[ChatExample], list[ChatExample]]:
    """What trains and what is held out, `share` of the notes; no note is on both sides."""
    notes = sorted({(e.noun, e.note) for e in examples})
    random.Random(seed).shuffle(notes)
    held = set(notes[: round(share * len(notes))])
    sides: tuple[list[ChatExample], list[ChatExample]] = ([], [])
    for example in examples:
        sides[(example.noun, example.note) in held].append(example)
    return sides


def prompt(noun: str, note: str) -> list[Message]:
    """The prompt that serving builds for the note, as transformers takes it."""
    messages = chat_messages(noun, note, adapted=True)
    return [{"role": m.role, "content": m.content} for m in messages]


def answer(text: str) -> list[Message]:
    """A reply as the model's own message."""
    return [{"role": "assistant", "content": text}]
