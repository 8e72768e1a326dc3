"""What a message was understood to mean, and the protocol of whatever understands it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

from retrieval.signals import Signal, signal_from_dict, signal_to_dict

Intent = Literal[
    "seek",
    "refine",
    "feedback",
    "accept",
    "reject",
    "question",
    "why",
    "profile",
    "social",
    "other",
]
INTENTS: tuple[Intent, ...] = get_args(Intent)
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """A conversation whose last message is the user's and is to be understood.

    `shown` holds the item ids of the slates shown so far that the message may refer to, the
    latest slate in its order ("the second one" is its second entry). `named` holds item ids
    named earlier in the conversation, oldest first.
    """

    messages: tuple[Message, ...]
    shown: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the last message of a request means.

    `query` joins the positive and neutral spans, the only words that may be encoded as a need.
    `mentioned` are ids of items named or referred to, in order, whatever the opinion.
    `unknown_titles` are titles that the catalogue lacks. `subject` are the items that a question
    or a why is about and `asked` the column it asks for ("year", "cast", "directors", "runtime",
    "genres", "language", "country", "description", "price", "similar", …). `dropped` are
    the fields of constraints that a what-if lifts ("and without the year?" is ("year",)).
    `forget` are the targets that the user wants forgotten, "everything" if all.
    `again` says that an item already shown is asked for. `language` is "en", "zh" or "other"
    (a language that is not understood). `read_by` names what read the signals where that is
    not the same for every message, else it is "".
    """

    intents: tuple[Intent, ...]
    signals: tuple[Signal, ...] = ()
    query: str = ""
    mentioned: tuple[str, ...] = ()
    unknown_titles: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    asked: str | None = None
    dropped: tuple[str, ...] = ()
    forget: tuple[Signal, ...] = ()
    forget_all: bool = False
    again: bool = False
    language: str = "en"
    read_by: str = ""


class Understander(Protocol):
    """Reads signals and intents from the last message of a request."""

    name: str

    def understand(self, request: Request) -> Understanding:
        """Return what the last message means; never raises on any text."""
        ...


def understanding_to_dict(understanding: Understanding) -> dict[str, Any]:
    """The JSON form that the event log keeps."""
    return {
        "intents": list(understanding.intents),
        "signals": [signal_to_dict(s) for s in understanding.signals],
        "query": understanding.query,
        "mentioned": list(understanding.mentioned),
        "unknown_titles": list(understanding.unknown_titles),
        "subject": list(understanding.subject),
        "asked": understanding.asked,
        "dropped": list(understanding.dropped),
        "forget": [signal_to_dict(s) for s in understanding.forget],
        "forget_all": understanding.forget_all,
        "again": understanding.again,
        "language": understanding.language,
        "read_by": understanding.read_by,
    }


def understanding_from_dict(data: dict[str, Any]) -> Understanding:
    """The inverse of `understanding_to_dict`."""
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    plain["signals"] = tuple(signal_from_dict(s) for s in data["signals"])
    plain["forget"] = tuple(signal_from_dict(s) for s in data["forget"])
    return Understanding(**plain)
