"""A move is what the bot does in answer to a message; the wording is made from its brief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.catalog import Item
from retrieval.signals import Signal

MoveKind = Literal["ask", "recommend", "explain", "answer", "chat"]

# What a move of each kind can be about; wording and tests are held against this table.
TOPICS: dict[MoveKind, tuple[str, ...]] = {
    "ask": ("preference",),  # a question, with a slate shown beside it
    "recommend": ("fresh", "more", "what_if", "again"),
    "explain": ("why", "why_not"),
    "answer": ("fact", "profile", "forgotten", "remembered"),
    "chat": (
        "greeting",
        "thanks",
        "goodbye",
        "accepted",
        "rejected",
        "listening",
        "offtopic",
        "language",
        "instruction",
        "nothing_fits",
    ),
}


@dataclass(frozen=True, slots=True)
class Move:
    """What to do now. `subject` are ids of items a question, why or acceptance is about.

    `asked` is the column a question asks for; for an ask it is the facet to ask about, with
    `options` as its values to offer.
    """

    kind: MoveKind
    topic: str
    subject: tuple[str, ...] = ()
    asked: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why an item is shown, strongest first in a list.

    `kind` is "facet" (field, value), "range" (field, value), "keyword" (value), "similar"
    (item_id of an item the user likes, close in content), "co_preference" (item_id of an item
    whose friends like this one too), "need" (value: words of the message) or "popular".
    """

    kind: Literal["facet", "range", "keyword", "similar", "co_preference", "need", "popular"]
    value: str = ""
    field: str = ""
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of a slate: the item and why it is there."""

    item: Item
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything a reply may say; the wording reads this and nothing else.

    `slate` is numbered [1] … [k]; `others` go on from [k+1]: items the user named or their taste
    holds, first among them the move's subject. `learned` are the signals newly believed in this
    turn, `likes` and `dislikes` the beliefs that hold, strongest first. `unknown_titles` were
    named but are not in the catalogue. `relaxed` names constraints dropped because nothing fitted
    or, for a what-if, lifted as asked: names of columns or plain words. `unmet`
    are wishes that nothing in the slate meets. For a why-not,
    `objections` says what speaks against the subject, in plain words. `forgotten` are the beliefs
    just forgotten, `forgot_all` says that it was everything. An item of `likes`, `dislikes`,
    `learned` or `forgotten` is named only when it is numbered too.
    """

    move: Move
    noun: str
    text: str
    slate: tuple[Shown, ...] = ()
    others: tuple[Item, ...] = ()
    learned: tuple[Signal, ...] = ()
    likes: tuple[Signal, ...] = ()
    dislikes: tuple[Signal, ...] = ()
    unknown_titles: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    unmet: tuple[Signal, ...] = ()
    objections: tuple[str, ...] = ()
    subject_reasons: tuple[Reason, ...] = ()
    language: str = "en"
    first_turn: bool = False
    forgotten: tuple[Signal, ...] = ()
    forgot_all: bool = False

    def numbered(self) -> tuple[Item, ...]:
        """The items [1] … [n] in order."""
        return (*(s.item for s in self.slate), *self.others)
