"""Events as rows of the table: reading, writing, and telling a repetition from news."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.database import events
from bot.events import (
    BeliefRemoved,
    ConversationStarted,
    FeedbackGiven,
    Forgotten,
    Row,
    Understood,
    Undone,
    conversation_of,
    event_data,
    event_from_data,
    new_id,
)
from bot.feedback import repeat_key


def now() -> str:
    """The time of an event: UTC in ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def started_key(conversation_id: str) -> str:
    """What only the first start of a conversation is stored under; any text will do."""
    name = conversation_id.encode("utf-8", "surrogatepass")
    return "started:" + hashlib.sha256(name).hexdigest()


def table_values(row: Row) -> dict[str, Any]:
    """A row as the table holds it, without its place; ValueError on what no database can hold."""
    conversation_id = conversation_of(row.event)
    for name in (row.user_key, conversation_id or ""):
        if not (name.isascii() and name.isprintable() and len(name) <= 64):
            raise ValueError(f"not a name for a user or a conversation: {name!r}")
    return {
        "event_id": row.event_id,
        "at": row.at,
        "user_key": row.user_key,
        "conversation_id": conversation_id,
        "kind": row.event.kind,
        "version": row.event.version,
        "data": event_data(row.event),
    }


def row_of(stored: sa.Row[Any]) -> Row:
    """A row of the table as a value; UserError on an event that is not known here."""
    event = event_from_data(stored.kind, stored.version, stored.data)
    return Row(stored.seq, stored.at, stored.user_key, event, stored.event_id)


def insert_row(connection: Connection, row: Row) -> Row | None:
    """Insert a row unless it, or what it repeats, is there; the transaction excludes others."""
    dedupe_key = _dedupe_key(connection, row)
    same = events.c.event_id == row.event_id
    if dedupe_key is not None:
        same |= events.c.dedupe_key == dedupe_key
    if connection.execute(sa.select(events.c.seq).where(same)).first() is not None:
        return None
    made = connection.execute(sa.insert(events).values(**table_values(row), dedupe_key=dedupe_key))
    (seq,) = made.inserted_primary_key or (0,)
    return replace(row, seq=seq)


def _dedupe_key(connection: Connection, row: Row) -> str | None:
    """The name that an event shares with its repetition, None where it has none."""
    if isinstance(row.event, ConversationStarted):
        return started_key(row.event.conversation_id)
    if not isinstance(row.event, FeedbackGiven):
        return None
    here = (events.c.conversation_id == row.event.conversation_id) & events.c.kind.in_(
        [FeedbackGiven.kind, Understood.kind]
    )
    anywhere = events.c.kind.in_([BeliefRemoved.kind, Undone.kind])
    query = sa.select(events).where(events.c.user_key == row.user_key, here | anywhere)
    earlier = map(row_of, connection.execute(query.order_by(events.c.seq)))
    return "feedback:" + repeat_key(row.user_key, row.event, earlier)


def delete_user(connection: Connection, user_key: str) -> int:
    """Delete the user's rows and note, without saying who, that somebody was forgotten."""
    gone = connection.execute(sa.delete(events).where(events.c.user_key == user_key)).rowcount
    if gone:
        insert_row(connection, Row(0, now(), "", Forgotten(), new_id()))
    return gone
