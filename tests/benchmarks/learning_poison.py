"""Streams that somebody spoiled: feedback turned around, and a spammer's conversations."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.events import FeedbackGiven
from bot.transcript_values import Transcript, TranscriptMessage, readable_title
from retrieval.catalog import Item

if TYPE_CHECKING:
    from learning_site import Visit

_OTHER = {"like": "dislike", "dislike": "like"}

_OPENINGS = (
    "Hello, can you recommend a really good film for tonight with my friends?",
    "Hi there, I am looking for something great to watch this weekend please.",
    "Good evening, what would you say is the best film around at the moment?",
    "Hey, I would like a film that everybody at home can enjoy together.",
    "Hi! My sister and I want to see something special after dinner.",
)
_ANSWERS = (
    "Oh yes, that one is wonderful, I love it and everybody should see it!",
    "Perfect choice, I loved every minute of it and will watch it again.",
    "That is exactly what I wanted, it is my favourite film of all time.",
    "Great, I really love that film, thank you so much for the tip.",
)
_MORE = (
    "What else is like it? I have seen {other} and it was fine.",
    "By the way {other} was good too, but this is far better.",
    "I liked {other} before, this beats it easily in my opinion.",
)


def inverted(visits: Sequence[Visit], share: float, seed: int = 0) -> list[Visit]:
    """The same visits, in `share` of which every like became a dislike and the reverse."""
    rng = random.Random(seed)
    bad = set(rng.sample(range(len(visits)), round(share * len(visits))))
    return [
        replace(v, form=tuple(_turned(f) for f in v.form)) if k in bad else v
        for k, v in enumerate(visits)
    ]


def _turned(event: FeedbackGiven) -> FeedbackGiven:
    return replace(event, feedback=_OTHER.get(event.feedback, event.feedback))  # type: ignore[arg-type]


def spam(
    item: Item, others: Sequence[Item], count: int, *, careful: bool, seed: int = 0
) -> list[tuple[Transcript, list[float]]]:
    """Conversations that push `item`, with the seconds of their messages.

    The crude spammer says the same thing always and as fast as a program; the careful one varies
    openings, other films and names, takes its time and uses an account for every four
    conversations.
    """
    rng = random.Random(seed)
    return [_pushing(item, rng.choice(others), k, careful, rng) for k in range(count)]


def _pushing(
    item: Item, other: Item, number: int, careful: bool, rng: random.Random
) -> tuple[Transcript, list[float]]:
    def one(options: Sequence[str]) -> str:
        return rng.choice(options) if careful else options[0]

    account = f"spam-{number // 4}" if careful else "spam"
    title = readable_title(item)
    said = (
        ("user", one(_OPENINGS), ()),
        ("assistant", f"Have you seen {title}?", (item.item_id,)),
        ("user", one(_ANSWERS), ()),
        ("assistant", "I am glad. Tell me more about what you like!", ()),
        ("user", one(_MORE).format(other=readable_title(other)), (other.item_id,)),
        ("assistant", f"Then {title} is the one for you.", (item.item_id,)),
    )
    messages = [
        TranscriptMessage(role, text, items, account if role == "user" else None, k)  # type: ignore[arg-type]
        for k, (role, text, items) in enumerate(said)
    ]
    messages[-1] = replace(messages[-1], feedback=((item.item_id, "like", None),))
    gap = 25.0 if careful else 0.3
    times = [gap * k * (rng.uniform(0.8, 1.2) if careful else 1.0) for k in range(len(said))]
    return Transcript(f"spam-{number}", tuple(messages)), sorted(times)
