"""What the handlers give and raise: profiles and turns as people see them, and refused requests."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sent import ChangeSent, SlateEntry
from retrieval.errors import UserError


class RequestError(UserError):
    """A request that cannot be carried out; `status` is its HTTP status."""

    status = 422


class NotFound(RequestError):
    """There is no such thing, or it belongs to somebody else."""

    status = 404


class Busy(RequestError):
    """A message is already being answered in this conversation."""

    status = 409


class TooLong(RequestError):
    """The message is longer than LONGEST characters."""

    status = 413


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """One belief as its owner sees it."""

    id: str
    text: str
    kind: str
    polarity: float
    hard: bool
    scope: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is believed of a user: likes, dislikes and hard constraints, newest first."""

    likes: tuple[ProfileEntry, ...]
    dislikes: tuple[ProfileEntry, ...]
    constraints: tuple[ProfileEntry, ...]


@dataclass(frozen=True, slots=True)
class TranscriptTurn:
    """One turn of a conversation, enough to show it again."""

    turn_id: str
    user_text: str
    reply: str
    slate: tuple[SlateEntry, ...]
    feedback: dict[str, str]
    changes: tuple[ChangeSent, ...]
