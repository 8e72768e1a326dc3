"""A site at toy size: films of three hidden kinds, conversations of known taste, random models."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tiny_encoder import save_tiny_encoder
from tiny_llm import save_tiny_llm

from bot.settings import Settings

KINDS, PER_KIND = 3, 14  # film k is of the kind k % 3, which only conversations tell
CHATTER = (
    "today my sister came home late after work and we want to sit down with tea while rain falls on"
    " the old roof so please tell us what could fit such an evening because nobody here knows where"
    " one should begin when every shelf looks alike and time is short before sleep takes over again"
).split()


def make_site(folder: Path, *, conversations: int = 120, llm: bool = False) -> Settings:
    """Write catalogue, conversations and models under `folder`; the settings that serve them.

    The conversations are `talks.jsonl` of the format `messages`: who names one film
    is given two others of the same kind and takes them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    films = [_film(k) for k in range(KINDS * PER_KIND)]
    _write(folder / "films.jsonl", films)
    rng = random.Random(5)
    _write(folder / "talks.jsonl", [_talk(n, rng) for n in range(conversations)])
    words = {w for f in films for w in json.dumps(f).replace('"', " ").split()}
    encoder = save_tiny_encoder(folder / "encoder", [*words, "love", "films", "like", "great"])
    return Settings(
        home=folder / "home",
        catalog=folder / "films.jsonl",
        encoder=str(encoder),
        llm=str(save_tiny_llm(folder / "llm")) if llm else "plain",
    )


def _film(number: int) -> dict[str, object]:
    return {
        "id": f"f{number}",
        "title": f"Film Number{number}",
        "year": 1980 + number,
        "genres": ["drama"],
        "directors": [f"Director {chr(65 + number % 7)}ay"],
        "description": "People meet and part.",
    }


def _talk(number: int, rng: random.Random) -> dict[str, object]:
    kind = rng.randrange(KINDS)
    a, b, c = rng.sample([k for k in range(KINDS * PER_KIND) if k % KINDS == kind], 3)
    chatter = " ".join(rng.sample(CHATTER, 14))  # nobody says word for word what others say
    said = [
        ("user", f"I love films like Film Number{a}. {chatter}", [f"f{a}"]),
        ("assistant", f"Have you seen Film Number{b}?", [f"f{b}"]),
        ("user", f"No, but it sounds good, {' '.join(rng.sample(CHATTER, 5))}", []),
        ("assistant", f"Then try Film Number{c} too", [f"f{c}"]),
        ("user", "Great, thank you", []),
    ]
    messages = [
        {"role": role, "text": text, "items": items, "speaker": f"{role} {number}"}
        for role, text, items in said
    ]
    return {"id": f"talk-{number}", "messages": messages}


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
