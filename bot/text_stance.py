"""Decides whether a mood, theme or quality is wanted or refused."""

from __future__ import annotations

import re

from bot.clause_kinds import clause_kind
from bot.masking import Masked
from bot.stance import RuleStance, Stance

_TOO = re.compile(r"\btoo\s+(?:\w+\s+)?(?:[A-Z]\W+(?:and |or )?)*$")
_LESS = re.compile(
    r"\b(?:less|not (?:too|so|as|overly|that|super|really|very)|isn'?t "
    r"(?:too|so|as|that)|nothing too|n't (?:too|be|that|so)|not|without(?: "
    r"any| the)?|no|free of|minus|enough of the|never)\s+(?:\w+\s+)?(?:[A-Z]\W+(?:"
    r"and |or )?)*$"
)
_DESCRIBES = re.compile(
    r"(?:\b(?:is|was|are|were|felt|seemed|be|it's|they're|that's|"
    r"so|very|really|pretty|such an?)|'s)\s+(?:\w+\s+)?(?:[A-Z]\W+(?:and "
    r"|or )?)*$"
)
_NOT_FOUND = re.compile(
    r"(?:n't|\bnot) (?:really )?(?:find|think|feel) (?:E|it|that|they) "
    r"(?:was |were |is )?(?:\w+ )?$"
)
_MUCH = re.compile(r"\b(?:more|lots? of|full of|plenty of)\s+(?:\w+\s+)?$")


def text_stance(masked: Masked, position: int, expected: float) -> Stance:
    """The stance on the phrase at a masked position; see `Mention.field` for its usual valence."""
    mention = masked.at[position]
    clause = masked.clause_of(position)
    before = masked.text[clause.start : position]
    after = masked.text[position + 1 : clause.end]
    kind = clause_kind(masked, clause)
    if kind in ("factual", "you"):
        return Stance(0.0)
    if _TOO.search(before):
        declined = not re.search(r"\b(?:not|n't|nothing|isn'?t|don'?t want)\b[^.]*\btoo\b", before)
        return Stance(-0.8 if declined else -0.6, 0.85, clause.start, clause.end, True)
    if _NOT_FOUND.search(before):
        return Stance(-0.6, 0.6, clause.start, clause.end, True)
    if re.match(r"\s+enough\b", after):
        return Stance(0.6, 0.7, clause.start, clause.end, True)
    if _LESS.search(before) and not re.search(r"\bnot only\b", before):
        turned = mention.field == "disliked" and re.search(
            r"(?:was|is|were|are)(?:n't| not)\W+(?:\w+\s+)?$", before
        )
        return Stance(0.4 if turned else -0.6, 0.75, clause.start, clause.end, True)
    if _MUCH.search(before) and kind != "statement":
        return Stance(0.7, 0.8, clause.start, clause.end, True)
    stance = RuleStance().stance(masked, position, expected)
    if stance.explicit and abs(stance.polarity) > 0.15:
        return stance
    if _DESCRIBES.search(before) and kind == "statement":
        valence = {"liked": 0.6, "disliked": -0.6}.get(mention.field, 0.0)
        return Stance(valence or 0.6 * expected, 0.6)
    if kind == "request":
        return Stance(0.6, 0.7)
    if expected:
        return Stance(0.6 * expected, 0.6)
    if stance.explicit:
        return stance
    bare = len(re.findall(r"[a-z']+", masked.text[clause.start : clause.end])) <= 4
    return Stance(0.6 if bare and not re.search(r"\b(?:is|was|are)\b", before) else 0.0, 0.5)
