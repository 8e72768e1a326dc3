"""The README is held against the code: its tables, its files, and every command in it."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from readme_tables import README, ROOT, filled
from toy_site import make_site

TEXT = README.read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.S)
    for line in block.splitlines()
]
QUICK = [c for c in COMMANDS if c.startswith("sommelier ") and not c.startswith("sommelier serve")]
SERVERS = [c for c in COMMANDS if c.startswith("sommelier serve")]
MAKES = [c for c in COMMANDS if c.startswith("make ")]


def test_the_tables_are_those_of_the_code() -> None:
    assert filled(TEXT) == TEXT, "run: python tests/readme_tables.py"


def test_what_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_every_command_line_is_covered() -> None:
    assert set(COMMANDS) == {*QUICK, *SERVERS, *MAKES}
    assert QUICK
    assert SERVERS


@pytest.mark.parametrize("command", MAKES)
def test_make_knows_its_targets(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "-n"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README's commands name."""
    folder = tmp_path_factory.mktemp("readme")
    site = folder / "site"
    make_site(site)
    films = [json.loads(line) for line in (site / "films.jsonl").read_text().splitlines()]
    with (folder / "films.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "title", "year", "genres", "description"])
        for film in films:
            genres = "|".join(film["genres"])
            table.writerow([film["id"], film["title"], film["year"], genres, film["description"]])
    case = {"id": "1", "messages": [{"role": "user", "text": "no horror please"}], "shown": []}
    (folder / "messages.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    (site / "talks.jsonl").rename(folder / "talks.jsonl")
    return folder


def environment(place: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SOMMELIER_HOME": str(place / "home"),
        "SOMMELIER_LLM": "plain",
        **more,
    }


def run(command: str, place: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a README command as a shell would, with this interpreter as `sommelier`."""
    line = command.replace("sommelier", f"{shlex.quote(sys.executable)} -m ui.cli", 1)
    return subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env=environment(place),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", QUICK)
def test_commands_run(command: str, place: Path) -> None:
    if command.startswith("sommelier compare"):
        made = "replay talks.jsonl --format messages --catalog films.csv --predictions"
        for name in ("old.jsonl", "new.jsonl"):
            if not (place / name).exists():
                assert run(f"sommelier {made} {name}", place).returncode == 0
    if command.startswith("sommelier finetune"):
        command = _for_this_run(command, place)
    stdin = "something funny, please\n" if command == "sommelier chat" else None
    done = run(command, place, stdin)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr


def _for_this_run(command: str, place: Path) -> str:
    """The command with the name of the run that the command before it made."""
    if " RUN" in command:
        made = run("sommelier finetune list --json -", place)
        command = command.replace(" RUN", f" {json.loads(made.stdout)['runs'][0]['run']}")
    # A toy gives no evidence: what is shown is that the command works.
    return f"{command} --force" if " promote " in command else command


@pytest.mark.slow
@pytest.mark.parametrize("command", SERVERS)
def test_servers_answer(command: str, place: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "ui.cli", *shlex.split(command)[1:]]
    server = subprocess.Popen(
        words, cwd=place, env=environment(place, SOMMELIER_PORT=str(port)), stderr=subprocess.PIPE
    )
    try:
        for _ in range(400):
            assert server.poll() is None, server.stderr and server.stderr.read().decode()[-2000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                    assert json.load(answer)["status"] == "ok"
                    return
            except OSError:
                time.sleep(0.5)
        pytest.fail("the server did not answer")
    finally:
        server.terminate()
        server.wait(30)
