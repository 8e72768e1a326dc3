"""Turns what the rules found in a message into the numbers that the trained heads read."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.clause_kinds import clause_kind
from bot.conversation import Background
from bot.intents import Reading, patterns_in
from bot.masking import Masked
from bot.mentions import Mention
from bot.opinions import Opinion
from bot.plain_text import PlainText
from bot.understanding import INTENTS, Intent, Request
from bot.word_lists import sections
from retrieval.signals import Signal

_LETTERS = "IEPGFRX"
_KINDS = ("item", "facet", "range", "text")
_CLAUSES = ("request", "factual", "you", "statement")
_CONTEXT = 400  # characters kept of what the assistant said last; its end tells the most

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hints:
    """One message as the rules read it, before any head has its say.

    `named` are the targets, `opinions` what the rules make of them and of phrases, `signals` what
    comes of that, and `intents` those of the rules.
    """

    request: Request
    plain: PlainText
    masked: Masked
    known: Background
    named: tuple[Mention, ...]
    opinions: tuple[Opinion, ...]
    signals: tuple[Signal, ...]
    reading: Reading
    intents: tuple[Intent, ...]


def context_of(request: Request) -> str:
    """What the assistant said since the user last spoke, in one line, its end kept."""
    said: list[str] = []
    earlier = list(request.messages[:-1])
    while earlier and earlier[-1].role == "user":
        earlier.pop()
    while earlier and earlier[-1].role == "assistant":
        said.append(earlier.pop().text)
    return " ".join(reversed(said))[-_CONTEXT:]


def _capped(count: int, most: int = 3) -> float:
    return min(count, most) / most


def message_features(hints: Hints) -> Vector:
    """(f,) numbers about the whole message: rules, patterns, mentions, verdicts, place."""
    known, plain, reading = hints.known, hints.plain, hints.reading
    found = patterns_in(hints.masked.text)
    values = [float(intent in hints.intents) for intent in INTENTS]
    values += [float(name in found) for name in sections("intents")]
    marked = [m for m in hints.masked.text if m in _LETTERS]
    values += [_capped(marked.count(kind)) for kind in _LETTERS]
    for kind in _KINDS:
        signs = [s.polarity > 0 for s in hints.signals if s.kind == kind and s.signed]
        values += [_capped(signs.count(True)), _capped(signs.count(False))]
    values.append(float(any(o.seen for o in hints.opinions)))
    values.append(float(any(o.seen is False for o in hints.opinions)))
    for polarities in (reading.tastes, reading.verdicts):
        values += [float(any(p > 0 for p in polarities)), float(any(p < 0 for p in polarities))]
    values += [
        float(known.expected > 0), float(known.expected < 0), float(known.explaining),
        float(known.asks == "seen"), float(known.asks == "liked"), float(bool(known.question)),
        float(known.title_expected), float(known.requested_before),
        float(known.suggested_before), _capped(len(known.discourse.fresh)),
        _capped(len(known.discourse.slate)), float(known.discourse.current is not None),
    ]  # fmt: skip
    earlier = [m.role for m in hints.request.messages[:-1]]
    values += [
        _capped(earlier.count("user")), float(not earlier), float(earlier[-1:] == ["user"]),
        float(reading.asked), float(plain.lower.rstrip().endswith("?")), float("!" in plain.lower),
        min(4.0, math.log1p(len(plain.words))) / 4, float(len(plain.words) <= 2),
        float(len(plain.words) <= 4), _capped(len(re.findall(r"[.!?]+(?:\s|$)", plain.lower))),
    ]  # fmt: skip
    return np.array(values, np.float32)


def word_features(hints: Hints) -> Vector:
    """(words, g) numbers about each word: what the rules hold it for, and its clause."""
    masked, plain = hints.masked, hints.plain
    letters: dict[int, str] = {}
    for position, mention in masked.at.items():
        letters |= dict.fromkeys(range(mention.start, mention.end), masked.text[position])
    phrases: dict[int, float] = {}
    for opinion in hints.opinions:
        mention = opinion.mention
        if mention.kind == "text":
            phrases |= dict.fromkeys(range(mention.start, mention.end), opinion.stance.polarity)
    rows = []
    for word in plain.words:
        letter, polarity = letters.get(word.start, ""), phrases.get(word.start)
        kind = clause_kind(masked, masked.clause_at(word.start))
        rows.append(
            [float(letter == known) for known in _LETTERS]
            + [
                float(polarity is not None), float((polarity or 0) > 0.15),
                float((polarity or 0) < -0.15), hints.known.expected, float(hints.known.explaining),
            ]
            + [float(kind == known) for known in _CLAUSES]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), WORD_FEATURES)


def opinion_features(hints: Hints, opinion: Opinion) -> Vector:
    """(h,) numbers about one opinion of the rules: its target, its stance, what was asked."""
    mention, stance = opinion.mention, opinion.stance
    kinds = [float(mention.kind == kind) for kind in _KINDS]
    return np.array(
        [
            *kinds, float(mention.pronoun), float(mention.plural), mention.sure,
            float(mention.field == "person"), float(mention.refused), stance.polarity,
            float(stance.polarity > 0.15), float(stance.polarity < -0.15), stance.confidence,
            float(stance.explicit), float(opinion.seen is True), float(opinion.seen is False),
            hints.known.expected, float(hints.known.explaining),
            float(hints.known.asks == "seen"), float(hints.known.asks == "liked"),
            float("?" in opinion.sentence), float(hints.reading.asked),
            float("social" in hints.intents), float("question" in hints.intents),
            float(bool(set(mention.rows) & set(hints.known.discourse.fresh))),
        ],
        np.float32,
    )  # fmt: skip


WORD_FEATURES = len(_LETTERS) + 5 + len(_CLAUSES)
OPINION_FEATURES = 25


def message_feature_names() -> Sequence[str]:
    """What each of the message's numbers says; saved with the weights and compared on loading."""
    return [
        *(f"rule {i}" for i in INTENTS), *(f"pattern {s}" for s in sections("intents")),
        *(f"marks {c}" for c in _LETTERS), *(f"{k} {s}" for k in _KINDS for s in "+-"),
        "seen", "unseen", "taste +", "taste -", "verdict +", "verdict -", "expected +",
        "expected -", "explaining", "asks seen", "asks liked", "asked by assistant",
        "title expected", "requested before", "suggested before", "fresh", "slate", "current",
        "user messages", "first", "goes on", "asked", "ends asking", "exclaims", "length",
        "two words", "four words", "sentences",
    ]  # fmt: skip
