"""What each kind of feedback proves, and how several about one item become a single rating."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.events import FeedbackGiven
from bot.feedback import feedback_signal
from bot.session import Feedback
from bot.understanding import Understanding
from finetune.example_values import Opinion, RatingExample, Talk
from retrieval.signals import Signal
from retrieval.taste import IMPLICIT


@dataclass(frozen=True, slots=True)
class Proof:
    """How a kind of feedback counts: the opinion it stands for in [-1, 1], and its weight."""

    value: float
    weight: float


# Explicit above implicit, and a choice above a like: who chooses has compared. A rating's value
# is (r - 3) / 2. What the row says holds for one act; several are averaged by weight.
PROOFS: Mapping[str, Proof] = {
    "chosen": Proof(1.0, 1.0),  # taken from a slate, against the others in it
    "never": Proof(-1.0, 1.0),  # a hard refusal
    "rating": Proof(0.0, 0.9),  # the value comes with it
    "like": Proof(1.0, 0.8),
    "dislike": Proof(-1.0, 0.8),
    "text": Proof(0.0, 0.6),  # said in words: meant, but read by a model
    "purchased": Proof(1.0, 0.5),  # surest of the implicit ones, yet people buy gifts
    "link": Proof(0.5, 0.2),
    "dwell": Proof(0.5, 0.15),  # at a minute; less for less
    "opened": Proof(0.5, 0.1),
    "not_now": Proof(-0.2, 0.1),  # about the evening more than about the item
    "seen": Proof(0.0, 0.05),  # known, no opinion: the recommendation was no news
}
UNREACTED = 0.5  # of somebody else's recommendation that nobody reacted to; of our own nothing
CERTAIN = 0.2  # a rating beyond this, times its weight, is taken for an opinion


def of_feedback(given: Feedback, place: int) -> Opinion:
    """The opinion that a button press or an implicit act stands for."""
    item_id, kind, value = given
    signal = feedback_signal(FeedbackGiven("", "", item_id, kind, value))
    proof = PROOFS[kind]
    said = signal.polarity if kind == "rating" else proof.value
    # Only a dwell's confidence depends on its value; at full length it is 0.3.
    weight = proof.weight * (signal.confidence / 0.3 if kind == "dwell" else 1.0)
    return Opinion(item_id, said, weight, place, kind, kind not in IMPLICIT)


def of_words(signals: Iterable[Signal], place: int) -> list[Opinion]:
    """The opinions on items that a message held, as they were understood."""
    weight = PROOFS["text"].weight
    return [
        Opinion(s.item_id, s.polarity, weight * s.confidence, place, "text", True)
        for s in signals
        if s.kind == "item" and s.item_id is not None and s.signed
    ]


def of_understanding(understanding: Understanding | None, place: int) -> list[Opinion]:
    """The same from a whole understanding, none where there is none."""
    return [] if understanding is None else of_words(understanding.signals, place)


def ratings(talk: Talk) -> list[RatingExample]:
    """One rating an item: the mean of its opinions by weight, the explicit ones alone if any.

    Of one kind of act only the last counts: who liked and then disliked has changed their mind.
    """
    last: dict[str, dict[str, Opinion]] = defaultdict(dict)
    for opinion in sorted(talk.opinions, key=lambda o: o.place):
        kind = "button" if opinion.source in ("like", "dislike", "never") else opinion.source
        last[opinion.item_id][kind] = opinion
    found = []
    for item_id, by_kind in sorted(last.items()):
        told = [o for o in by_kind.values() if o.explicit and o.value != 0]
        used = told or list(by_kind.values())
        total = sum(o.weight for o in used)
        if total > 0:
            mean = sum(o.value * o.weight for o in used) / total
            found.append(
                RatingExample(talk.user, talk.conversation, item_id, mean, min(1.0, total))
            )
    return found
