"""Everything that happens is one of the frozen, versioned events of this module."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from bot.understanding import Understanding, understanding_from_dict, understanding_to_dict
from retrieval.errors import UserError

FeedbackKind = Literal[
    "like",
    "dislike",
    "seen",
    "not_now",
    "never",
    "chosen",
    "rating",
    "opened",
    "link",
    "dwell",
    "purchased",
]


def new_id() -> str:
    """A fresh random name for a conversation, a turn or an event: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def clean_text(text: str) -> str:
    """Text that UTF-8 can carry: each half of a split surrogate pair becomes U+FFFD.

    Everything else is kept, NUL included: the log escapes it.
    """
    joined = text.encode("utf-16-le", "surrogatepass")
    return joined.decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class ConversationStarted:
    """A user opened a conversation; the first one to name it owns it."""

    kind: ClassVar[str] = "conversation_started"
    version: ClassVar[int] = 1
    conversation_id: str


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A user's message, which begins a turn. The text is cleaned as `clean_text` says."""

    kind: ClassVar[str] = "message_received"
    version: ClassVar[int] = 1
    conversation_id: str
    turn_id: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean_text(self.text))


@dataclass(frozen=True, slots=True)
class Understood:
    """What the turn's message was read to mean, and the name of what read it."""

    kind: ClassVar[str] = "understood"
    version: ClassVar[int] = 1
    conversation_id: str
    turn_id: str
    understanding: Understanding
    understander: str


@dataclass(frozen=True, slots=True)
class SlateShown:
    """The items shown in a turn, in order.

    `scores`, `propensities` and `reasons` go with `items`, place by place; a propensity of None
    marks a place that was not drawn at random. `candidates` gives every candidate's score.
    `features` are the ranking features of each item, () in slates from before they were kept.
    """

    kind: ClassVar[str] = "slate_shown"
    version: ClassVar[int] = 1
    conversation_id: str
    turn_id: str
    items: tuple[str, ...]
    scores: tuple[float, ...]
    propensities: tuple[float | None, ...]
    temperature: float
    candidates: Mapping[str, float]
    index_id: str
    reasons: tuple[str, ...]
    features: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Replied:
    """The whole answer of a turn, what it named, and the milliseconds each step took."""

    kind: ClassVar[str] = "replied"
    version: ClassVar[int] = 1
    conversation_id: str
    turn_id: str
    text: str
    move: str
    named: tuple[str, ...]
    plain_wording: bool
    bundle_id: str
    ms: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean_text(self.text))


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """A reaction to an item shown in a turn; `value` is a rating or seconds, else None."""

    kind: ClassVar[str] = "feedback_given"
    version: ClassVar[int] = 1
    conversation_id: str
    turn_id: str
    item_id: str
    feedback: FeedbackKind
    value: float | None = None


@dataclass(frozen=True, slots=True)
class BeliefRemoved:
    """The user took back a belief, from the panel or in words."""

    kind: ClassVar[str] = "belief_removed"
    version: ClassVar[int] = 1
    conversation_id: str | None
    belief_id: str


@dataclass(frozen=True, slots=True)
class Undone:
    """Takes back one event, named by its event id: a removal, a feedback or an Understood."""

    kind: ClassVar[str] = "undone"
    version: ClassVar[int] = 1
    conversation_id: str | None
    target: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody was forgotten; it says neither who nor what."""

    kind: ClassVar[str] = "forgotten"
    version: ClassVar[int] = 1


Event = (
    ConversationStarted
    | MessageReceived
    | Understood
    | SlateShown
    | Replied
    | FeedbackGiven
    | BeliefRemoved
    | Undone
    | Forgotten
)
_KINDS: Mapping[str, type[Any]] = {
    cls.kind: cls
    for cls in (
        ConversationStarted,
        MessageReceived,
        Understood,
        SlateShown,
        Replied,
        FeedbackGiven,
        BeliefRemoved,
        Undone,
        Forgotten,
    )
}


@dataclass(frozen=True, slots=True)
class Row:
    """An event in its place in the log.

    `at` is UTC in ISO 8601 with microseconds; events of one append share it. `event_id` names
    the event for good, while `seq` is its place: an event that still waits for the database has
    a provisional one. A row made outside a log is named by its place.
    """

    seq: int
    at: str
    user_key: str
    event: Event
    event_id: str = ""

    def __post_init__(self) -> None:
        if not self.event_id:
            object.__setattr__(self, "event_id", f"place-{self.seq}")


def conversation_of(event: Event) -> str | None:
    """The conversation an event belongs to, None where it belongs to none."""
    return None if isinstance(event, Forgotten) else event.conversation_id


def event_data(event: Event) -> str:
    """The event's fields as one line of ASCII JSON; ValueError on NaN or infinite numbers.

    ASCII, so that NUL and text outside UTF-8 reach every database in escaped form.
    """
    data = {f.name: getattr(event, f.name) for f in fields(event)}
    if isinstance(event, Understood):
        data["understanding"] = understanding_to_dict(event.understanding)
    return json.dumps(data, default=_plain, allow_nan=False, separators=(",", ":"))


def event_from_data(kind: str, version: int, data: str) -> Event:
    """The inverse of `event_data`; UserError on a kind, version or field that is not known."""
    cls = _KINDS.get(kind)
    if cls is None or cls.version != version:
        raise UserError(
            f"The log holds an event {kind!r} of version {version}, which is unknown here.",
            "Update Sommelier to the version that wrote it.",
        )
    try:
        raw = json.loads(data)
        values = {k: _frozen(v) for k, v in raw.items()}
        if cls is Understood:
            values["understanding"] = understanding_from_dict(raw["understanding"])
        event: Event = cls(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"An event {kind!r} in the log cannot be read: {error}.",
            "Restore the database from a backup.",
        ) from error
    return event


def _frozen(value: Any) -> Any:
    """Lists as tuples, those within them too."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """Numbers of numpy and mappings that are no dict, as JSON knows them."""
    return dict(value) if isinstance(value, Mapping) else value.item()
