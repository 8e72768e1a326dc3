"""ReDial's forms become buttons after the last message, where no turn can know of them."""

from __future__ import annotations

import json
from pathlib import Path

from fakes import tiny_catalog

from bot.transcripts import read_transcripts
from finetune.redial_forms import with_forms

DIALOGUE = {
    "conversationId": "7",
    "initiatorWorkerId": 1,
    "respondentWorkerId": 2,
    "movieMentions": {},
    "messages": [
        {"senderWorkerId": 1, "text": "Something funny?"},
        {"senderWorkerId": 2, "text": "How about this one?"},
        {"senderWorkerId": 1, "text": "Great, thanks"},
    ],
    "initiatorQuestions": {
        "superbad-2007": {"suggested": 1, "seen": 1, "liked": 1},
        "it-2017": {"suggested": 1, "seen": 0, "liked": 0},
        "up-2009": {"suggested": 1, "seen": 2, "liked": 2},
        "unknown": {"suggested": 1, "seen": 1, "liked": 1},
    },
}


def test_forms_are_pressed_after_the_last_message(tmp_path: Path) -> None:
    file = tmp_path / "talks.jsonl"
    empty = {**DIALOGUE, "conversationId": "8", "initiatorQuestions": []}
    file.write_text(json.dumps(DIALOGUE) + "\n" + json.dumps(empty) + "\n")
    catalog = tiny_catalog()
    found = read_transcripts(file, "redial", catalog).transcripts
    told, silent = with_forms(found, file, catalog)
    assert [m.feedback for m in told.messages[:-1]] == [(), ()]
    assert told.messages[-1].feedback == (
        ("superbad-2007", "like", None),
        ("superbad-2007", "seen", None),
        ("it-2017", "dislike", None),
    )
    assert silent == found[1]
