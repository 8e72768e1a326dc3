"""Decides the opinion on each mention of a message by rules: cues, negation, contrast."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from bot.clause_kinds import clause_kind, spoken_by_others
from bot.cues import Cue, cues_in
from bot.governing import ASPECT, governing
from bot.masking import Clause, Masked
from bot.mentions import Mention
from bot.ordinary import ANSWER_WORDS

_ASPECT_BEFORE = re.compile(
    rf"\b{ASPECT}\s+(?:\w+\s+)?(?:in|of|from|on|was|is|were|"
    rf"are)\s+(?:the\s+)?$"
)
_ASPECT_AFTER = re.compile(rf"^(?:'s)?\s+(?:\w+\s+)?{ASPECT}\b")
_ASPECT_SUBJECT = re.compile(
    rf"\b{ASPECT}(?:\s+(?:in|of)\s+(?:the )?[A-Z])?\s+(?:was|"
    rf"is|were|are|looked|sounded)\b"
)
_LIKE_THEN = re.compile(
    r"(?:\blike|similar to|such as|along the lines of|vein of|style "
    r"of)\W+(?:the |some )?(?:[A-Z]\W+(?:and |or |the )*)*$"
)
_UNLIKE = re.compile(
    r"\b(?:sounds?|looks?|looked|is|was|it'?s|be|feel|feels|felt|kind of|not|nothing|"
    r"n't|anything but)\s+(?:\w+\s+)?like\W+(?:the )?(?:[A-Z]\W+(?:and "
    r"|or )?)*$"
)


_TAKEN = re.compile(
    r"(?:(?:ok|okay|oh|so|and|well|hmm|alright|sure|great|perfect|maybe|fine|let's|lets|do|the) )*"
    r"(?:yes|yeah|yes please|please|then|next|next then|it is|it is then|first|sounds good|"
    r"for sure|definitely|absolutely|all the way|any day|every time|always|for me|tonight|it'll be|"
    r"hell yes|hell yeah|god yes|obviously|of course|i guess then|wins)(?: (?:please|then|thanks))*"
)
_ALL_TAKEN = re.compile(
    r"(?:(?:ok|okay|yes|yeah|oh|please|sure|thanks|great|good|and|i'll take) ?)*"
)
_LEFT = re.compile(
    r"(?:(?:and|but|so|the|oh|hmm|well|sorry) )*(?:no|nope|nah|no thanks|no thank you|pass|"
    r"hard pass|hell no|god no|never|not|ugh|yuck|meh|absolutely not|definitely not|not really|"
    r"no way)"
)
# Said, but not meant as the user's own opinion now.
_SUPPOSED = re.compile(
    r"\b(?:hypothetically|suppose (?:i|we|that)|pretend|imagine i|"
    r"if i (?:liked?|loved?|hated?|said|were|was)|"
    r"(?:can'?t|couldn'?t|cannot) decide (?:if|whether)|"
    r"not sure (?:if|whether) i|"
    r"i should (?:be|like|love)|should i (?:like|love)|(?:did|do|would) i (?:like|love|hate)|"
    r"(?:someone|anyone|people|somebody|anybody) (?:who|that)|"
    r"(?:my|his|her|our) \w+ calls)\b[^.!\n]*$"
)
_MEANT = re.compile(r"\bi (?:just |actually |only )?meant\b(?! to\b)")
_ABOVE_ALL = re.compile(r"\b(?:especially|particularly|above all|most of all)\W+(?:the )?$")
_COMPARED = re.compile(r"\b(?:better|worse|more|less|\w+er) than\W+(?:the |an? )?$")
_KIND_OF = re.compile(r"\b[A-Z],? (?:which|that|it) ?(?:is|was|'s) (?:an? )?(?:\w+ )?$")
_TELLS = re.compile(
    r"\b(?:hated|loved|said|says|thinks?|shook|showed|plays|wrote|sang|met|looks|looked|"
    r"carries|writing|made|makes|carried|kept|keeps|married|turns|turned)\b"
)
_REMARK = re.compile(r"^E(?:'s|\s+is)\s+(?:so |very |really |pretty )?interesting$")


@dataclass(frozen=True, slots=True)
class Stance:
    """An opinion on one target: polarity in [-1, 1] (0: none), confidence, and the cue's span."""

    polarity: float
    confidence: float = 0.5
    start: int = 0
    end: int = 0
    explicit: bool = False


class StanceReader(Protocol):
    """Decides the opinion on the mention at one masked position."""

    def stance(self, masked: Masked, position: int, expected: float) -> Stance:
        """`expected` is the sign that the assistant's last question gives to a bare answer."""
        ...


class RuleStance:
    """The stance by rules, without any model."""

    def stance(self, masked: Masked, position: int, expected: float) -> Stance:
        """Read the cue that governs the position, else what the kind of clause implies."""
        mention = masked.at[position]
        clause = masked.clause_of(position)
        if mention.refused:
            return Stance(0.8, 0.9, clause.start, clause.end, True)
        if mention.field == "praised":
            return Stance(0.6, 0.7, position, position + 1, True)
        if mention.plural and mention.pronoun and not clause.question:
            words = _fragment(masked, clause, mention)
            if mention.field == "none":
                declined = not re.search(r"\b(?:seen|saw|watched|heard|know)\b", words)
                return Stance(-0.7 if declined else 0.0, 0.6, position, position + 1, True)
            if _ALL_TAKEN.fullmatch(words):
                return Stance(0.7, 0.6)
        if _SUPPOSED.search(masked.text[max(0, clause.start - 60) : position]):
            return Stance(0.0)
        if _MEANT.search(masked.text[clause.start : clause.end]):
            return Stance(0.0, 0.8)  # a correction of what was typed
        if _COMPARED.search(masked.text[clause.start : position]):
            return Stance(0.0, 0.7)  # "Y-er than X" speaks of Y only
        kind = clause_kind(masked, clause)
        cue = governing(masked, clause, position)
        if cue is None and _ABOVE_ALL.search(masked.text[clause.start : position]):
            cue = _last_opinion(masked, clause)
        if kind in ("factual", "you") and not _likened(masked, clause, position):
            return Stance(0.0)
        if cue is None or (kind == "request" and mention.kind != "item" and not cue.polarity):
            return _default(masked, clause, mention, kind, expected)
        if spoken_by_others(masked, clause, cue):
            return Stance(0.0, 0.7, cue.start, cue.end, True)
        if mention.kind == "item" and _only_an_aspect(masked, clause, position, cue):
            return Stance(0.0, 0.6, cue.start, cue.end, True)
        if _set_apart(masked, clause, position, cue):
            return Stance(0.0)
        if mention.pronoun and _REMARK.search(masked.text[position : cue.end]):
            return Stance(0.0)
        return Stance(cue.polarity, 0.85, cue.start, cue.end, True)


def _set_apart(masked: Masked, clause: Clause, position: int, cue: Cue) -> bool:
    """Exceptions to what was seen ("seen none except X"), and "not Nolan's best"."""
    mention = masked.at[position]
    if re.match(r"'s\s+(?:best|worst|finest|strongest)\b", masked.text[position + 1 :]):
        return mention.kind == "facet"
    excepted = re.match(r"except|besides|other than|apart|aside|all but|both but", cue.word)
    sentence = re.split(r"[.!?\n]", masked.text[:position])[-1]
    return (
        bool(excepted)
        and mention.kind == "item"
        and bool(re.search(r"\b(?:seen|saw|watched|heard)\b", sentence))
    )


def _likened(masked: Masked, clause: Clause, position: int) -> bool:
    before = masked.text[clause.start : position]
    return bool(_LIKE_THEN.search(before)) and not _UNLIKE.search(before)


def _only_an_aspect(masked: Masked, clause: Clause, position: int, cue: Cue) -> bool:
    before, after = masked.text[clause.start : position], masked.text[position + 1 : clause.end]
    if cue.end <= position:
        return bool(
            _ASPECT_BEFORE.search(before) or _ASPECT_AFTER.match(after)
        ) and not _LIKE_THEN.search(before)
    return bool(_ASPECT_SUBJECT.search(masked.text[clause.start : cue.start])) or bool(
        _ASPECT_AFTER.match(after)
    )


def masked_at(masked: Masked, mention: Mention) -> int:
    """The masked position of a mention."""
    return next(p for p, m in masked.at.items() if m is mention)


def _fragment(masked: Masked, clause: Clause, mention: Mention) -> str:
    """The lower-case words beside the mention between commas, in its clause."""
    position = masked_at(masked, mention)
    start = max(masked.text.rfind(mark, clause.start, position) for mark in ",;:") + 1
    ends = [i for mark in ",;" if (i := masked.text.find(mark, position, clause.end)) >= 0]
    words = re.findall(r"[a-z']+", masked.text[max(start, clause.start) : min([*ends, clause.end])])
    return " ".join(words)


def _fragment_sign(masked: Masked, clause: Clause, mention: Mention) -> float:
    """+1 for "X yes", "X then", "yes to X", "X it is"; -1 for "X no", "not X"; else 0."""
    if clause.question:
        return 0.0
    words = _fragment(masked, clause, mention)
    if _TAKEN.fullmatch(words):
        return 1.0
    return -1.0 if _LEFT.fullmatch(words) else 0.0


def _default(
    masked: Masked, clause: Clause, mention: Mention, kind: str, expected: float
) -> Stance:
    """No cue governs: a bare answer takes the sign of the question, a bare facet is a wish."""
    text = masked.text[clause.start : clause.end]
    bare = len(re.findall(r"[a-z']+", text)) <= 4 and not re.search(
        r"\b(?:seen|saw|watched|is|was|are|heard)\b", text
    )
    chosen = _fragment_sign(masked, clause, mention)
    if chosen:
        return Stance(0.7 * chosen, 0.65)
    if mention.kind == "item":
        if mention.pronoun and re.search(r"\bplease\b", text + masked.text[clause.end :][:9]):
            return Stance(0.6, 0.7)
        if mention.pronoun and bare and expected and mention.end - mention.start > 5:
            return Stance(0.7 * expected, 0.6)  # "the second one", out of those put forward
        listed = expected and ANSWER_WORDS.issuperset(_fragment(masked, clause, mention).split())
        asked = clause.question and not listed  # "um, Flubber?" still answers
        if mention.pronoun or asked or not (bare or listed):
            return Stance(0.0)
        return Stance(0.7 * expected, 0.6)
    if mention.kind == "text" or kind == "request":
        return Stance(0.6 if kind == "request" or bare else 0.0, 0.6)
    if bare and expected:
        return Stance(0.7 * expected, 0.7)
    if _KIND_OF.search(masked.text[clause.start : masked_at(masked, mention)]):
        liked = any(c.polarity > 0.5 for c in cues_in(text) if c.role in ("before", "after"))
        return Stance(0.5 if liked else 0.0, 0.5)
    named = mention.kind == "facet" and mention.field not in ("genre", "language", "country")
    if named and not bare and _TELLS.search(text):
        return Stance(0.0)
    narrative = re.search(
        r"\b(?:is|was|are|were|isn'?t|has|had|he|she|called|about|"
        r"played|came|made|came out)\b",
        text,
    )
    return Stance(
        0.0 if narrative and not re.search(r"\b(?:please|something|preferably)\b", text) else 0.6,
        0.6,
    )


def _last_opinion(masked: Masked, clause: Clause) -> Cue | None:
    """What was said last before a clause that only goes on: "I love his films! Especially X"."""
    told = [c for c in cues_in(masked.text[: clause.start]) if abs(c.polarity) > 0.15]
    return replace(told[-1], role="before") if told else None
