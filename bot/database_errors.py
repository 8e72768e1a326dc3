"""What a database's errors mean: for now or for good, and in words for people."""

from __future__ import annotations

import sqlite3

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from bot.database import revision, shown
from retrieval.errors import UserError


def unreadable(error: Exception) -> UserError:
    """For people: a database that served before cannot be read now."""
    return UserError(
        f"The event log cannot be read: {reason(error)}.",
        "Check that the database is there and sound, then try again.",
    )


def reason(error: Exception) -> str:
    """What a database error says, in one line and without the statement."""
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0]


def unusable(engine: Engine, error: Exception) -> UserError:
    """For people: a database cannot be opened, and what to do about it."""
    damaged = isinstance(error, DatabaseError) and not isinstance(error, OperationalError)
    return UserError(
        f"The database {shown(engine)} cannot be used: {reason(error)}.",
        "Restore it from a backup, or move it away to begin a new one."
        if damaged
        else "Check its place and your rights to it, or choose another with --database.",
    )


def is_new(engine: Engine) -> bool:
    """Whether the database holds no schema yet, so that nothing is overlooked by not reading."""
    try:
        return revision(engine) is None
    except SQLAlchemyError:
        return False


def is_passing(error: Exception) -> bool:
    """Whether SQLite refuses to write for now but is otherwise sound."""
    cause = getattr(error, "orig", None)
    words = ("locked", "readonly", "full")
    return isinstance(cause, sqlite3.OperationalError) and any(w in str(cause) for w in words)
