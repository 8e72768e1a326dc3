"""The rows of recent users, kept in memory and read on from where the last reading stopped."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.database import events
from bot.event_rows import row_of
from bot.events import Forgotten, Row

_KEPT_ROWS = 10_000  # of all users together; with their slates they take about 100 MB

_IS_FORGOTTEN = events.c.kind == Forgotten.kind

Read = Callable[[sa.Select[Any]], Sequence[sa.Row[Any]]]


class UserRows:
    """A cache over an append-only table, emptied whenever any process forgot somebody."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._kept: OrderedDict[str, tuple[Row, ...]] = OrderedDict()
        self._mark = 0  # the newest Forgotten that was seen
        self._lock = threading.Lock()

    def of(self, user_key: str) -> tuple[Row, ...]:
        """All stored rows of a user, oldest first; raises what `read` raises."""
        found = self._read(sa.select(sa.func.max(events.c.seq)).where(_IS_FORGOTTEN))
        mark = int(found[0][0] or 0) if found else 0
        with self._lock:
            if mark != self._mark:
                self._mark = mark
                self._kept.clear()
            known = self._kept.get(user_key, ())
        mine = (events.c.user_key == user_key) & (events.c.seq > (known[-1].seq if known else 0))
        news = self._read(sa.select(events).where(mine).order_by(events.c.seq))
        rows = (*known, *map(row_of, news))
        with self._lock:
            if mark == self._mark:  # else somebody was forgotten while this was read
                self._keep(user_key, rows)
        return rows

    def last_known(self, user_key: str) -> tuple[Row, ...] | None:
        """The rows of the last reading, None where there was none or it is no longer kept."""
        return self._kept.get(user_key)

    def _keep(self, user_key: str, rows: tuple[Row, ...]) -> None:
        self._kept[user_key] = rows
        self._kept.move_to_end(user_key)
        total = sum(map(len, self._kept.values()))
        while total > _KEPT_ROWS:
            _, dropped = self._kept.popitem(last=False)
            total -= len(dropped)
