"""Reads what a message wants to do: seek, refine, accept, ask why, correct the profile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.understanding import Intent
from bot.word_lists import any_of, sections

_PATTERNS = {name: re.compile(any_of("intents", name)) for name in sections("intents")}
_THANKED = re.compile(
    r"\b(?:thanks|thank you|thx)(?: so much| a lot)? for (?:the |your |all (?:the |your )?)?"
    r"(?:\w+ )?(?:suggestion|recommendation|help|info|idea)s?"
)
_PARTING = re.compile(
    r"\b(?:(?:it|this)(?:'s| was| is)? )?(?:so |very |really |been )*(?:great|nice|good|fun|lovely|"
    r"a pleasure) (?:chatting|talking|speaking|meeting|to (?:chat|talk|speak|meet))\b"
)
_CHANGE = re.compile(
    r"^\W*(?:(?:ok|okay|hmm|well|actually|but|and|maybe)\W+)*(?:more|less|newer|"
    r"older|shorter|longer|actually|instead|make it|nothing|not too|no more)\b"
)
_BARE = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|maybe|not (?:sure|"
    r"really|yet)|i (?:do|did|have|haven'?t|don'?t|didn'?t)|never|both|"
    r"either|idk|i don'?t know|hmm+|right|true|of course|correct|exactly|"
    r"absolutely|definitely|g|k)\b\W*(?:i (?:do|did|have|haven'?t|don'?t|"
    r"didn'?t)\W*)?$"
)


_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|oh|well|yes|no)\W+)*(?:who|what(?! an? )|when|"
    r"where|which|how|is|does|did|are there|have you|do you|did you)\b"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the intents are decided from: masked text, what was found, and where the talk stands.

    `tastes` are the polarities of signals on anything but the items that the assistant suggested,
    `verdicts` those on the suggested items. `asked` says that the message has a question mark.
    """

    text: str
    asked: bool
    tastes: Sequence[float]
    verdicts: Sequence[float]
    requested_before: bool
    suggested_before: bool


def asks(text: str) -> bool:
    """Whether a text asks, by its mark or by how it begins."""
    return "?" in text or bool(_ASKS.match(text.lower()))


def is_attack(lower: str) -> bool:
    """Whether a text tries to instruct the system."""
    return _says("attack", lower)


def says_feedback(text: str) -> bool:
    """Whether a masked text describes what was seen or heard."""
    return _says("feedback", text)


def patterns_in(text: str) -> frozenset[str]:
    """The kinds of wording, by their section in the word list, that a masked text holds."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


def _says(name: str, text: str) -> bool:
    return bool(_PATTERNS[name].search(text))


def intents_of(reading: Reading) -> tuple[Intent, ...]:
    """One or more intents, the most telling first."""
    text = reading.text
    if _says("profile", text):
        return ("profile",)
    if _BARE.match(text):
        return ("other",)
    found: list[Intent] = ["why"] if _says("why", text) else []
    reading = replace(reading, text=_PARTING.sub("", text))
    if not found:
        found += _wishes(reading)
        found += _reactions(reading, bool(found))
    sought = bool({"seek", "refine"} & set(found))
    if reading.asked and not sought and "why" not in found and _says("question", text):
        found.append("question")
    if found:
        return tuple(dict.fromkeys(found))
    if _says("social", text):
        return ("social",)
    return ("question",) if reading.asked else ("other",)


def _wishes(reading: Reading) -> list[Intent]:
    """seek or refine: an outright request, or a statement of taste."""
    text = _THANKED.sub("", reading.text)
    sought = _says("seek", text)
    if not sought and not reading.tastes and not (_says("taste", text) and not reading.verdicts):
        return []
    changes = _says("refine", text) or any(polarity < 0 for polarity in reading.tastes)
    if _CHANGE.match(text) or (reading.requested_before and changes):
        return ["refine"]
    return ["seek"]


def _reactions(reading: Reading, sought: bool) -> list[Intent]:
    """accept, reject and feedback on what the assistant suggested, or on what was seen."""
    text = reading.text
    found: list[Intent] = []
    if reading.suggested_before:
        liked = any(polarity > 0 for polarity in reading.verdicts)
        disliked = any(polarity < 0 for polarity in reading.verdicts)
        if _says("accept", text) and not (disliked and not liked):
            found.append("accept")
        elif liked:
            found.append("feedback")
        if disliked or (_says("reject", text) and not liked):
            found.append("reject")
    if not found and not (sought and not reading.suggested_before) and _says("feedback", text):
        found.append("feedback")
    return found
