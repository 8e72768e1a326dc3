"""`understand` over JSON lines: the contract of a line, and bad lines that do not stop the rest."""

from __future__ import annotations

import json
from typing import Any

from fakes import tiny_catalog

from bot.trained_understander import TrainedUnderstander
from bot.understand_file import understand_file

CATALOG = tiny_catalog()
UNDERSTANDER = TrainedUnderstander(CATALOG)


def run(*lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in understand_file(lines, CATALOG, UNDERSTANDER)]


def case(text: str, **more: Any) -> str:
    return json.dumps({"id": "1", "messages": [{"role": "user", "text": text}], **more})


def test_a_case_gives_its_intents_and_signals() -> None:
    (answer,) = run(case("I loved Inception"))
    (signal,) = answer["signals"]
    assert answer["id"] == "1"
    assert answer["intent"] == ["seek"]
    assert signal["kind"] == "item"
    assert signal["title"] == "Inception"
    assert signal["item_id"] == "inception-2010"
    assert signal["polarity"] > 0.15
    assert set(signal) == {
        "kind", "polarity", "confidence", "scope", "hard", "evidence",
        "title", "item_id", "seen", "rating",
    }  # fmt: skip


def test_shown_titles_are_referred_to_with_or_without_year() -> None:
    (answer,) = run(case("I hated the second one", shown=["Up", "Alien (1979)"]))
    assert [s["title"] for s in answer["signals"]] == ["Alien"]


def test_bad_lines_are_reported_and_the_rest_goes_on() -> None:
    lines = [
        "{",
        "[]",
        '{"id": 2}',
        '{"id": 3, "messages": [{"role": "cook", "text": "x"}]}',
        "",
        case("hi"),
    ]
    answers = run(*lines)
    assert [("error" in answer, answer["id"]) for answer in answers] == [
        (True, None), (True, None), (True, 2), (True, 3), (False, "1"),
    ]  # fmt: skip
    assert "line 4" in answers[3]["error"]
