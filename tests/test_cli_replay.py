"""The commands replay and compare, run as they are typed, over a small catalogue file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from fakes import FakeEncoder

from ui.cli import main

FILMS = (
    {"id": "1", "title": "Alien", "year": 1979, "genres": ["horror", "science fiction"]},
    {"id": "2", "title": "Interstellar", "year": 2014, "genres": ["science fiction", "drama"]},
    {"id": "3", "title": "Superbad", "year": 2007, "genres": ["comedy"]},
    {"id": "4", "title": "Amélie", "year": 2001, "genres": ["comedy", "romance"]},
)


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue, conversations and a home, with an encoder that loads at once."""
    monkeypatch.setattr("bot.bundled.load_encoder", lambda name=None: FakeEncoder())
    monkeypatch.setenv("SOMMELIER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("films.jsonl").write_text("\n".join(json.dumps(film) for film in FILMS))
    lines = [
        {
            "id": f"c{n}",
            "messages": [
                {"role": "user", "text": "I love science fiction"},
                {"role": "assistant", "text": "Try this", "items": ["2", "77"]},
                {"role": "user", "text": "and a comedy?"},
                {"role": "assistant", "text": "Superbad is funny"},
            ],
        }
        for n in range(3)
    ]
    Path("talk.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n{broken\n")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sommelier", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def replayed(monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    words = ("replay", "talk.jsonl", "--format", "messages", "--catalog", "films.jsonl")
    return run(monkeypatch, *words, *more)


def test_replay_writes_all_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--predictions", "p.jsonl", "--json", "-", "--report", "r.html")
    assert replayed(monkeypatch, *more) == 0
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert data["accuracy"]["all"]["targets"] == 6
    assert data["accuracy"]["all"]["measures"]["recall@10"]["value"] == 1.0
    assert data["problems"]["counts"] == {"unknown item": 3, "broken line": 1}
    assert data["problems"]["first"][0]["line"] == 1
    assert data["tradeoff"]
    assert "3 conversations, 6 recommendations" in err
    assert "line 4: not valid JSON" in err
    lines = [json.loads(line) for line in Path("p.jsonl").read_text().splitlines()]
    assert [(x["conversation"], x["message_index"]) for x in lines[:2]] == [("c0", 1), ("c0", 3)]
    assert lines[0]["ranked"][0] in ("1", "2")  # science fiction was asked for
    assert Path("r.html").read_text().startswith("<!doctype html>")
    assert not list(Path("home").rglob("*.sqlite"))  # no event log was opened


def test_compare_with_and_without_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replayed(monkeypatch, "--predictions", "p.jsonl") == 0
    turned = [json.loads(line) for line in Path("p.jsonl").read_text().splitlines()]
    turned = [{**line, "ranked": line["ranked"][::-1]} for line in turned]
    Path("q.jsonl").write_text("\n".join(map(json.dumps, turned)))
    capsys.readouterr()
    assert run(monkeypatch, "compare", "p.jsonl", "q.jsonl") == 2
    assert "--file" in capsys.readouterr().err
    told = ("--file", "talk.jsonl", "--format", "messages", "--catalog", "films.jsonl")
    more = ("--json", "-", "--report", "c.html")
    assert run(monkeypatch, "compare", "p.jsonl", "q.jsonl", *told, *more) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] in ("worse", "not enough evidence")
    assert set(data["differences"]["all"]) >= {"recall@1", "ndcg@10"}
    assert "Turns that changed most" in Path("c.html").read_text()
    assert run(monkeypatch, "compare", "p.jsonl", "p.jsonl") == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay", "talk.jsonl", "--format", "csv"), "There is no format 'csv'"),
        (("replay", "absent.jsonl", "--catalog", "films.jsonl"), "cannot be read"),
        (("replay", "talk.jsonl", "--catalog", "absent.csv"), "absent.csv"),
        (("replay", "talk.jsonl", "--report", "absent/r.html"), "cannot be written"),
        (("replay", "films.jsonl", "--catalog", "films.jsonl"), "holds no conversation"),
        (("replay", "silent.jsonl", "--catalog", "films.jsonl"), "names an item"),
        (("compare", "talk.jsonl", "talk.jsonl"), "--file"),
        (("compare", "absent", "absent", "--file", "talk.jsonl"), "absent cannot be read"),
    ],
)
def test_bad_input_is_one_line_with_its_mend(
    words: tuple[str, ...],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("silent.jsonl").write_text('{"messages": [{"role": "user", "text": "hi"}]}')
    assert run(monkeypatch, *words) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint.startswith("sommelier: ")
    assert told in complaint
