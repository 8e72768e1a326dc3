"""Opens the event log's database, brings its schema up to date and wipes what was deleted."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from retrieval.errors import UserError

BUSY_SECONDS = 2.0  # how long a write waits for another's; a reply may not take longer than 10 s
_ADVISORY_LOCK = 7_307_001  # one number for every Sommelier on a PostgreSQL server's database
_WIPE_SECONDS = 10.0

metadata = sa.MetaData()
events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("event_id", sa.String(32), nullable=False, unique=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("user_key", sa.String(64), nullable=False),
    sa.Column("conversation_id", sa.String(64)),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("dedupe_key", sa.String(80), unique=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("events_user", "user_key", "seq"),
    sa.Index("events_kind", "kind", "seq"),
    sqlite_autoincrement=True,
)


def open_engine(database: str | Path) -> Engine:
    """An engine for a path of an SQLite file or a database URL; UserError where it is neither."""
    url = _url(database)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    if url.get_backend_name() != "postgresql":
        raise UserError(
            f"The event log cannot live in {url.get_backend_name()}.",
            "Give the path of an SQLite file or a postgresql:// URL.",
        )
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": 3, "tcp_user_timeout": 5000},
            pool_pre_ping=True,
            max_overflow=40,
        )
    except ModuleNotFoundError as error:
        raise UserError(
            "The PostgreSQL driver is not installed.", "Run: pip install 'sommelier[postgres]'"
        ) from error


@contextmanager
def writing(engine: Engine, wait: float = BUSY_SECONDS) -> Iterator[Connection]:
    """A transaction that no other writer overlaps; it commits at the end.

    `wait` is how many seconds it waits for other writers before it raises OperationalError.
    Because writers take turns, `seq` rises in the order of commits.
    """
    with engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        if engine.dialect.name == "sqlite":
            _run_raw(connection, f"PRAGMA busy_timeout = {int(wait * 1000)}")
            with connection.begin():
                yield connection
            return
        with connection.begin():
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{int(wait * 1000)}ms'"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            yield connection


def migrate(engine: Engine) -> None:
    """Bring the schema up to date; raises SQLAlchemyError where the database cannot be written.

    UserError where it was made by a newer version.
    """
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    known = ScriptDirectory.from_config(config)
    current = revision(engine)
    if current == known.get_current_head():
        return
    if current is not None and current not in {s.revision for s in known.walk_revisions()}:
        raise UserError(
            f"The database {shown(engine)} has schema {current!r}, which is newer than this "
            "version of Sommelier.",
            "Update Sommelier, or choose another database.",
        )
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The schema that the database has, None where it has none; raises SQLAlchemyError."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def wipe(engine: Engine) -> None:
    """Rewrite the database without its deleted rows; raises SQLAlchemyError if others prevent it.

    SQLite: secure_delete has zeroed the cells, VACUUM rewrites the file because rebalanced pages
    keep stale copies, and the checkpoint empties the write-ahead log that still holds old pages.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (FULL, ANALYZE) events")
        return
    deadline = time.monotonic() + _WIPE_SECONDS
    while not _wipe_sqlite(engine):
        if time.monotonic() > deadline:
            cause = sqlite3.OperationalError("the database stays in use")
            raise OperationalError("VACUUM", None, cause)
        time.sleep(0.05)


def _wipe_sqlite(engine: Engine) -> bool:
    """Whether the file was rewritten and its write-ahead log emptied."""
    with engine.connect() as connection:
        try:
            _run_raw(connection, "VACUUM")
            busy, *_ = _run_raw(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            return False
    return not busy


def shown(engine: Engine) -> str:
    """The database's name for messages, without a password."""
    url = engine.url
    return url.database or "" if engine.dialect.name == "sqlite" else url.render_as_string()


def _url(database: str | Path) -> URL:
    text = str(database)
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser()))
    try:
        return make_url(text)
    except ArgumentError as error:
        raise UserError(
            "The database URL cannot be read.", "Write it like postgresql://user@host/name."
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise UserError("The event log needs a file.", "Give a path such as sommelier.db.")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # what people said is for the owner's eyes alone
            os.close(os.open(url.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise UserError(
            f"The database {url.database} cannot be made: {error.strerror}.",
            "Choose another place with --home or --database.",
        ) from error
    engine = sa.create_engine(
        url.set(drivername="sqlite"), connect_args={"isolation_level": None}, max_overflow=60
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """Settings of a new connection; a read-only file keeps the journal it has."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")
    with suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin as the transaction asks: a write takes the lock at once, so it never fails midway."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _run_raw(connection: Connection, statement: str) -> tuple[Any, ...]:
    """The first row of a statement outside of any transaction, () where it gives none."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
        return tuple(cursor.fetchone() or ())
    finally:
        cursor.close()
