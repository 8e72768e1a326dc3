"""The database: its schema, its settings, and several processes that open it at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fake_log import postgres_url

from bot.database import metadata, migrate, open_engine, shown, wipe, writing
from retrieval.errors import UserError


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine of an empty database of each kind."""
    if request.param == "sqlite":
        yield open_engine(tmp_path / "log.db")
        return
    with postgres_url() as url:
        made = open_engine(url)
        with made.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS events, alembic_version")
        yield made
        made.dispose()


def test_the_migrations_make_the_table_that_the_code_uses(engine: sa.Engine) -> None:
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    wipe(engine)


def test_writers_take_turns(engine: sa.Engine) -> None:
    migrate(engine)
    with (
        writing(engine),
        pytest.raises(sa.exc.OperationalError),
        writing(engine, wait=0.05),
    ):
        pytest.fail("two wrote at once")


def test_sqlite_is_opened_to_lose_nothing(tmp_path: Path) -> None:
    with open_engine(tmp_path / "new" / "log.db").connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_a_path_a_home_and_a_url_name_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    forms = (tmp_path / "a b.db", "~/a b.db", f"sqlite:///{tmp_path}/a b.db")
    assert {shown(open_engine(form)) for form in forms} == {str(tmp_path / "a b.db")}


def test_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    code = (
        "import sys; from bot.event_log import open_event_log; from bot.events import *;"
        "log = open_event_log(sys.argv[1]); log.flush();"
        "print(log.problem or log.append('a', ConversationStarted(sys.argv[2])).logged)"
    )
    root = str(Path(__file__).resolve().parent.parent)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "log.db"), f"c{n}"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for n in range(4)
    ]
    assert [child.communicate(timeout=120)[0].strip() for child in children] == ["True"] * 4


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be made"):
        open_engine(tmp_path / "file" / "log.db")
