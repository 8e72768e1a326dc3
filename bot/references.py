"""Resolves "it", "the second one", "both" and the like to the items under discussion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.mentions import Mention
from bot.plain_text import PlainText
from retrieval.catalog import Item

_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "5th": 4, "sixth": 5, "last": -1, "top": 0, "final": -1, "middle": -2,
}  # fmt: skip
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4}
_NOUN = (
    r"(?:one|movie|film|song|track|suggestion|recommendation|option|pick|choice|"
    r"title|book|item)"
)
_ORDINAL = "|".join(_ORDINALS)
_ALL_BUT = re.compile(
    rf"\b(?:all|any|both|every one|everything|all of (?:them|those|these))\s+(?:but|"
    rf"except(?: for)?|besides)\s+(?:the )?({_ORDINAL})(?:\s+{_NOUN})?\b"
)
_FIRST_TWO = re.compile(r"\b(?:the )?(first|last|other|top)\s+(two|three|four|2|3|4)(?:\s+\w+s)?\b")
_NTH = re.compile(
    rf"\b(?:the |your |that )?({_ORDINAL})\s+{_NOUN}\b(?! (?:i|we|that|you|of|"
    rf"he|she)\b)|\b(?:the )({_ORDINAL})(?=\s*(?:$|"
    rf"[.,!?]|and\b|but\b|is\b|was\b|looks\b|sounds\b|please\b|instead\b|seems\b|"
    rf"a (?:go|try|shot|chance|whirl)\b|maybe\b|over\b|would\b))"
    r"|(?:#\s?|\bnumber |\boption |\bno\. ?)(\d|one|two|three|four|five)\b"
)
_OTHERS = re.compile(
    rf"\b(?:the )?(?:others|other {_NOUN}|other ones|other (?:movies|"
    rf"films|songs|tracks)|rest(?: of (?:them|those|these))?|remaining "
    rf"ones)\b"
)
_PLURAL = re.compile(
    r"\b(?:both(?! [a-z0-9 ]{2,24} and\b)(?: of (?:them|those|these))?(?: (?:movies|"
    r"films|songs|tracks))?|(?:all|"
    r"any|either|neither|none|most|some) of (?:them|those|these|your suggestions)|"
    r"all (?:two|three|four|five|3|4)(?: of (?:them|those|these))?\b(?! (?:day|night|time|hour)s)|"
    r"either one(?! of)|neither one(?! of)|neither(?= *(?:$|[.,!]|one\b|thanks|please|"
    r"for me))|none(?= *(?:$|[.,!]))|"
    r"(?:those|these)(?: (?:two|three|movies|films|songs|tracks|suggestions|recommendations|"
    r"ones|picks|are))?|them all|them|"
    r"(?:good|great|awesome|excellent|nice|solid|perfect|amazing|fantastic|wonderful|"
    r"interesting) (?:suggestions|recommendations|picks|choices|ideas|options))\b"
)
_PAIR = re.compile(r"both|either|neither")
_SUGGESTED = ("suggestions", "recommendations", "picks", "choices", "ideas", "options")
_SINGLE = re.compile(
    rf"\b(?:that|this)\s+{_NOUN}\b|\b(?:the (?:movie|film|song|track|book))\b(?!\s+(?:is "
    rf"called|called|named|with|about|where|that|i))|\b(?:it|this|that)\b"
    rf"(?! is(?: then)?\W*$)(?!(?:'s|"
    rf" is| was| has been) (?:so |very |really |been )?(?:great|nice|good|fun|"
    rf"lovely|awesome|a pleasure)? ?(?:chatting|talking|speaking|meeting))(?='s|"
    rf" is|"
    rf" was| looks| looked| sounds| sounded| seems)"
    r"|\bthat(?=s\b)|\bit(?=s (?:so|too|very|really|pretty|just|my|a|an|the|one|not|good|great|bad|"
    r"on|been|always|kind|kinda|hilarious|awful|boring|amazing|perfect|awesome)\b)"
    r"|(?<=\bof )it\b|\bit\b(?!'?s? (?:(?:was|is|has been|been)? ?(?:so |very "
    r"|really )?(?:great|nice|good|fun|lovely|a pleasure)? ?(?:chatting|talking|"
    r"speaking|meeting)|would|be|has to|have to|must|should|doesn|needs|"
    r"possible|does not))|\bthat\b(?=\s*(?:$|[.,!?]|one\b|too\b|as well\b|and\b|but\b|"
    r"would be\b|tonight\b|for sure\b|soon\b|later\b|sometime\b|this weekend\b|tomorrow\b))"
    r"|\bthis\b(?=\s*(?:$|[.,!]|one\b))"
    r"|(?:(?<=want )|(?<=like )|(?<=love ))to\b(?=\s*(?:$|[.,!]))"
    r"|\bthat\b(?=\s+(?:out|up|on)\b|\s+to (?:my|the|our)\b)"
)
_THEY = re.compile(r"\bthey(?='re\b| are\b| were\b| look| sound| seem| both\b)")
_THAT_KIND = re.compile(
    r"(?<!something )(?<!anything )(?<!more )(?<!songs )\b(?:fan of|into|like|love|loved|enjoy|"
    r"hate|dislike|stand|care for|listen to)\s+(that|them|him|her)\b"
    r"(?! (?:one|ones|movie|film|song|is|was|when|how))"
)
_DESCRIBED = re.compile(
    r"\bthe (?:one|movie|film|song|track) (?:with|by|from|starring|"
    r"directed by|about|in|of)\s+(?:the )?$"
)


@dataclass(frozen=True, slots=True)
class Discourse:
    """Catalogue rows that words can refer to.

    `slate` is the list last shown (or named) in its order; `fresh` the titles that the assistant
    named since the user last spoke; `current` the title last under discussion; `spoken` the titles
    that whoever named some last named together.
    """

    slate: tuple[int, ...] = ()
    fresh: tuple[int, ...] = ()
    current: int | None = None
    spoken: tuple[int, ...] = ()

    @property
    def several(self) -> tuple[int, ...]:
        """What "those" are: the user's own titles just before, the assistant's, or earlier ones."""
        return self.spoken or self.fresh or self.slate


def references(plain: PlainText, named: Sequence[Mention], discourse: Discourse) -> list[Mention]:
    """Every reference that can be resolved, as mentions with `pronoun` set."""
    found: list[Mention] = []
    slate = discourse.slate or discourse.fresh
    several = discourse.several

    def add(
        match: re.Match[str], rows: Sequence[int], plural: bool = False, field: str = ""
    ) -> None:
        if rows and not _covered(match, [*named, *found]):
            found.append(
                Mention(
                    match.start(),
                    match.end(),
                    "item",
                    rows=tuple(rows),
                    field=field,
                    pronoun=True,
                    plural=plural,
                )
            )

    text = plain.lower
    for match in _ALL_BUT.finditer(text):
        add(match, _without(slate, _ORDINALS[match.group(1)]), True)
    for match in _FIRST_TWO.finditer(text):
        add(match, _some(slate, match.group(1), _NUMBERS[match.group(2)], named, discourse), True)
    for match in _NTH.finditer(text):
        add(match, _nth(slate, match))
    for match in _OTHERS.finditer(text):
        used = {m.rows[0] for m in [*named, *found] if m.rows}
        add(match, [row for row in slate if row not in used], True)
    own = [m for m in named if m.kind == "item" and m.rows]
    for match in _PLURAL.finditer(text):
        before = [m.rows[0] for m in own if m.end <= match.start()]
        texts = [m for m in named if m.kind == "text" and m.end <= match.start()]
        if not before and texts:
            found.append(replace(texts[-1], start=match.start(), end=match.end(), pronoun=True))
            continue
        praised = match.group().split()[-1] in _SUGGESTED and not match.group().startswith("th")
        field = "praised" if praised else "none" if match.group().startswith("n") else ""
        meant = [m.rows for m in found if m.plural and m.end <= match.start()]
        rows = before if len(before) > 1 else list(meant[-1] if meant else several)
        if _PAIR.match(match.group()) and len(rows) > 2:
            rows = rows[-2:]
        add(match, rows, True, field)
    for match in _THEY.finditer(text):
        plural = [m.rows for m in found if m.plural and m.end <= match.start()]
        add(match, plural[-1] if plural else several if len(several) > 1 else (), True)
    spoken = [m for m in named if m.kind == "item" or (m.kind == "text" and not m.field)]
    for match in _SINGLE.finditer(text):
        earlier = [m for m in [*spoken, *found] if m.end <= match.start() and not m.plural]
        last = max(earlier, key=lambda m: m.end) if earlier else None
        if last is not None and not last.rows:
            if last.kind == "item" and not _covered(match, [*named, *found]):
                found.append(replace(last, start=match.start(), end=match.end(), pronoun=True))
            continue
        row = last.rows[0] if last is not None else discourse.current
        if match.group() == "to" and last is None and len(several) > 1:
            add(match, list(several), True)
        else:
            add(match, [] if row is None else [row])
    return found


def _covered(match: re.Match[str], mentions: Sequence[Mention]) -> bool:
    return any(m.start < match.end() and match.start() < m.end for m in mentions)


def described(
    plain: PlainText, facets: Sequence[Mention], discourse: Discourse, items: Sequence[Item]
) -> list[Mention]:
    """ "The one with Tom Hanks", "the 1995 one": references by what the shown items are."""
    found: list[Mention] = []
    slate = discourse.slate or discourse.fresh
    for mention in facets:
        lead = _DESCRIBED.search(plain.lower[: mention.start])
        trail = re.match(rf"\s+{_NOUN}\b", plain.lower[mention.end :])
        lead_the = re.search(r"\b(?:the|that)\s+$", plain.lower[: mention.start])
        start = lead.start() if lead else lead_the.start() if trail and lead_the else None
        rows = [row for row in slate if _fits(items[row], mention)]
        if start is not None and len(rows) == 1:
            end = mention.end + (trail.end() if trail and not lead else 0)
            found.append(Mention(start, end, "item", rows=tuple(rows), pronoun=True))
    for match in re.finditer(r"\bthe ((?:19|20)\d\d) (?:one|version|movie|film)\b", plain.lower):
        rows = [row for row in slate if items[row].year == int(match.group(1))]
        if len(rows) == 1:
            found.append(
                Mention(match.start(), match.end(), "item", rows=tuple(rows), pronoun=True)
            )
    return found


def _fits(item: Item, mention: Mention) -> bool:
    if mention.kind == "range":
        number = item.number(mention.field)
        low, high = mention.low, mention.high
        return (
            number is not None
            and (low is None or number >= low)
            and (high is None or number <= high)
        )
    return mention.value in item.values(mention.field)


def _without(slate: Sequence[int], ordinal: int) -> list[int]:
    return [row for place, row in enumerate(slate) if place not in (ordinal, ordinal + len(slate))]


def _some(
    slate: Sequence[int], word: str, count: int, named: Sequence[Mention], discourse: Discourse
) -> list[int]:
    if word == "other":
        used = {m.rows[0] for m in named if m.rows} | {discourse.current}
        rest = [row for row in slate if row not in used]
        return rest if len(rest) == count else []
    return list(slate[-count:] if word == "last" else slate[:count])


def _nth(slate: Sequence[int], match: re.Match[str]) -> list[int]:
    word = match.group(1) or match.group(2)
    digit = match.group(3)
    place = int(_NUMBERS.get(digit) or digit) - 1 if word is None and digit else _ORDINALS[word]
    if place == -2:
        place = len(slate) // 2
    return [slate[place]] if len(slate) > 1 and -len(slate) <= place < len(slate) else []


def facet_references(plain: PlainText, facets: Sequence[Mention]) -> list[Mention]:
    """ "I'm no fan of that", "I like them": the facets that the assistant just spoke of."""
    return [
        replace(facets[0], start=match.start(1), end=match.end(1), pronoun=True)
        for match in (_THAT_KIND.finditer(plain.lower) if facets else ())
    ]
