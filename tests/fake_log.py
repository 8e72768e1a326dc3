"""An event log in memory, and the PostgreSQL server that tests start where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.event_log import Appended
from bot.event_rows import now, table_values
from bot.events import ConversationStarted, Event, FeedbackGiven, Forgotten, Row, new_id
from bot.feedback import repeat_key


class FakeEventLog:
    """Satisfies EventLog without a database; with `broken` set its events wait."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.broken = False
        self.problem = ""
        self._keys: set[str] = set()
        self._seq = 0
        self._waiting: list[Row] = []

    @property
    def pending(self) -> int:
        return len(self._waiting)

    def append(self, user_key: str, *new: Event) -> Appended:
        rows = [Row(0, now(), user_key, event, new_id()) for event in new]
        for row in rows:
            table_values(row)
        self.problem = "broken" if self.broken else ""
        if self.broken:
            self._waiting += rows
            return Appended(tuple(rows), logged=False)
        batch, self._waiting = [*self._waiting, *rows], []
        written = [row for row in map(self._insert, batch) if row is not None]
        names = {row.event_id for row in rows}
        return Appended(tuple(row for row in written if row.event_id in names), logged=True)

    def flush(self) -> bool:
        return self.append("").logged

    def user_events(self, user_key: str) -> tuple[Row, ...]:
        return tuple(row for row in [*self.rows, *self._waiting] if row.user_key == user_key)

    def conversation_owner(self, conversation_id: str) -> str | None:
        started = ConversationStarted(conversation_id)
        owners = [row.user_key for row in [*self.rows, *self._waiting] if row.event == started]
        return owners[0] if owners else None

    def all_events(self, after: int = 0) -> Iterator[Row]:
        return iter([row for row in self.rows if row.seq > after])

    def count_feedback(self, after: int) -> int:
        return sum(isinstance(row.event, FeedbackGiven) for row in self.all_events(after))

    def last_seq(self) -> int:
        return self.rows[-1].seq if self.rows else 0

    def forget(self, user_key: str) -> int:
        kept = [row for row in self.rows if row.user_key != user_key]
        waiting = [row for row in self._waiting if row.user_key != user_key]
        gone = len(self.rows) - len(kept)
        waited = len(self._waiting) - len(waiting)
        self.rows, self._waiting = kept, waiting
        if gone:
            self._insert(Row(0, now(), "", Forgotten(), new_id()))
        return gone + waited

    def close(self) -> None:
        self.flush()

    def _insert(self, row: Row) -> Row | None:
        key = row.event_id
        if isinstance(row.event, ConversationStarted):
            key = row.event.conversation_id
        if isinstance(row.event, FeedbackGiven):
            mine = [r for r in self.rows if r.user_key == row.user_key]
            key = repeat_key(row.user_key, row.event, mine)
        if key in self._keys:
            return None
        self._keys.add(key)
        self._seq += 1
        self.rows.append(Row(self._seq, row.at, row.user_key, row.event, row.event_id))
        return self.rows[-1]


@contextmanager
def postgres_url() -> Iterator[str]:
    """A URL of an empty database: SOMMELIER_TEST_POSTGRES, else a server of our own; or skip."""
    if given := os.environ.get("SOMMELIER_TEST_POSTGRES"):
        yield given
        return
    control = shutil.which("pg_ctl")
    if control is None:
        pytest.skip("no PostgreSQL: neither SOMMELIER_TEST_POSTGRES nor pg_ctl")
    with tempfile.TemporaryDirectory() as name:
        owner = _server_owner(Path(name))
        folder = Path(name) / "data"
        steps = (
            [control, "init", "-D", str(folder), "-o", "-A trust -U sommelier -E UTF8"],
            [control, "start", "-w", "-D", str(folder), "-o", f"-c listen_addresses= -k {name}"],
        )
        try:
            for step in steps:
                done = subprocess.run(
                    [*step, "-l", str(Path(name) / "log")] if "start" in step else step,
                    user=owner,
                    cwd=name,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                if done.returncode:
                    pytest.skip("PostgreSQL is installed but does not start")
            yield f"postgresql://sommelier@/postgres?host={name}"
        finally:
            stop = [control, "stop", "-m", "immediate", "-D", str(folder)]
            subprocess.run(stop, user=owner, cwd=name, stdout=subprocess.DEVNULL)


def _server_owner(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: the user that runs it instead, who then owns `folder`."""
    if os.geteuid() != 0:
        return None
    for user in ("postgres", "nobody"):
        try:
            shutil.chown(folder, user)
        except (LookupError, OSError):
            continue
        return user
    pytest.skip("PostgreSQL does not run as root, and there is no other user")
