"""Finds verdicts that name no target: "very good", "was bored senseless", "never gets old"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.clause_kinds import clause_kind
from bot.cues import cues_in
from bot.masking import Clause, Masked

# What may stand before the verdict in a clause that judges what was last spoken of.
_OPENING = (
    r"^\W*(?:(?:yes|yeah|yep|yup|no|nah|nope|oh|ok|okay|ooh|wow|well|hmm|haha|lol|omg|aw+|man|and|"
    r"but|so|then|also|honestly|actually|personally|unfortunately|sorry|though|still|again|"
    r"tbh|overall|all in all|i (?:think|guess|thought|found|must say)|guess|for me|to me)\W+)*"
)
_SUBJECT = (
    r"(?:(?:that|this|it|what)(?: one)?(?:'?s| is| was| looks?| looked| sounds?| seems?| has been| "
    r"would be| might be)?|(?:the |good |great )?(?:film|movie|song|track|album|show)"
    r"(?:'?s| is| was)?|i (?:was|am|got|felt)|i'm|im|was|is|looks?|looked|sounds?|"
    r"(?:i )?really|(?:what )?an?|one of|such an?)?"
)
_VERDICT = re.compile(
    rf"{_OPENING}{_SUBJECT}\W*(?:(?:just|so|very|really|pretty|quite|too|all|kind of|kinda|like|be|"
    r"absolutely|totally|truly|simply|super|both|always|such|an?|the|not|n't|been|"
    r"surprisingly|incredibly|extremely|a bit|a little|wasn't|isn't|never|is|was|my)\W+)*"
    r"(?:(?!for\b|with\b|in\b|of\b|if\b|you\b|some\b|any\b|more\b|no\b)\w+\W+)?$"
)
_NOT_OVERALL = re.compile(
    r"^\W+(?:\w+\W+)?(?:acting|actors?|cast|plot|story|ending|soundtrack|music|songs?|score|effects|"
    r"visuals|characters?|scenes?|idea|question|point|luck|day|night|evening|one too|weekend|time|"
    r"suggestions?|recommendations?|actor|actress|director|to know|"
    r"to (?:chat|talk|meet)|thanks|bye|luck|"
    r"in (?:it|that|this|them)|at(?! all)|for (?:the|my) (?:kids|wife|husband))\b"
)
_GREETING = re.compile(
    r"\b(?:you(?:'re| are| were|'ve)?|how are|day|evening|doing|help|helpful|thanks? (?:you )?for|"
    r"chat\w*|talking|i'?m (?:good|great|fine|well)|am (?:good|great|fine|well)|"
    r"good (?:morning|evening|afternoon)|if|(?<!that )(?<!it )would be|i'?d (?:like|love))\b"
)

# "The bullying, not so much": a part of it, judged apart from the whole.
_PART = re.compile(
    r"\b(?:the|its|it's|his|her|their|all that|those|these)\s+(?!whole|film|movie|song|track|album|"
    r"show|book|rest|one|first|second|third|last|other|result|answer|title)\w+\W+$"
)

# "Cool. Thanks for the help": an interjection, no verdict.
_INTERJECTION = re.compile(r"\W*(?:ok|okay|oh|yes)?\W*(?:cool|great|good|nice|awesome|perfect)\W*")


@dataclass(frozen=True, slots=True)
class LooseVerdict:
    """A verdict at [start, end) of a masked text, with its polarity in [-1, 1]."""

    start: int
    end: int
    polarity: float


def loose_verdicts(masked: Masked) -> list[LooseVerdict]:
    """The overall verdict of each clause that names nothing, in order."""
    found: list[LooseVerdict] = []
    for clause in masked.clauses:
        named = any(clause.start <= position < clause.end for position in masked.at)
        verdict = None if named else _verdict(masked, clause)
        if verdict is not None:
            found.append(verdict)
    return found


def _verdict(masked: Masked, clause: Clause) -> LooseVerdict | None:
    text = masked.text[clause.start : clause.end]
    if clause_kind(masked, clause) != "statement" or _GREETING.search(text):
        return None
    if clause.question and "," not in text:
        return None
    if _INTERJECTION.fullmatch(text) and "thank" in masked.text:
        return None
    verdict: LooseVerdict | None = None
    for cue in cues_in(text):
        opened = bool(_VERDICT.match(text[: cue.start]))
        if cue.role not in ("after", "both") or abs(cue.polarity) <= 0.15 or not opened:
            continue
        if not _NOT_OVERALL.match(text[cue.end :]) and not _PART.search(text[: cue.start]):
            start, end = clause.start + cue.start, clause.start + cue.end
            verdict = LooseVerdict(start, end, 0.8 * cue.polarity)
    return verdict
