"""Labels that name real messages by conversation and place find their words and writers."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

from finetune.real_messages import real_cases


def _gzip(path: Path, row: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def test_words_and_writers_of_all_sources(tmp_path: Path) -> None:
    said = [("9", "How about @12 ?"), ("7", "  loved   @12"), ("7", "more!")]
    _gzip(
        tmp_path / "redial" / "train.jsonl.gz",
        {
            "conversationId": "5", "initiatorWorkerId": 7, "movieMentions": {"12": "Up (2009)"},
            "messages": [{"senderWorkerId": int(who), "text": text} for who, text in said],
        },
    )  # fmt: skip
    turns = [{"user_query": q, "system_response": a} for q, a in (("jazz", "ok"), ("less sax", ""))]
    _gzip(tmp_path / "cpcd" / "train.jsonl.gz", {"id": "c", "turns": turns})
    (tmp_path / "ccpe").mkdir()
    with (tmp_path / "ccpe" / "train.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["dialog_id", "speaker", "text"], ["d", "ASSISTANT", "Which?"]])
        rows.writerow(["d", "USER", "Heat"])
    labels = tmp_path / "labels.jsonl"
    names = ("redial:5:1", "cpcd:c:1", "ccpe:d:1")
    labels.write_text("".join(json.dumps({"id": n, "intent": ["seek"]}) + "\n" for n in names))

    redial, cpcd, ccpe = real_cases(labels, tmp_path)

    assert [m["text"] for m in redial["messages"]] == ["How about Up ?", "loved Up"]
    assert [m["role"] for m in redial["messages"]] == ["assistant", "user"]
    assert [m["text"] for m in cpcd["messages"]] == ["jazz", "ok", "less sax"]
    assert [m["text"] for m in ccpe["messages"]] == ["Which?", "Heat"]
    assert [c["worker"] for c in (redial, cpcd, ccpe)] == ["redial 7", "c", "d"]
    assert [c["domain"] for c in (redial, cpcd, ccpe)] == ["film", "music", "film"]
    assert [c["line"] for c in (redial, cpcd, ccpe)] == [0, 1, 2]
