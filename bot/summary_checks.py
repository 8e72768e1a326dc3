"""The checks on a taste or an item put in words: nothing but the note's facts, each its way round.

A note for these is `Profile: likes a, [1]; refuses b; in French` or
`Describe: a crime novel; revenge, harbour; from Chile; reviewers say: too long`.
"""

from __future__ import annotations

import re
from itertools import pairwise

from bot.reply_checks import (
    ALLOWED_SIGNS,
    BRACKETS,
    CLUMSY,
    LEAK,
    PROMISE,
    TOLD,
)
from bot.titles import NUMBER
from bot.voice_words import COMMON, stem, stems, words

MAX_WORDS = 40

_GLUE = stems(["reviewers whereas yet"])
_CLAUSE = re.compile(
    r"[.;:!?]+|, and\b| and (?=you\b)|(?<!anything),? \b(?:but|while|whereas|yet|though|although|"
    r"except|provided|as long as|so long as)\b",
    re.I,
)
_DENIAL = re.compile(
    r"\b(?:not?|never|anything but|little|closed|without|none|nothing|nor|neither|refus\w+|"
    r"skip\w*|avoid\w*|leav\w+|left|stay\w*|against|away|out|off|hardly|less|least|"
    r"far from|stop\w*|instead|rather than|\w+n't|cannot|wrong)\b",
    re.I,
)
_EMPTY = stems(["of a an and in the for on to with"])


def summary_fault(noun: str, note: str, text: str) -> str:
    """Why a tidied text may not stand for its note, in one word; "" where it may."""
    if _broken(text):
        return "shape"
    for name, pattern in (("leak", LEAK), ("promise", PROMISE), ("memory", TOLD)):
        if pattern.search(text):
            return name
    if _clumsy(text):
        return "clumsy"
    if not stems([NUMBER.sub("", text)]) <= COMMON | stems([note, noun]) | _GLUE:
        return "ungrounded"
    if _strange_name(note, text):
        return "name"
    kind, _, facts = note.partition(": ")
    return _profile(facts, text) if kind == "Profile" else _description(facts, text)


def _broken(text: str) -> bool:
    digits = any(c.isdigit() for c in NUMBER.sub("", text))
    signs = ALLOWED_SIGNS.sub("", text) or BRACKETS.search(text)
    return not text or len(text.split()) > MAX_WORDS or digits or bool(signs)


def _clumsy(text: str) -> bool:
    pairs = list(pairwise(re.findall(r"\w+", text.lower())))
    marks = NUMBER.findall(text)
    return len(set(pairs)) < len(pairs) or len(set(marks)) < len(marks) or bool(CLUMSY.search(text))


def _strange_name(note: str, text: str) -> bool:
    known = {w.lower() for w in words(note)}
    starts = [words(NUMBER.sub(" x ", s)) for s in re.split(r"[.!?]+\s+", text)]
    inner = [w for found in starts for w in found[1:] if w[0].isupper()]
    return any(w.lower() not in known and not re.match(r"I('|$)", w) for w in inner)


def _profile(facts: str, text: str) -> str:
    """Every like and every refusal is said, and each on its side."""
    found = {s.split(" ", 1)[0]: s.split(" ", 1)[1] for s in facts.split("; ") if " " in s}
    likes = found.get("likes", "").split(", ") if "likes" in found else []
    refused = found.get("refuses", "").split(", ") if "refuses" in found else []
    if set(NUMBER.findall(text)) != set(NUMBER.findall(", ".join((*likes, *refused)))):
        return "number"
    clauses = [c for c in _CLAUSE.split(text) if c.strip()]
    for entry, denied in [(e, False) for e in likes] + [(e, True) for e in refused]:
        heard = [_denied(clause, at) for clause in clauses for at in _places(entry, clause)]
        if not heard:
            return "missing"
        if any(h != denied for h in heard):
            return "polarity"
    return ""


def _places(entry: str, clause: str) -> list[int]:
    """Where a clause holds an entry, all its words, as the position of the first of them."""
    if entry.startswith("["):
        return [clause.index(entry)] if entry in clause else []
    wanted = stems([entry]) - _EMPTY
    spans = [(m.start(), stem(m[0])) for m in re.finditer(r"[^\W\d_]+", clause)]
    if not wanted <= {s for _, s in spans}:
        return []
    return [min(at for at, s in spans if s in wanted)]


def _denied(clause: str, at: int) -> bool:
    """Whether a clause denies what stands at a place: before it, or after it with no like between.

    "jazz without saxophone" likes jazz; "documentaries you refuse" denies what goes before.
    """
    before = [m for m in _DENIAL.finditer(clause) if m.end() <= at]
    if before:
        return True
    after = [m for m in _DENIAL.finditer(clause) if m.start() > at]
    return any(not re.match(r"without|no\b|nothing|rather", m[0], re.I) for m in after)


def _description(facts: str, text: str) -> str:
    """A fact is said, no number is, and what reviewers say is said to be theirs."""
    if NUMBER.search(text):
        return "number"
    own, _, said = facts.partition("reviewers say: ")
    if not (stems([own]) - COMMON - _EMPTY) & stems([text]):
        return "missing"
    theirs = stems([said]) - stems([own]) - COMMON
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if stems([sentence]) & theirs and not re.search(r"\breviewers?\b", sentence, re.I):
            return "polarity"
    return ""
