"""Words that carry an opinion: verbs before what they judge, verdicts after it, negation."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, cast

from bot.word_lists import any_of, sections

# "weak" words ("some", "any") only count where no other cue governs; "near" ones ("no", "not")
# only reach a target within three words.
Role = Literal["before", "after", "both", "weak", "near"]


@dataclass(frozen=True, slots=True)
class Cue:
    """An opinion word at [start, end) of a masked text; `polarity` is 0 for "saw" and the like."""

    start: int
    end: int
    polarity: float
    role: Role
    word: str


_VERY = (
    r"(?:so |very |really |pretty |quite |super |absolutely |totally |truly |just |kind of |kinda "
    r"|such |always |also |still |too |a bit |extremely |incredibly |honestly |definitely )*"
)


def _compiled() -> tuple[tuple[Role, float, re.Pattern[str]], ...]:
    found: list[tuple[Role, float, re.Pattern[str]]] = []
    for title in sections("cues"):
        role, polarity = title.split()
        very = _VERY if role == "after" else ""
        pattern = rf"(?<![\w'])(?:{very}{any_of('cues', title)})(?![\w])"
        found.append((cast(Role, role), float(polarity), re.compile(pattern)))
    return tuple(found)


_CUES = _compiled()
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no longer|hardly|nor|neither|dont|didnt|doesnt|cant|isnt|wasnt|"
    r"arent|wont|wouldnt|"
    r"havent|without|nobody|nothing|rarely|barely|seldom|aint|cannot|none)|n't)\b(?!\s+only)((?:\s"
    r"+[\w']+){0,5})\s*$"
)


@lru_cache(maxsize=2048)
def cues_in(clause: str) -> tuple[Cue, ...]:
    """The cues in the masked text of a clause, without overlaps, in order, negation applied."""
    found = [
        Cue(match.start(), match.end(), polarity, role, match.group().strip())
        for role, polarity, pattern in _CUES
        for match in pattern.finditer(clause)
    ]
    kept: list[Cue] = []
    for cue in sorted(found, key=lambda c: (c.start, c.start - c.end)):
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
    return tuple(_turned(clause, cue, kept) for cue in kept)


def _turned(clause: str, cue: Cue, cues: list[Cue]) -> Cue:
    """The cue with the negation before it applied."""
    negation = _NEGATION.search(clause[: cue.start])
    if negation is None or cue.role in ("weak", "near") or _blocked(negation.group(1)):
        return cue
    between = [
        c
        for c in cues
        if negation.start() < c.start < cue.start and c.role in ("before", "after") and c.polarity
    ]
    if between:
        return cue
    polarity = -0.8 * cue.polarity if cue.polarity > 0 else -0.5 * cue.polarity
    if cue.role == "before" and cue.polarity < 0:
        polarity = 0.0
    return replace(cue, polarity=polarity)


def _blocked(between: str) -> bool:
    """Negation does not reach over these words ("I have not seen it, looks great")."""
    return bool(re.search(r"\b(?:seen|watched|heard|sure|know|problem|doubt|it)\b", between))
