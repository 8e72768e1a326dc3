"""The append-only log of events, on SQLite or PostgreSQL, shared by threads and processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.database import BUSY_SECONDS, events, migrate, open_engine, wipe, writing
from bot.database_errors import is_new, is_passing, reason, unreadable, unusable
from bot.event_rows import delete_user, insert_row, now, row_of, started_key, table_values
from bot.events import ConversationStarted, Event, FeedbackGiven, Row, new_id
from bot.user_rows import UserRows
from retrieval.errors import UserError

_RETRY_SECONDS = 0.05  # the wait for a lock while events are already waiting in memory
_PAGE = 500
_NEWEST = sa.select(sa.func.max(events.c.seq))


@dataclass(frozen=True, slots=True)
class Appended:
    """The rows an append added, repetitions left out, and whether they are on disk already."""

    rows: tuple[Row, ...]
    logged: bool


class EventLog(Protocol):
    """Rows in the order of their commits; every call may come from any thread."""

    problem: str

    @property
    def pending(self) -> int:
        """How many events wait in memory because the database could not be written."""
        ...

    def append(self, user_key: str, *new: Event) -> Appended:
        """Add events in one transaction that is committed when this returns with `logged`.

        Repetitions are left out: a conversation started twice, the same feedback again. Where
        the database cannot be written they wait in memory, in order, until a later append can.
        """
        ...

    def flush(self) -> bool:
        """Try to write what waits; whether nothing waits any more."""
        ...

    def user_events(self, user_key: str) -> tuple[Row, ...]:
        """All rows of a user, oldest first, those that wait included."""
        ...

    def conversation_owner(self, conversation_id: str) -> str | None:
        """The key of the user who started a conversation, None where nobody did."""
        ...

    def all_events(self, after: int = 0) -> Iterator[Row]:
        """The rows on disk with a larger `seq`, in order, read a page at a time."""
        ...

    def count_feedback(self, after: int) -> int:
        """How many feedback rows have a larger `seq`."""
        ...

    def last_seq(self) -> int:
        """The `seq` of the newest row on disk, 0 where there is none."""
        ...

    def forget(self, user_key: str) -> int:
        """Delete a user's rows for good and say how many; leaves a contentless Forgotten."""
        ...

    def close(self) -> None:
        """Write what still waits, where that is possible, and release the database."""
        ...


def open_event_log(database: str | Path) -> SqlEventLog:
    """Open, or make, the log in an SQLite file or at a postgresql:// URL.

    A new SQLite file that is locked or full is opened all the same, as is one that can only be
    read: events then wait in memory and `problem` says why. UserError where the database cannot
    be read, is damaged, out of reach, newer than this version, or no database at all.
    """
    engine = open_engine(database)
    log = SqlEventLog(engine)
    try:
        log.prepare()
    except SQLAlchemyError as error:
        log.problem = reason(error)
        if is_passing(error) and is_new(engine):
            return log
        engine.dispose()
        raise unusable(engine, error) from error
    except UserError:
        engine.dispose()
        raise
    return log


class SqlEventLog:
    """The event log over SQLAlchemy Core; `problem` says why the last write failed, if it did."""

    def __init__(self, engine: Engine) -> None:
        self.problem = ""
        self._engine = engine
        self._ready = False
        self._waiting: tuple[Row, ...] = ()
        self._last = 0
        self._lock = threading.Lock()
        self._users = UserRows(self._fetch)

    def prepare(self) -> None:
        """Bring the schema up to date and look at the newest row."""
        migrate(self._engine)
        self._ready = True
        self._last = self._fetch(_NEWEST)[0][0] or 0

    @property
    def pending(self) -> int:
        return len(self._waiting)

    def append(self, user_key: str, *new: Event) -> Appended:
        at = now()
        rows = [Row(0, at, user_key, event, new_id()) for event in new]
        for row in rows:
            table_values(row)  # what no database can hold is refused here, before it waits
        with self._lock:
            return self._write(rows)

    def flush(self) -> bool:
        with self._lock:
            return self._write([]).logged

    def user_events(self, user_key: str) -> tuple[Row, ...]:
        waiting = [row for row in self._waiting if row.user_key == user_key]
        try:
            stored = self._users.of(user_key)
        except SQLAlchemyError as error:
            self.problem = reason(error)
            known = self._users.last_known(user_key)
            if known is None:
                raise unreadable(error) from error
            stored = known
        names = {row.event_id for row in stored}  # what waited may have been written meanwhile
        return (*stored, *(row for row in waiting if row.event_id not in names))

    def conversation_owner(self, conversation_id: str) -> str | None:
        for row in self._waiting:
            if row.event == ConversationStarted(conversation_id):
                return row.user_key
        started = events.c.dedupe_key == started_key(conversation_id)
        found = self._read(sa.select(events.c.user_key).where(started))
        return str(found[0].user_key) if found else None

    def all_events(self, after: int = 0) -> Iterator[Row]:
        query = sa.select(events).order_by(events.c.seq).limit(_PAGE)
        while page := self._read(query.where(events.c.seq > after)):
            yield from map(row_of, page)
            after = page[-1].seq

    def count_feedback(self, after: int) -> int:
        counted = (events.c.kind == FeedbackGiven.kind) & (events.c.seq > after)
        return sum(r[0] for r in self._read(sa.select(sa.func.count()).where(counted)))

    def last_seq(self) -> int:
        return sum(r[0] or 0 for r in self._read(_NEWEST))

    def forget(self, user_key: str) -> int:
        try:
            with self._lock:
                gone = self._delete(user_key)
            wipe(self._engine)
        except SQLAlchemyError as error:
            self.problem = reason(error)
            raise UserError(
                f"The user is not wholly forgotten yet: {self.problem}.",
                "Close other programs that use the database and forget the user again.",
            ) from error
        return gone

    def close(self) -> None:
        if self._waiting:
            self.flush()
        self._engine.dispose()

    def _write(self, rows: Sequence[Row]) -> Appended:
        """Write what waits and then `rows`, or let both wait. The lock is held."""
        batch = [*self._waiting, *rows]
        names = {row.event_id for row in rows}
        try:
            written = self._insert(batch)
        except (SQLAlchemyError, UserError) as error:
            self.problem = reason(error)
            self._waiting = tuple(
                replace(row, seq=self._last + n) for n, row in enumerate(batch, start=1)
            )
            return Appended(tuple(r for r in self._waiting if r.event_id in names), logged=False)
        self.problem, self._waiting = "", ()
        self._last = max([self._last, *(row.seq for row in written)])
        return Appended(tuple(row for row in written if row.event_id in names), logged=True)

    def _insert(self, batch: Sequence[Row]) -> list[Row]:
        """Commit the rows in one transaction and return the new ones with their places."""
        if not self._ready:
            self.prepare()
        if not batch:
            return []
        wait = _RETRY_SECONDS if self._waiting else BUSY_SECONDS
        with writing(self._engine, wait) as connection:
            found = [insert_row(connection, row) for row in batch]
        return [row for row in found if row is not None]

    def _delete(self, user_key: str) -> int:
        """Delete a user's rows, those that wait too. The lock is held."""
        kept = tuple(row for row in self._waiting if row.user_key != user_key)
        gone, self._waiting = len(self._waiting) - len(kept), kept
        if not self._ready:
            self.prepare()
        with writing(self._engine) as connection:
            return gone + delete_user(connection, user_key)

    def _read(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        try:
            return self._fetch(query)
        except SQLAlchemyError as error:
            raise unreadable(error) from error

    def _fetch(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """All rows of a query; none while the table could not be made yet."""
        if not self._ready:
            return ()
        with self._engine.connect() as connection:
            return connection.execute(query).all()
