"""How often the language model's sentences pass, and how fast a reply comes: sixty made-up turns.

    python tests/benchmarks/wording.py [--llm SPEC] [--adapter FOLDER] [--turns 60] [--json FILE]

Patience is long here, so that a loaded machine changes the times and not the shares.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bot.language_model import load_language_model
from bot.moves import Brief, Move, Reason, Shown
from bot.plain_wording import plain_parts
from bot.prompts import fixed_messages, writes
from bot.wording import Limits, word
from retrieval.catalog import Item
from retrieval.catalog_files import builtin_catalog
from retrieval.signals import Signal

REQUESTS = (
    "something like {t} but funnier",
    "I want a {g} tonight",
    "no {b} please, something {k}",
    "I loved {t}",
    "anything {k}?",
    "something with {k}",
    "another one please",
    "my girlfriend hates {b}, what can we watch",
)
SMALL = {
    "greeting": "hi there",
    "thanks": "thanks a lot!",
    "goodbye": "bye",
    "accepted": "great, I'll watch it",
    "rejected": "no, none of these",
}
PATIENT = Limits(first=60, silence=60, whole=120)


def made_briefs(count: int, seed: int = 7) -> list[Brief]:
    """Turns about films of the built-in catalogue: two in ten small talk, one in ten a question."""
    rng = random.Random(seed)
    items = builtin_catalog().items
    return [_brief(rng, items, i % 10) for i in range(count)]


def _brief(rng: random.Random, items: tuple[Item, ...], place: int) -> Brief:
    liked = rng.choice(items)
    genre, keyword = rng.choice(liked.genres), rng.choice(liked.keywords)
    refused = rng.choice([g for g in ("horror", "war", "musical") if g not in liked.genres])
    words = {"t": liked.title, "g": genre, "b": refused, "k": keyword}
    text = rng.choice(REQUESTS).format(**words)
    loves = (Signal("item", 1.0, title=liked.title, item_id=liked.item_id),)
    likes = (*(loves if liked.title in text else ()), Signal("text", 0.8, value=keyword))
    no = Signal("facet", -1.0, hard=True, field="genre", value=refused)
    dislikes = (no,) if refused in text else ()
    if place >= 8:
        topic = rng.choice(list(SMALL))
        move = Move("chat", topic, subject=(liked.item_id,))
        return Brief(move, "film", SMALL[topic], others=(liked,), first_turn=True)
    near = [i for i in items if i is not liked and refused not in i.genres]
    near.sort(key=lambda i: -len({*i.keywords, *i.genres} & {*liked.keywords, *liked.genres}))
    slate = tuple(
        _shown(i, genre, keyword, liked if liked.title in text else None) for i in near[:3]
    )
    asked = tuple(rng.sample(["drama", "comedy", "thriller", "romance"], 3))
    ask = Move("ask", "preference", asked="genre", options=asked)
    move = ask if place == 7 else Move("recommend", "fresh")
    others = (liked,) if liked.title in text else ()
    learned = dislikes
    return Brief(move, "film", text, slate, others, learned, likes, dislikes)


def _shown(item: Item, genre: str, keyword: str, liked: Item | None) -> Shown:
    reasons = [Reason("similar", item_id=liked.item_id)] if liked else []
    reasons += [Reason("facet", value=genre, field="genre")] if genre in item.genres else []
    reasons += [Reason("keyword", value=keyword)] if keyword in item.keywords else []
    return Shown(item, tuple(reasons))


class _Faults(logging.Handler):
    """Counts the faults that the wording logs."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.args:
            self.counts[str(record.args[0])] += 1
        print(f"    ! {record.getMessage()}: {getattr(record, 'sentence', '')}", file=sys.stderr)


def measure(spec: str | None, adapter: Path | None, home: Path, turns: int) -> dict[str, Any]:
    """Word every turn with the model and report shares and times."""
    model = load_language_model(spec, home, adapter)
    assert model is not None, "no model to measure"
    model.start(fixed_messages("film", adapted=model.adapted))
    while not model.ready():
        time.sleep(0.1)
        assert not model.problem(), model.problem()
    faults = _Faults()
    logging.getLogger("bot.wording").addHandler(faults)
    logging.getLogger("bot.wording").setLevel(logging.INFO)
    asked = passed = whole = replies = 0
    first: list[float] = []
    total: list[float] = []
    for brief in made_briefs(turns):
        parts = [p for p in plain_parts(brief) if writes(brief, p)]
        began = time.monotonic()
        pieces = []
        for piece in word(brief, model, limits=PATIENT):
            if not pieces:
                first.append(time.monotonic() - began)
            pieces.append(piece)
        total.append(time.monotonic() - began)
        plain = sum(p.plain for p in pieces)
        asked, passed = asked + len(parts), passed + len(parts) - plain
        replies, whole = replies + 1, whole + (plain == 0)
        print("".join(p.text for p in pieces), file=sys.stderr)
    return {
        "model": model.name,
        "replies": replies,
        "replies_without_plain_wording": whole,
        "parts_asked": asked,
        "parts_passed": passed,
        "faults": dict(faults.counts),
        "first_delta_s": _spread(first),
        "total_s": _spread(total),
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {"median": round(statistics.median(seconds), 2), "p95": round(cuts[-1], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llm")
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "wording-home")
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    result = json.dumps(measure(args.llm, args.adapter, args.home, args.turns), indent=2)
    print(result)
    if args.json:
        args.json.write_text(result + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
