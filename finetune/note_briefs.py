"""Judges a reply by its note alone: a brief is rebuilt that grants the note's facts and no more."""

from __future__ import annotations

import re

from bot.english_words import GENRE_ADJECTIVES, GENRE_NOUNS
from bot.moves import Brief, Move, Reason, Shown
from bot.phrasing import Part
from bot.reply_checks import ReplyChecker, tidy
from bot.sentences import SentenceCutter
from bot.summary_checks import summary_fault
from finetune.chat_examples import ChatExample
from retrieval.catalog import Item
from retrieval.signals import Signal

SUMMARIES = ("profile", "describe")

_SLATE = 4  # a number above it is an item that the user likes
_GENRES = {adjective: genre for genre, adjective in GENRE_ADJECTIVES.items()}


def reply_fault(example: ChatExample, written: str) -> str:
    """Why what a model wrote may not be sent for the example's note; "" where it may."""
    cutter = SentenceCutter()
    sentences = [t for t in map(tidy, cutter.push(written) + cutter.finish()) if t]
    if example.part in SUMMARIES:
        return summary_fault(example.noun, example.note, " ".join(sentences[:2]))
    brief, part = brief_of(example)
    enough = 2 if example.topic == "greeting" else 1
    return ReplyChecker(brief).fault(" ".join(sentences[:enough]), part)


def brief_of(example: ChatExample) -> tuple[Brief, Part]:
    """The brief and the part that an item's, a question's or small talk's note was made from."""
    if example.part == "item":
        return _item_brief(example)
    if example.part == "ask":
        options = tuple(re.split(r", | or ", example.note.removeprefix("Ask: ")))
        move = Move("ask", "preference", asked="genre", options=options)
        return Brief(move, example.noun, "x"), Part("ask", "")
    text = example.note.removeprefix("Guest: ").rpartition(". The guest ")[0]
    marked = example.note.endswith("[1]")
    move = Move("chat", example.topic, subject=("s1",) if marked else ())
    others = (Item("s1", "T1"),) if marked else ()
    return Brief(move, example.noun, text, others=others), Part("say", "")


def _item_brief(example: ChatExample) -> tuple[Brief, Part]:
    mark, _, rest = example.note.partition(" ")
    number, near, facts = int(mark.strip("[]")), 0, rest.split("; ")
    if facts and (close := re.fullmatch(r"close to \[(\d+)\]", facts[-1])):
        near = int(close[1])
        facts.pop()
    kind = facts[0] if facts else ""
    keywords = tuple(facts[1].split(", ")) if len(facts) > 1 else ()
    genres = _genres(kind, example.noun)
    columns = {} if genres else {f"c{i}": (v,) for i, v in enumerate(kind.split(", ")) if v}
    item = Item(f"i{number}", "T", genres=genres, keywords=keywords, extra=columns)
    reasons = (Reason("similar", item_id=f"i{near}"),) if near else ()
    size = max(_SLATE, number)
    slate = tuple(
        Shown(item, reasons) if n == number else Shown(Item(f"i{n}", f"T{n}"))
        for n in range(1, size + 1)
    )
    others = tuple(Item(f"i{n}", f"T{n}") for n in range(size + 1, near + 1))
    likes = (Signal("item", 1.0, title="T", item_id=f"i{near}"),) if near else ()
    move = Move("recommend", "fresh")
    return Brief(move, example.noun, "x", slate, others, likes=likes), Part("item", "", number)


def _genres(kind: str, noun: str) -> tuple[str, ...]:
    """The genres of a phrase like "a romantic comedy"; () where it is no such phrase."""
    words = re.sub(r"^an? ", "", kind)
    if words == kind:
        return ()
    last = words.split()[-1]
    head = "" if words.endswith(noun) else last if last in GENRE_NOUNS else ""
    before = words.removesuffix(head or noun).strip()
    return tuple(g for g in (head, _GENRES.get(before, before)) if g)
