"""Turns logged replies back into notes and sentences, with how people took them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from bot.moves import Brief, Move, Shown
from bot.phrasing import Part
from bot.prompts import note
from bot.session import Session, Turn
from bot.transcript_values import readable_title
from finetune.chat_examples import ChatExample, ChatPair
from retrieval.catalog import Catalog, Item

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[])")
_TAKEN, _REFUSED = {"like", "chosen", "purchased"}, {"dislike", "never"}
_WEIGHTS = {True: 1.0, False: 1.0, None: 0.25}  # a reply that nobody reacted to proves little


def chat_examples(
    session: Session, catalog: Catalog, plain: Collection[str] = ()
) -> Iterator[ChatExample]:
    """The sentences about single items of a slate, as a note and what was said to it.

    `plain` names turns in which the code worded something: they teach a model nothing. The note is
    built anew from the item; a sentence that names another item is left out, since what tied the
    two together is not in the log.
    """
    for place, turn in enumerate(session.turns):
        if turn.move == "recommend" and turn.slate and turn.turn_id not in plain:
            later = session.turns[place + 1 : place + 2]
            yield from _of_turn(turn, later, catalog)


def pairs_of(examples: Iterable[ChatExample]) -> list[ChatPair]:
    """For each note that was answered well once and badly another time, the two answers."""
    good: dict[tuple[str, str], list[str]] = defaultdict(list)
    bad: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in examples:
        if example.liked is not None:
            (good if example.liked else bad)[example.noun, example.note].append(example.reply)
    return [
        ChatPair(noun, text, chosen, rejected)
        for (noun, text), replies in good.items()
        for chosen, rejected in zip(replies, bad.get((noun, text), ()), strict=False)
        if chosen != rejected
    ]


def _of_turn(turn: Turn, later: tuple[Turn, ...], catalog: Catalog) -> Iterator[ChatExample]:
    items = [catalog.item(i) for i in turn.slate if i in catalog]
    if len(items) != len(turn.slate):
        return
    slate = tuple(Shown(item) for item in items)
    brief = Brief(Move("recommend", "fresh"), catalog.noun, turn.text, slate)
    for sentence in _SENTENCES.split(turn.reply.replace("\n", " ")):
        marked = _marked(sentence, items)
        numbers = {int(n) for n in re.findall(r"\[(\d+)\]", marked)}
        if len(numbers) != 1 or re.search(r"[\"“”]", marked):
            continue
        (number,) = numbers
        liked = _taken(items[number - 1].item_id, turn, later)
        told = note(brief, Part("item", "", number))
        yield ChatExample(
            "item", "fresh", catalog.noun, told, marked.strip(), _WEIGHTS[liked], liked
        )


def _marked(sentence: str, items: list[Item]) -> str:
    """The sentence with [n] where the slate's titles stand, the longest titles first."""
    numbered = sorted(enumerate(items, 1), key=lambda pair: -len(pair[1].title))
    for number, item in numbered:
        for title in (readable_title(item), item.title):
            sentence = re.sub(rf"(?<!\w){re.escape(title)}(?!\w)", f"[{number}]", sentence)
    return sentence


def _taken(item_id: str, turn: Turn, later: tuple[Turn, ...]) -> bool | None:
    """Whether the item was taken or refused, by button or in the message that came next."""
    kinds = {kind for item, kind, _ in turn.feedback if item == item_id}
    for after in later:
        if after.understanding is not None:
            signs = [s.polarity for s in after.understanding.signals if s.item_id == item_id]
            kinds |= {"like" if p > 0 else "dislike" for p in signs if p}
    if kinds & _TAKEN and not kinds & _REFUSED:
        return True
    if kinds & _REFUSED and not kinds & _TAKEN:
        return False
    return None
