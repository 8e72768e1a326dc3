"""The values that training examples are made of: conversations, opinions, sides of a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.transcript_values import Transcript

if TYPE_CHECKING:
    from finetune.chat_examples import ChatExample, ChatPair


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one act said of an item: `value` in [-1, 1] and `weight` in [0, 1].

    `place` is the 0-based position of the message it followed, `source` the kind of feedback or
    "text"; `explicit` says whether somebody meant to tell. A `seen` has the value 0.
    """

    item_id: str
    value: float
    weight: float
    place: int
    source: str
    explicit: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation before it is filtered.

    `user` is a keyed hash. `began` orders conversations in time. `seconds` are the times of the
    user's messages since the first one, empty where nobody kept them, and `at` is the first one's
    in seconds since 1970. `shown_by_us` says that the items shown were our own choice: being shown
    then proves nothing. `messages` are labelled ones for the understander, `chat` the sentences
    of our replies with how they were taken.
    """

    conversation: str
    user: str
    began: int
    transcript: Transcript
    opinions: tuple[Opinion, ...] = ()
    seconds: tuple[float, ...] = ()
    at: float | None = None
    shown_by_us: bool = False
    messages: tuple[MessageExample, ...] = ()
    chat: tuple[ChatExample, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedExample:
    """The words of a need, the item that was taken for it, and those refused; weight in (0, 1]."""

    conversation: str
    need: str
    chosen: str
    refused: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class MessageExample:
    """A message with its conversation and labels, as a case of `finetune/data/utterances`."""

    conversation: str
    case: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RatingExample:
    """All that a user let know of an item in a conversation: `rating` in [-1, 1], its weight."""

    user: str
    conversation: str
    item_id: str
    rating: float
    weight: float


@dataclass(frozen=True)
class Sources:
    """One side of a split, by what each kind of run takes."""

    transcripts: tuple[Transcript, ...] = ()
    chat: tuple[ChatExample, ...] = ()
    pairs: tuple[ChatPair, ...] = ()
    needs: tuple[NeedExample, ...] = ()
    messages: tuple[MessageExample, ...] = ()
    ratings: tuple[RatingExample, ...] = ()


@dataclass(frozen=True)
class Examples:
    """What a run may learn from, and what it is judged on.

    `conversations` and `users` (keyed hashes) are those of both sides, `train_users` those of the
    one that teaches; `left_out` counts what is
    not in them by reason. No user is on both sides, and nothing in `train` is newer than what is
    `held_out`. `agreement` counts opinions told by button and in words that agree, and all
    that could be compared. `unreacted` is the weight of being recommended without a reaction.
    """

    conversations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    train_users: tuple[str, ...] = ()
    log_position: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    train: Sources = Sources()
    held_out: Sources = Sources()
    agreement: tuple[int, int] = (0, 0)
    unreacted: float = 0.5
