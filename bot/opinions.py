"""An opinion on a mention with the words around it, before it becomes a signal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.clause_kinds import clause_kind
from bot.cues import cues_in
from bot.masking import Clause, Masked
from bot.mentions import Mention
from bot.plain_text import PlainText
from bot.stance import Stance
from retrieval.signals import Signal

_SENTENCE = 200  # characters on either side in which a sentence's scope is looked for

_ONLY_TITLES = re.compile(r"[^a-zA-Z]*(?:(?:the |and |or )*I[^a-zA-Z]*)+(?:and |or )?")
_IRONY = re.compile(
    r"\b(?:yeah,? right|oh,? great|oh,? joy|oh,? wonderful|just what i needed|as if|"
    r"thanks for nothing|how original|what a surprise|because (?:we|i) (?:all )?(?:really "
    r")?(?:need|love|enjoy) (?:\w+ )*(?:another|more|sitting|being|watching)|sure,? "
    r"because|wow,? (?:so|how) |big surprise|lucky me|said no one ever|/s\b)|🙄"
)


@dataclass(frozen=True, slots=True)
class Opinion:
    mention: Mention
    stance: Stance
    clause: str
    sentence: str
    seen: bool | None = None


def is_ironic(lower: str) -> bool:
    """Whether a text says the opposite of what it means, by its usual marks."""
    return bool(_IRONY.search(lower))


def meant(stance: Stance, ironic: bool) -> Stance:
    """Irony: praise is meant as blame, with little confidence."""
    if not ironic or stance.polarity <= 0:
        return stance
    return replace(stance, polarity=-0.6 * stance.polarity, confidence=0.35)


def same_target(mention: Mention, opinion: Opinion) -> bool:
    other = opinion.mention
    if abs(opinion.stance.polarity) <= 0.15 or mention.kind != other.kind:
        return False
    if mention.kind == "item":
        return bool(set(mention.rows) & set(other.rows)) or other.pronoun
    return mention.value == other.value


def opinion_at(masked: Masked, position: int, mention: Mention, stance: Stance) -> Opinion:
    clause = masked.clause_of(position)
    near, far = max(0, position - _SENTENCE), position + _SENTENCE
    begin = max(masked.text.rfind(mark, near, position) for mark in ".!?\n") + 1
    ends = [i for mark in ".!?\n" if (i := masked.text.find(mark, position, far)) >= 0]
    sentence = masked.text[max(begin, near) : min(ends, default=far)]
    seen = _seen(masked, position) if mention.kind == "item" else None
    placed = stance
    if stance.explicit and stance.end > stance.start:
        last = masked.at.get(stance.end - 1)
        end = last.end if last else masked.places[stance.end - 1] + 1
        placed = replace(stance, start=masked.places[stance.start], end=end)
    else:
        placed = replace(stance, start=0, end=0)
    return Opinion(mention, placed, masked.text[clause.start : clause.end], sentence, seen)


def _seen(masked: Masked, position: int) -> bool | None:
    """Whether the user says of an item that they have or have not seen it."""
    clause = masked.clause_of(position)
    if clause_kind(masked, clause) in ("you", "factual"):
        return None
    before = masked.text[clause.start : position]
    if re.search(
        r"(?:n't|\bnot|\bnever|\bhavent)\s+(?:\w+\s+){0,3}?(?:seen|watched|"
        r"saw|see|heard(?: of)?)\b",
        before,
    ):
        return False
    if re.search(
        r"\b(?:i|we|i've|we've|already|just|recently|have|yes|yeah)\s+(?:\w+\s+){0,3}?(?"
        r":seen|watched|saw|rewatched|finished)\b|^\W*(?:seen|saw|watched)\b",
        before,
    ):
        return True
    return None


def wanted_spans(masked: Masked, plain: PlainText, signals: Sequence[Signal]) -> list[str]:
    """Clauses that ask for something and refuse nothing, without titles and references."""
    refused = [s.evidence for s in signals if s.polarity < 0 and s.evidence]
    wanted = [s.evidence for s in signals if s.polarity > 0 and s.evidence and s.kind != "item"]
    spans = []
    for clause in masked.clauses:
        kind = clause_kind(masked, clause)
        held = [m for p, m in masked.at.items() if clause.start <= p < clause.end]
        span = plain.evidence(masked.places[clause.start], masked.places[clause.end])
        wished = any(evidence in span for evidence in wanted)
        if kind in ("factual", "you") or not (wished or kind == "request"):
            continue
        if any(evidence in span or span in evidence for evidence in refused):
            continue
        for mention in held:
            if mention.kind == "item":
                span = span.replace(plain.evidence(mention.start, mention.end), " ")
        spans.append(span)
    return spans


def continued(masked: Masked, opinions: Sequence[Opinion]) -> list[Opinion]:
    """A sentence that only lists titles goes on with the opinion before it: "I love his films.
    Jaws, E.T." """
    found: list[Opinion] = []
    for (position, mention), opinion in zip(masked.at.items(), opinions, strict=True):
        stance = opinion.stance
        clause = masked.clause_of(position)
        only = _ONLY_TITLES.fullmatch(masked.text[clause.start : clause.end])
        if only and mention.kind == "item" and not stance.explicit and not stance.polarity:
            sign = _sign_before(masked, clause)
            stance = Stance(0.7 * sign, 0.5) if sign and not clause.question else stance
        found.append(replace(opinion, stance=stance))
    return found


def _sign_before(masked: Masked, clause: Clause) -> int:
    """The sign of the last verb of liking in the clause before, or in the list between."""
    place = masked.clauses.index(clause) - 1
    while place >= 0:
        text = masked.text[masked.clauses[place].start : masked.clauses[place].end]
        if not _ONLY_TITLES.fullmatch(text):
            cues = [c for c in cues_in(text) if c.role == "before" and abs(c.polarity) > 0.5]
            statement = clause_kind(masked, masked.clauses[place]) == "statement"
            return (1 if cues[-1].polarity > 0 else -1) if cues and statement else 0
        place -= 1
    return 0


def spread(opinions: Sequence[Opinion], kinds: Sequence[Mention]) -> list[Opinion]:
    """The same opinion on the other facets that "them" stands for."""
    return [
        replace(o, mention=replace(o.mention, value=kind.value, field=kind.field))
        for o in opinions
        if o.mention.pronoun and o.mention.kind == "facet" and o.mention.end - o.mention.start > 3
        for kind in kinds
        if kind.field == o.mention.field and kind.value != o.mention.value
    ]
