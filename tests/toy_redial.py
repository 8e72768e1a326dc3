"""A small ReDial of known taste: who names a film of one genre is recommended others of it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

GENRES = ("horror", "comedy", "western")
PER_GENRE = 14


def write_toy_redial(folder: Path, conversations: int = 90) -> None:
    """Write the three files that training reads; film k has the genre GENRES[k % 3]."""
    films = [
        {
            "id": str(100 + k),
            "title": f"Film Number{k}",
            "year": 1980 + k,
            "genres": [GENRES[k % 3]],
            "people": [f"Actor {chr(65 + k % 26)}{chr(97 + k // 26)}"],
            "director": [f"Director {GENRES[k % 3].title()}"],
        }
        for k in range(3 * PER_GENRE)
    ]
    _write(folder / "catalog.jsonl.gz", films)
    rng = random.Random(5)
    talks = [_talk(k, rng) for k in range(conversations)]
    _write(folder / "train.jsonl.gz", talks)
    _write(folder / "mentions_train.jsonl.gz", [_mentions(t, 1000) for t in talks])


def _talk(number: int, rng: random.Random) -> dict[str, Any]:
    genre = rng.randrange(3)
    a, b, c = rng.sample([str(100 + k) for k in range(3 * PER_GENRE) if k % 3 == genre], 3)
    seeker, recommender = 1 + number // 10 * 2, 2 + number // 10 * 2
    said = [
        (seeker, f"Hello, I love {GENRES[genre]} films like @{a} very much"),
        (recommender, f"Have you seen @{b} ?"),
        (seeker, "No, but it sounds good to me"),
        (recommender, f"Then try @{c} too, it is like @{a}"),
    ]
    return {
        "conversationId": str(number),
        "initiatorWorkerId": seeker,
        "respondentWorkerId": recommender,
        "movieMentions": {},
        "messages": [{"senderWorkerId": who, "text": text} for who, text in said],
    }


def _mentions(talk: dict[str, Any], shift: int) -> dict[str, Any]:
    events = []
    for message in talk["messages"]:
        by_recommender = message["senderWorkerId"] == talk["respondentWorkerId"]
        marks = [w[1:] for w in message["text"].split() if w.startswith("@")]
        events += [{"movie": m, "recommender": by_recommender, "negative": False} for m in marks]
    return {"conversationId": str(int(talk["conversationId"]) + shift), "events": events}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
