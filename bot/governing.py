"""Finds the word of opinion that governs a mention: a verdict after it, else a verb before it."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.cues import Cue, cues_in
from bot.masking import Clause, Masked

ASPECT = (
    r"(?:acting|actors?|actress\w*|cast|plot|story(?:line)?|ending|beginning|soundtrack|"
    r"music|score|effects|visuals|"
    r"graphics|cinematography|characters?|scenes?|jokes|humou?r|dialog(?:ue)?|writing|"
    r"script|direct(?:ing|ion)|"
    r"animation|pac(?:e|ing)|costumes|lyrics|beats?|vocals|voice|production|performances?|"
    r"idea|concept|premise|trailer|twists?|"
    r"fight\w*|action|way|part|first half|second half|intro|guitar|bass|drums)"
)
_COPULA = re.compile(
    r"^(?:'?s|'re|\s+(?:isn't|wasn't|weren't|aren't|is|was|are|were|looks?|looked|sounds?|"
    r"sounded|seems?|(?:does|did|do) (?:really )?(?:look|sound|seem)|"
    r"seemed|has been|made|had|has|might be|would be|will be|can be|"
    r"rocks?|sucks?|sucked|slaps)\b|\s+(?:too|also|really|all|both|still|just|"
    r"actually|honestly)\s+(?:is|"
    r"was|are|were)\b)"
)
# "I liked how it ends", "I love that he never gives up in it": a part, not the whole.
_PART_LIKED = re.compile(
    r"^\s+(?:how|that|when|where|seeing|what|because|the (?:way|fact|idea|part|scenes?|bit)|"
    r"(?:the |his |her |their )?\w+ (?:that|who|which|where|when) (?:\w+\s+){1,4}(?:in|of|about))\b"
)
# What may stand between a mention and a verdict at the end of its clause.
_TRAILING = re.compile(r"[^,]{0,60},\s*(?:it was |was |it's |and )?(?:\w+ly |so |very |just )*")
_ENDS_CLAUSE = re.compile(r"^\W*(?:too|though|tho|tbh|lol|haha|movie|film|one|song|stuff)?\W*$")


def governing(masked: Masked, clause: Clause, position: int) -> Cue | None:
    """The cue that judges the mention: a verdict right after it, else the nearest verb before."""
    cues = [
        replace(cue, start=cue.start + clause.start, end=cue.end + clause.start)
        for cue in cues_in(masked.text[clause.start : clause.end])
    ]
    after = _verdict(masked, clause, position, cues)
    before = [c for c in cues if c.end <= position and c.role in ("before", "both")]
    near = [
        c for c in cues if c.end <= position and c.role == "near" and _close(masked, c, position)
    ]
    verbs = [c for c in before if not _cut_off(masked, c, position)]
    while len(verbs) > 1 and (
        _only_watches(masked, verbs[-2], verbs[-1]) or _is_noun(masked, verbs[-1])
    ):
        verbs.pop()
    verb = verbs[-1] if verbs else None
    if near and verb and not verb.polarity and re.fullmatch(r"nor|neither", near[-1].word):
        return verb  # "have not seen X, nor Y"
    if (
        near
        and (
            verb is None
            or near[-1].start >= verb.end
            or (verb.polarity >= 0 and near[-1].end == verb.start - 1)
        )
        and not (verb and verb.start < near[-1].start and verb.polarity < -0.15)
    ):
        verb = near[-1]
    if after and (
        verb is None
        or abs(verb.polarity) <= 0.15
        or _COPULA.match(masked.text[position + 1 : clause.end])
    ):
        return after
    if verb is not None:
        return verb
    weak = [c for c in cues if c.end <= position and c.role == "weak"]
    return weak[-1] if weak and masked.at[position].kind != "item" else None


def _only_watches(masked: Masked, opinion: Cue, verb: Cue) -> bool:
    """Whether the last verb only says how: "don't like watching", "love to see"."""
    gap = masked.text[opinion.end : verb.start].strip()
    return (
        abs(opinion.polarity) > 0.15
        and verb.polarity == 0
        and gap in ("", "to", "just", "re")
        and bool(re.match(r"(?:watch|see|hear|read)", verb.word))
        and bool(re.search(r"\b(?:lik|lov|enjoy|hat|stand|bear|adore|prefer)", opinion.word))
    )


def _is_noun(masked: Masked, cue: Cue) -> bool:
    """Whether a request word is a thing here: "the suggestions by X"."""
    lead = masked.text[max(0, cue.start - 24) : cue.start]
    return bool(
        re.match(r"(?:suggestion|recommendation)", cue.word)
        and re.search(r"\b(?:the|your|you'?re|these|those|all|recent|last|of)\s+(?:\w+\s+)?$", lead)
    )


def _close(masked: Masked, cue: Cue, position: int) -> bool:
    between = masked.text[cue.end : position]
    return len(between.split()) <= 3 and not re.search(
        r"[.;!?:]|\b(?:sure|necessarily|only|just|if|that|seen|watched|i|but|idea|preference|"
        r"problem|one|matter)\b",
        between,
    )


def _cut_off(masked: Masked, cue: Cue, position: int) -> bool:
    """Whether something between the verb and the mention ends the verb's reach."""
    between = masked.text[cue.end : position]
    if (
        re.search(r"[A-Z](?:'s)?\s+(?:in|from)\s+(?:the )?$", between)
        and masked.at[position].kind == "item"
    ):
        return True
    if _PART_LIKED.match(between) and masked.at[position].kind == "item" and cue.polarity:
        return True
    if re.search(r"\b(?:than|over)\s+(?:the |most |any |other )*$", between):
        return True
    prefer = re.search(r"\bprefer\w*\b", cue.word) and re.search(
        r"[A-Z]\W+(?:to|over)\s+(?:the )?$", between
    )
    return bool(prefer) or bool(
        re.search(r"\b(?:if|when|where|who|because|is|was|are|were)\b", between)
        and len(between) > 12
    )


def _verdict(masked: Masked, clause: Clause, position: int, cues: list[Cue]) -> Cue | None:
    """A verdict whose subject is the mention ("X was great", "X, great film")."""
    text = masked.text
    rest = text[position + 1 : clause.end]
    for cue in cues:
        if cue.start > position and _fronted(masked, clause, position, cue):
            return cue
        if cue.role not in ("after", "both") or cue.start <= position:
            continue
        between = text[position + 1 : cue.start]
        if re.match(rf"\s+(?:\w+\s+)?{ASPECT}\b", text[cue.end :]):
            continue
        listed = re.fullmatch(
            r"(?:'s)?(?:[\s,]*(?:and|or|&)?\s*(?:the )?[A-Z])*\W*(?:\w+'?\w*\W+"
            r"){0,5}",
            between,
        )
        linked = _COPULA.match(rest) or re.match(
            r"^(?:\s*(?:,|and|or|&)+\s*(?:the )?[A-Z])+\s+(?:is|was|are|were|do|did|does|both|all|"
            r"looks?|sounds?|seem)",
            rest,
        )
        direct = len(between.split()) <= 1 and not re.search(
            r"\b(?:for|with|in|that|of|by)\b", between
        )
        if _TRAILING.fullmatch(between) and _ENDS_CLAUSE.match(text[cue.end : clause.end]):
            return cue
        if (
            listed
            and (linked or direct)
            and not re.search(r"\b(?:than|but|i|for a|any|some)\b", between)
        ):
            return cue
    lead = text[clause.start : position]
    praise = [c for c in cues if c.role == "after" and c.end <= position]
    inverted = re.search(
        r"(?:favou?rites?|faves?|best|worst|great|good)\W+(?:\w+\W+){0,8}(?:is|"
        r"are|was|were|would be|like)\W+(?:\w+\W+){0,2}(?:[A-Z]\W+(?:and "
        r"|or )?)*$",
        lead,
    )
    return praise[-1] if praise and inverted else None


def _fronted(masked: Masked, clause: Clause, position: int, cue: Cue) -> bool:
    """Whether the mention is the object in front of the verb ("Apocalypse I hated")."""
    between = masked.text[position + 1 : cue.start]
    rest = masked.text[cue.end : clause.end]
    return (
        cue.role == "before"
        and abs(cue.polarity) > 0.15
        and bool(re.fullmatch(r"\W+(?:i|we)\s+(?:\w+\s+)?", between))
        and bool(_ENDS_CLAUSE.match(rest))
    )
