"""Decides the opinion on each mention of a message by rules: cues, negation, contrast."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from bot.clause_kinds import clause_kind, spoken_by_others
from bot.cues import Cue, cues_in
from bot.masking import Clause, Masked
from bot.mentions import Mention
from bot.ordinary import ANSWER_WORDS

_ASPECT = (
    r"(?:acting|actors?|actress\w*|cast|plot|story(?:line)?|ending|beginning|soundtrack|"
    r"music|score|effects|visuals|"
    r"graphics|cinematography|characters?|scenes?|jokes|humou?r|dialog(?:ue)?|writing|"
    r"script|direct(?:ing|ion)|"
    r"animation|pac(?:e|ing)|costumes|lyrics|beats?|vocals|voice|production|performances?|"
    r"idea|concept|premise|trailer|twists?|"
    r"fight\w*|action|way|part|first half|second half|intro|guitar|bass|drums)"
)
_ASPECT_BEFORE = re.compile(
    rf"\b{_ASPECT}\s+(?:\w+\s+)?(?:in|of|from|on|was|is|were|"
    rf"are)\s+(?:the\s+)?$"
)
_ASPECT_AFTER = re.compile(rf"^(?:'s)?\s+(?:\w+\s+)?{_ASPECT}\b")
_ASPECT_SUBJECT = re.compile(
    rf"\b{_ASPECT}(?:\s+(?:in|of)\s+(?:the )?[A-Z])?\s+(?:was|"
    rf"is|were|are|looked|sounded)\b"
)
_COPULA = re.compile(
    r"^(?:'?s|'re|\s+(?:isn't|wasn't|weren't|aren't|is|was|are|were|looks?|looked|sounds?|"
    r"sounded|seems?|(?:does|did|do) (?:really )?(?:look|sound|seem)|"
    r"seemed|has been|made|had|has|might be|would be|will be|can be|"
    r"rocks?|sucks?|sucked|slaps)\b|\s+(?:too|also|really|all|both|still|just|"
    r"actually|honestly)\s+(?:is|"
    r"was|are|were)\b)"
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


# "I liked how it ends", "I love that he never gives up in it": a part, not the whole.
_PART_LIKED = re.compile(
    r"^\s+(?:how|that|when|where|seeing|what|because|the (?:way|fact|idea|part|scenes?|bit)|"
    r"(?:the |his |her |their )?\w+ (?:that|who|which|where|when) (?:\w+\s+){1,4}(?:in|of|about))\b"
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
_KIND_OF = re.compile(r"\b[A-Z],? (?:which|that|it) ?(?:is|was|'s) (?:an? )?(?:\w+ )?$")
_TELLS = re.compile(
    r"\b(?:hated|loved|said|says|thinks?|shook|showed|plays|wrote|sang|met|looks|looked|"
    r"carries|writing|made|makes|carried|kept|keeps|married|turns|turned)\b"
)
# What may stand between a mention and a verdict at the end of its clause.
_TRAILING = re.compile(r"[^,]{0,60},\s*(?:it was |was |it's |and )?(?:\w+ly |so |very |just )*")
_ENDS_CLAUSE = re.compile(r"^\W*(?:too|though|tho|tbh|lol|haha|movie|film|one|song|stuff)?\W*$")
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
        kind = clause_kind(masked, clause)
        cue = _governing(masked, clause, position)
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


def _governing(masked: Masked, clause: Clause, position: int) -> Cue | None:
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
        if re.match(rf"\s+(?:\w+\s+)?{_ASPECT}\b", text[cue.end :]):
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
