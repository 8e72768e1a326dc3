"""The command line: quick help, one line for bad input, and every command on real input."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from bots import make_bot
from rich.console import Console

from bot.bot import Bot
from bot.settings import Settings
from bot.understanding import Understanding
from retrieval.signals import Signal
from ui import cli, doctor
from ui.console import plain
from ui.server import claim
from ui.terminal import Chat

HEAVY = ("torch", "gradio", "transformers", "sentence_transformers", "fastapi", "sqlalchemy")
COMEDY = Signal("facet", 0.9, 1.0, evidence="comedy", field="genre", value="comedy")
SCRIPT = {"A comedy": Understanding(("seek",), (COMEDY,), query="A comedy")}


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    return make_bot(tmp_path / "home", SCRIPT)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> object:
    """Run a command in an empty folder; gives its exit code, output and messages."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sommelier", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return command


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = f"import sys, ui.cli; print([m for m in {HEAVY} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_help_names_every_command(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("--help")
    assert code == 0
    for name in ("serve", "chat", "understand", "doctor", "catalog", "profile"):
        assert name in out


def test_options_say_what_the_settings_say(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("serve", "--help")
    for name in ("host", "port", "home", "catalog", "mapping", "database", "llm", "encoder"):
        assert f"--{name} " in out


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("serve", "--bogus"),
        ("serve", "--port", "many"),
        ("serve", "--port", "70000"),
        ("serve", "--host", "999.1.2.3"),
        ("catalog", "check", "nothing.csv"),
        ("catalog", "check"),
        ("catalog", "build", "nothing.csv"),
        ("understand", "--catalog", "nothing.csv"),
        ("chat", "--catalog", "nothing.csv"),
        ("profile", "show"),
    ],
)
def test_bad_input_is_one_line_with_its_mend(run, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(*words)
    lines = [line for line in err.splitlines() if line and not line.startswith("Loading")]
    assert (code, out, len(lines)) == (2, "", 1), err
    assert lines[0].startswith("sommelier: ") and lines[0].endswith(".")


def test_a_port_in_use_is_said_before_anything_is_loaded(run) -> None:  # type: ignore[no-untyped-def]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", "--port", str(port))
    assert code == 2 and "in use" in err and "--port" in err
    assert "Loading" not in err


def test_any_free_port_can_be_claimed() -> None:
    with claim("127.0.0.1", 0) as claimed:
        assert claimed.getsockname()[1] > 0


def test_catalog_check_reports_bad_rows(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "mine.csv"
    file.write_text("title,year\nUp,2009\n,1999\n", encoding="utf-8")
    code, out, err = run("catalog", "check", str(file), "--json", "-")
    assert code == 0 and "line 3" in err
    report = json.loads(out)
    assert report["items"] == 1 and report["bad_rows"][0]["line"] == 3
    code, _, err = run("catalog", "check", str(file), "--json", str(tmp_path / "no" / "where"))
    assert code == 2 and "--json" in err


def test_an_unforeseen_failure_is_one_line_too(run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def broken(*_: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("retrieval.catalog_check.check_catalog", broken)
    code, _, err = run("catalog", "check", "x.csv")
    assert code == 2 and err.count("\n") == 1 and "first line" in err and "Traceback" not in err


def converse(bot: Bot, *lines: str) -> str:
    """What the terminal says to `lines`, one person's input."""
    out = io.StringIO()
    console = Console(file=out, width=120, highlight=False)
    Chat(bot, "terminal", io.StringIO("\n".join(lines) + "\n"), console).run()
    return out.getvalue()


def test_the_terminal_answers_with_cards_and_what_changed(bot: Bot) -> None:
    said = converse(bot, "A comedy")
    assert "What changed: + comedy" in said
    assert "\n1  " in said and "\n4  " in said and "min" in said


def test_the_terminal_takes_feedback_removal_and_undo(bot: Bot) -> None:
    said = converse(bot, "A comedy", "/dislike 1", "/profile", "/remove 1", "/undo", "/profile")
    assert "won’t come back" in said
    assert "− " in said and "no longer" in said
    assert said.count("“comedy”") >= 1


@pytest.mark.parametrize(
    "line", ["/like 9", "/like", "/like two", "/frob", "x" * 4001, "/remove 1"]
)
def test_the_terminal_says_what_is_wrong_and_goes_on(bot: Bot, line: str) -> None:
    said = converse(bot, line, "A comedy")
    assert "What changed" in said and "Traceback" not in said


def test_the_terminal_ends_at_quit(bot: Bot) -> None:
    assert "What changed" not in converse(bot, "/quit", "A comedy")


def test_the_terminal_keeps_taste_over_conversations(bot: Bot) -> None:
    assert "comedy" in converse(bot, "A comedy", "/new", "/profile").rpartition("A new")[2]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert plain("a\x1b[31mred\x07\nb") == "a[31mred\nb"


def test_the_doctor_names_what_is_wrong_and_its_mend(tmp_path: Path) -> None:
    missing = Settings(home=tmp_path / "home", llm="http://127.0.0.1:9/v1", catalog=tmp_path / "no")
    found = {finding.name: finding for finding in doctor.examine(missing)}
    assert found["python"].state == "ok"
    assert found["home"].state == "note" and not (tmp_path / "home").exists()
    assert found["language model"].state == "wrong" and found["language model"].mend
    assert found["models"].state == "wrong" and "no" in found["models"].text


def test_the_doctor_sees_a_secret_that_others_can_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o644)
    found = {f.name: f for f in doctor.examine(Settings(home=tmp_path, llm="plain"))}
    assert found["home"].state == "wrong" and "chmod 600" in found["home"].mend
    assert found["language model"].state == "note"
