"""The event log: one contract for every implementation, and what a real database must survive."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import log_writer
import pytest
import sqlalchemy as sa
from fake_log import FakeEventLog, postgres_url

from bot import database
from bot.event_log import EventLog, SqlEventLog, open_event_log
from bot.events import (
    BeliefRemoved,
    ConversationStarted,
    FeedbackGiven,
    Forgotten,
    MessageReceived,
    Undone,
)
from bot.session import fold_session
from retrieval.errors import UserError

ANNA, BEN = "a" * 64, "b" * 64
TEXT = "a very private word: Ponyhof"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A URL of a PostgreSQL database that these tests may fill."""
    with postgres_url() as url:
        yield url


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    """An empty event log of each kind."""
    made: EventLog
    if request.param == "fake":
        made = FakeEventLog()
    elif request.param == "sqlite":
        made = open_event_log(tmp_path / "log.db")
    else:
        url = request.getfixturevalue("postgres")
        engine = database.open_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS events, alembic_version")
        engine.dispose()
        made = open_event_log(url)
    yield made
    made.close()


def said(text: str, turn_id: str = "t1", conversation_id: str = "c1") -> MessageReceived:
    return MessageReceived(conversation_id, turn_id, text)


def test_an_append_is_read_back_in_order_and_by_its_user_alone(log: EventLog) -> None:
    appended = log.append(ANNA, ConversationStarted("c1"), said("hello"))
    log.append(BEN, ConversationStarted("c2"), said("hi", conversation_id="c2"))
    assert appended.logged
    assert log.user_events(ANNA) == appended.rows
    assert [row.event for row in log.user_events(ANNA)] == [
        ConversationStarted("c1"),
        said("hello"),
    ]
    assert [row.user_key for row in log.user_events(BEN)] == [BEN, BEN]
    seqs = [row.seq for row in log.all_events()]
    assert seqs == sorted(set(seqs))
    assert log.last_seq() == seqs[-1]
    assert [row.seq for row in log.all_events(after=seqs[1])] == seqs[2:]


def test_an_append_of_nothing_adds_nothing(log: EventLog) -> None:
    appended = log.append(ANNA)
    assert (appended.rows, appended.logged, log.last_seq()) == ((), True, 0)


def test_a_conversation_belongs_to_who_started_it_first(log: EventLog) -> None:
    log.append(ANNA, ConversationStarted("c1"))
    assert log.append(BEN, ConversationStarted("c1")).rows == ()
    assert log.conversation_owner("c1") == ANNA
    assert log.conversation_owner("c2") is None
    assert log.conversation_owner("\x00\ud800'; DROP TABLE events; --") is None


def test_the_same_feedback_again_is_no_second_event(log: EventLog) -> None:
    like = FeedbackGiven("c1", "t1", "i1", "like")
    assert len(log.append(ANNA, like).rows) == 1
    again = log.append(ANNA, like)
    assert (again.rows, again.logged) == ((), True)
    assert len(log.append(BEN, like).rows) == 1
    assert log.count_feedback(0) == 2
    assert log.count_feedback(log.last_seq()) == 0


def test_feedback_counts_anew_after_a_change_of_mind_a_removal_or_an_undo(log: EventLog) -> None:
    like = FeedbackGiven("c1", "t1", "i1", "like")
    first = log.append(ANNA, like).rows[0]
    others = (
        FeedbackGiven("c1", "t1", "i1", "dislike"),
        Undone("c1", first.event_id),
        BeliefRemoved(None, "0123"),
    )
    for other in others:
        log.append(ANNA, other)
        assert len(log.append(ANNA, like).rows) == 1
        assert log.append(ANNA, like).rows == ()


def test_another_value_is_another_feedback(log: EventLog) -> None:
    for value in (2.0, 5.0, 2.0):
        assert log.append(ANNA, FeedbackGiven("c1", "t1", "i1", "rating", value)).rows
        assert not log.append(ANNA, FeedbackGiven("c1", "t1", "i1", "rating", value)).rows


@pytest.mark.parametrize(
    "text", ["", "\x00\x01", "你好 👋", "\ud800 alone", "'; DROP TABLE", "a" * 4000]
)
def test_any_text_survives(log: EventLog, text: str) -> None:
    event = said(text)
    log.append(ANNA, event)
    assert log.user_events(ANNA)[0].event == event
    assert next(iter(log.all_events())).event == event


def test_a_name_that_no_database_could_hold_is_refused_at_once(log: EventLog) -> None:
    with pytest.raises(ValueError, match="not a name"):
        log.append(ANNA, said("hello", conversation_id="c\x00"))
    assert (log.pending, log.last_seq()) == (0, 0)


def test_forgetting_leaves_only_a_contentless_event(log: EventLog) -> None:
    log.append(ANNA, ConversationStarted("c1"), said(TEXT))
    log.append(BEN, said("mine", conversation_id="c2"))
    assert log.forget(ANNA) == 2
    assert log.user_events(ANNA) == ()
    assert log.conversation_owner("c1") is None
    assert [(row.user_key, row.event) for row in log.all_events()] == [
        (BEN, said("mine", conversation_id="c2")),
        ("", Forgotten()),
    ]
    assert log.forget(ANNA) == 0


def test_a_place_is_never_given_twice(log: EventLog) -> None:
    log.append(ANNA, said("one"))
    last = log.append(BEN, said("two")).rows[0].seq
    log.forget(BEN)
    assert log.append(ANNA, said("three")).rows[0].seq > last


def test_many_users_at_once_neither_leak_nor_lose(log: EventLog) -> None:
    def visit(n: int) -> str:
        key = f"{n:064d}"
        log.append(key, ConversationStarted(f"c{n}"))
        for turn in range(10):
            log.append(key, MessageReceived(f"c{n}", f"{n}-{turn}", f"user {n} says {turn}"))
            session = fold_session(log.user_events(key), f"c{n}")
            assert [t.text for t in session.turns] == [
                f"user {n} says {k}" for k in range(turn + 1)
            ]
        return key

    if isinstance(log, FakeEventLog):
        pytest.skip("the fake is for one thread")
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(visit, range(24)))
    assert all({row.user_key for row in log.user_events(key)} == {key} for key in keys)
    assert len(list(log.all_events())) == 24 * 11


# --- what only a database can go through -------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the SQLite file of a test lies."""
    return tmp_path / "home" / "log.db"


def test_events_outlive_the_process_that_wrote_them(path: Path) -> None:
    log = open_event_log(path)
    rows = log.append(ANNA, said("hello")).rows
    log.close()
    assert open_event_log(path).user_events(ANNA) == rows


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    open_event_log(path).append(ANNA, said("hello"))
    assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}


def test_an_acknowledged_event_survives_a_kill(path: Path) -> None:
    child = _child(path, ANNA, 100_000)
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(25)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.wait()
    kept = [row.event for row in open_event_log(path).user_events(ANNA)]
    texts = [event.text for event in kept if isinstance(event, MessageReceived)]
    assert len(acknowledged) >= 25
    assert texts[: len(acknowledged)] == acknowledged
    assert len(texts) <= len(acknowledged) + 1


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_processes_write_at_once(
    kind: str, path: Path, request: pytest.FixtureRequest
) -> None:
    target: str | Path = path if kind == "sqlite" else request.getfixturevalue("postgres")
    before = 0 if kind == "sqlite" else open_event_log(target).last_seq()
    names = [f"{kind}{n}{time.time_ns()}" for n in range(4)]
    children = [_child(target, name, 40) for name in names]
    written = [child.communicate(timeout=120)[0].splitlines() for child in children]
    assert [len(lines) for lines in written] == [40] * 4
    log = open_event_log(target)
    for name, lines in zip(names, written, strict=True):
        events = [row.event for row in log.user_events(name)][1:]
        assert [e.text for e in events if isinstance(e, MessageReceived)] == lines
    assert len(list(log.all_events(before))) == 4 * 41
    log.close()


def test_two_processes_agree_on_a_repetition(path: Path) -> None:
    logs = [open_event_log(path) for _ in range(4)]
    event = FeedbackGiven("c1", "t1", "i1", "never")
    with ThreadPoolExecutor(16) as pool:
        appended = list(pool.map(lambda n: logs[n % 4].append(ANNA, event), range(32)))
    assert sum(len(a.rows) for a in appended) == 1
    assert logs[0].count_feedback(0) == 1


def test_while_another_holds_the_lock_events_wait_in_order(path: Path) -> None:
    log = open_event_log(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        waited = [log.append(ANNA, ConversationStarted("c1"))]
        waited += [log.append(ANNA, said(str(n))) for n in range(3)]
        assert time.monotonic() - began < 5
        assert not any(a.logged for a in waited)
        assert (log.pending, "locked" in log.problem) == (4, True)
        assert [row.event for row in log.user_events(ANNA)][1:] == [said(str(n)) for n in range(3)]
        assert log.conversation_owner("c1") == ANNA
        other.execute("ROLLBACK")
    after = log.append(ANNA, said("last"))
    assert (after.logged, log.pending, log.problem) == (True, 0, "")
    texts = [row.event.text for row in log.user_events(ANNA) if hasattr(row.event, "text")]
    assert texts == ["0", "1", "2", "last"]
    names = [row.event_id for a in [*waited, after] for row in a.rows]
    assert [row.event_id for row in log.all_events()] == names


def test_a_full_database_loses_nothing(path: Path) -> None:
    log = open_event_log(path)
    engine = log._engine
    sa.event.listen(engine, "begin", _limit_pages)
    appended = [log.append(ANNA, said("x" * 4000, f"t{n}")) for n in range(20)]
    assert not appended[-1].logged
    assert "full" in log.problem
    assert len(log.user_events(ANNA)) == 20
    sa.event.remove(engine, "begin", _limit_pages)
    sa.event.listen(engine, "begin", _lift_limit)
    assert log.flush()
    assert len(list(log.all_events())) == 20


def test_a_database_that_may_only_be_read_is_read(path: Path) -> None:
    log = open_event_log(path)
    log.append(ANNA, said("hello"))
    sa.event.listen(log._engine, "checkout", _only_read)
    appended = log.append(ANNA, said("more"))
    assert (appended.logged, "readonly" in log.problem) == (False, True)
    assert [row.event for row in log.user_events(ANNA)] == [said("hello"), said("more")]


def test_waiting_events_are_written_at_the_end(path: Path) -> None:
    log = open_event_log(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        log.append(ANNA, said("hello"))
        other.execute("ROLLBACK")
    log.close()
    assert len(open_event_log(path).user_events(ANNA)) == 1


def test_a_log_whose_table_cannot_be_made_yet_starts_all_the_same(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        log = open_event_log(path)
        assert "locked" in log.problem
        assert not log.append(ANNA, said("hello")).logged
        assert [row.event for row in log.user_events(ANNA)] == [said("hello")]
        other.execute("ROLLBACK")
    assert log.append(ANNA, said("more")).logged
    assert len(list(log.all_events())) == 2


def test_what_was_read_stays_at_hand_when_the_database_goes_away(path: Path) -> None:
    log = open_event_log(path)
    rows = log.append(ANNA, said("hello")).rows
    assert log.user_events(ANNA) == rows
    sa.event.listen(log._engine, "checkout", _fail)
    assert log.user_events(ANNA) == rows
    with pytest.raises(UserError, match="cannot be read"):
        log.user_events(BEN)


def test_rows_are_read_anew_after_somebody_was_forgotten_elsewhere(path: Path) -> None:
    ours, theirs = open_event_log(path), open_event_log(path)
    ours.append(ANNA, said(TEXT))
    assert len(ours.user_events(ANNA)) == 1
    theirs.forget(ANNA)
    assert ours.user_events(ANNA) == ()
    ours.append(ANNA, said("back again"))
    assert [row.event for row in theirs.user_events(ANNA)] == [said("back again")]


@pytest.mark.parametrize("text", [TEXT, "私密的話"])
def test_forgetting_leaves_no_trace_in_the_files(path: Path, text: str) -> None:
    log, other = open_event_log(path), open_event_log(path)
    for n in range(60):  # enough rows to split pages, which leaves stale copies behind
        log.append(BEN, said(f"other {n} " + "y" * 100, f"b{n}"))
        log.append(ANNA, said(f"{text} {n} " + "z" * (n * 7), f"a{n}"))
    other.user_events(ANNA)
    assert _found(path, text, ANNA)
    log.forget(ANNA)
    assert not _found(path, text, ANNA)
    assert len(log.user_events(BEN)) == 60
    assert other.user_events(ANNA) == ()


def test_forgetting_waits_for_a_reader_or_says_that_it_is_not_done(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_event_log(path)
    log.append(ANNA, said(TEXT))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchall()
        timer = threading.Timer(0.3, log.forget, [ANNA])
        timer.start()
        time.sleep(0.6)
        other.execute("ROLLBACK")
        timer.join()
        assert not _found(path, TEXT)
        log.append(BEN, said(TEXT))
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchall()
        monkeypatch.setattr(database, "_WIPE_SECONDS", 0.1)
        with pytest.raises(UserError, match="not wholly forgotten"):
            log.forget(BEN)
        assert log.user_events(BEN) == ()
        other.execute("ROLLBACK")
    log.forget(BEN)
    assert not _found(path, TEXT)


def test_forgetting_reaches_what_still_waits(path: Path) -> None:
    log = open_event_log(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        log.append(ANNA, said(TEXT))
        log.append(BEN, said("mine"))
        other.execute("ROLLBACK")
    assert log.forget(ANNA) == 1
    log.flush()
    assert [row.event for row in log.all_events()] == [said("mine")]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(b"not a database at all" * 500), "not a database"),
        (lambda path: path.mkdir(), "unable to open"),
        (lambda path: _set_revision(path, "9999"), "newer"),
    ],
)
def test_a_useless_database_is_refused_in_one_line(
    path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    path.parent.mkdir()
    spoil(path)
    with pytest.raises(UserError, match=words) as caught:
        open_event_log(path)
    assert caught.value.mend
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "://", "nonsense://x"])
def test_a_useless_url_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(UserError) as caught:
        open_event_log(url)
    assert caught.value.mend


def test_a_server_out_of_reach_is_named_without_its_password() -> None:
    with pytest.raises(UserError) as caught:
        open_event_log("postgresql://somebody:secretword@127.0.0.1:1/none")
    assert "secretword" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_event_of_a_later_version_is_refused(path: Path) -> None:
    log = open_event_log(path)
    log.append(ANNA, said("hello"))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE events SET version = 2")
    with pytest.raises(UserError, match="unknown here"):
        list(log.all_events())


def test_a_retried_commit_adds_no_second_row(path: Path) -> None:
    log = open_event_log(path)
    row = log.append(ANNA, said("hello")).rows[0]
    log._waiting = (replace(row, seq=99),)  # as after a commit whose answer was lost
    assert log.flush()
    assert log.user_events(ANNA) == (row,)


def test_a_long_log_is_read_page_by_page(path: Path) -> None:
    log = open_event_log(path)
    log.append(ANNA, *(said(str(n), f"t{n}") for n in range(1203)))
    texts = [row.event.text for row in log.all_events() if hasattr(row.event, "text")]
    assert texts == [str(n) for n in range(1203)]


def _child(target: str | Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, log_writer.__file__, str(target), name, str(count)]
    root = Path(__file__).resolve().parent.parent
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(root)}
    )


def _found(path: Path, *texts: str) -> bool:
    """Whether the database's files hold any of the texts, as they are or as JSON writes them."""
    held = b"".join(file.read_bytes() for file in path.parent.iterdir())
    forms = [f for t in texts for f in (t.encode(), t.encode("ascii", "backslashreplace"))]
    return any(form in held for form in forms)


def _set_revision(path: Path, revision: str) -> None:
    log: SqlEventLog = open_event_log(path)
    log.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])


def _only_read(connection: sqlite3.Connection, *_: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _limit_pages(connection: sa.Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 15")


def _lift_limit(connection: sa.Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 100000")


def _fail(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")
