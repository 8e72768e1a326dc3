"""Labelled messages as people type them in a hurry: misspelt, in one case, without punctuation."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from retrieval.signals import normalise

Case = Mapping[str, Any]  # as in `understander_data`
Span = tuple[int, int]

_WORD = re.compile(r"[^\W\d_]+")
_MARK = re.compile(r"(?<=\w)[.,!?;:]+(?=\s|$)")  # not the point of 7.5
_KEPT = 4  # first letters that no typo touches: labels find the words of a phrase by these
_TYPO, _DROP = 0.12, 0.7  # of a word, of a mark


def augmented_text(
    text: str, spans: Sequence[Span], seed: int, kept: Set[str] = frozenset()
) -> tuple[str, list[Span]]:
    """`text` with typos and the like, and where each span [start, end) of it has come to lie.

    Words whose normal form is in `kept` are never misspelt. The same seed gives the same text.
    """
    draw = random.Random(seed)
    pieces = list(text)  # what stands for each character, so that spans can follow
    for word in _WORD.finditer(text):
        chance = draw.random()
        if len(word[0]) > _KEPT and chance < _TYPO and normalise(word[0]) not in kept:
            _misspell(pieces, word.start() + _KEPT, word.end(), draw)
    if draw.random() < 0.5:
        for mark in _MARK.finditer(text):
            if draw.random() < _DROP:
                pieces[mark.start() : mark.end()] = [""] * len(mark[0])
    turn = draw.choices((None, str.lower, str.upper), (0.5, 0.4, 0.1))[0]
    if turn is not None:
        pieces = [turn(p) if len(turn(p)) == len(p) else p for p in pieces]
    ends = [0]
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    return "".join(pieces), [(ends[start], ends[end]) for start, end in spans]


def _misspell(pieces: list[str], start: int, end: int, draw: random.Random) -> None:
    at = draw.randrange(start, end)
    kind = draw.choice(("drop", "double", "swap"))
    if kind == "swap" and at + 1 < end:
        pieces[at], pieces[at + 1] = pieces[at + 1], pieces[at]
    else:
        pieces[at] = "" if kind == "drop" else pieces[at] * 2


def augmented_case(case: Case, seed: int) -> Case:
    """The case with its last message varied, evidence and phrases as they are written there.

    Titles and names keep their spelling, for labels link by these; evidence that the message does
    not hold word for word stays as it is.
    """
    *before, last = case["messages"]
    text = last["text"]
    found = [
        (place, key, span)
        for place, signal in enumerate(case["signals"])
        for key in (("evidence", "value") if signal["kind"] == "text" else ("evidence",))
        if (span := _span(text, signal.get(key))) is not None
    ]
    varied, spans = augmented_text(text, [span for *_, span in found], seed, _names(case))
    signals = [dict(signal) for signal in case["signals"]]
    for (place, key, _), (start, end) in zip(found, spans, strict=True):
        signals[place][key] = varied[start:end]
    return {**case, "messages": [*before, {**last, "text": varied}], "signals": signals}


def _span(text: str, part: str | None) -> Span | None:
    match = re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE) if part else None
    return match.span() if match else None


def _names(case: Case) -> frozenset[str]:
    names = [s["title"] for s in case["signals"] if s["kind"] == "item"]
    names += [s["value"] for s in case["signals"] if s["kind"] == "facet"]
    names += case.get("shown", ())
    return frozenset(word for name in names for word in normalise(name).split())
