"""Finds the words of labelled real messages, which labels name by conversation and place."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_KEPT = 6  # messages, the last one included

Line = dict[str, str]  # {"role", "text"}


class Talk(NamedTuple):
    """A conversation and who wrote the user's side of it."""

    worker: str
    lines: list[Line]


def real_cases(labels: Path, data: Path) -> list[dict[str, Any]]:
    """The labelled cases with their words, domain and writer, in the file's order.

    An id is "redial:CONVERSATION:PLACE", "ccpe:…" or "cpcd:…"; a place counts the source's own
    messages, in cpcd its turns, of which the user's half is meant. `data` is
    the folder that holds the three sources. ReDial alone knows its writers ("worker"): elsewhere
    each conversation counts as one's.
    """
    found = []
    talks: dict[str, Mapping[str, Talk]] = {}
    for number, line in enumerate(labels.read_text(encoding="utf-8").splitlines()):
        case = json.loads(line)
        source, conversation, place = case["id"].split(":")
        if source not in talks:
            talks[source] = _READERS[source](data / source)
        last = int(place) * (2 if source == "cpcd" else 1)
        talk = talks[source][conversation]
        messages = talk.lines[: last + 1]
        domain = "music" if source == "cpcd" else "film"
        kept = [m for m in messages if m["text"].strip()][-_KEPT:]
        told = {"line": number, "domain": domain, "worker": talk.worker, "messages": kept}
        found.append({**case, **told})
    return found


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _line(user: bool, text: str) -> Line:
    return {"role": "user" if user else "assistant", "text": re.sub(r"\s+", " ", text).strip()}


def _redial(folder: Path) -> dict[str, Talk]:
    return {
        row["conversationId"]: Talk(f"redial {row['initiatorWorkerId']}", _with_titles(row))
        for row in _rows(folder / "train.jsonl.gz")
    }


def _with_titles(row: Mapping[str, Any]) -> list[Line]:
    titles = row["movieMentions"] or {}

    def title(match: re.Match[str]) -> str:
        return re.sub(r"\s*\(\d{4}\)", "", str(titles.get(match.group(1)) or "")).strip()

    return [
        _line(m["senderWorkerId"] == row["initiatorWorkerId"], re.sub(r"@(\d+)", title, m["text"]))
        for m in row["messages"]
    ]


def _ccpe(folder: Path) -> dict[str, Talk]:
    talks: dict[str, Talk] = {}
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            line = _line(row["speaker"] == "USER", row["text"])
            talk = talks.setdefault(row["dialog_id"], Talk(row["dialog_id"], []))
            talk.lines.append(line)
    return talks


def _cpcd(folder: Path) -> dict[str, Talk]:
    return {row["id"]: Talk(row["id"], _turns(row)) for row in _rows(folder / "train.jsonl.gz")}


def _turns(row: Mapping[str, Any]) -> list[Line]:
    return [
        line
        for turn in row["turns"]
        for line in (_line(True, turn["user_query"]), _line(False, turn["system_response"]))
    ]


_READERS = {"redial": _redial, "ccpe": _ccpe, "cpcd": _cpcd}
