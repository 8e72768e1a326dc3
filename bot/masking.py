"""A message with every mention replaced by one capital letter, cut into clauses."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from bot.mentions import Mention
from bot.plain_text import PlainText

_LETTERS = {"item": "I", "range": "R", "text": "X"}
_SUBJECT = (
    r"(?:i|i'm|i've|i'd|i'll|im|ive|we|we're|it|it's|its|E|that's|they|they're|he|she|"
    r"you|my \w+|this|"
    r"there|the \w+ (?:was|is|were|are)|let's|lets|please|can|could|do|have|not|no|"
    r"nothing|don't|dont|"
    r"didn't|never|hate|hated|love|loved|liked|avoid|without|especially|just not|also "
    r"i|anything but|"
    r"I (?:was|is|bored|made)|more|less|mostly|usually|(?:is|was|does|did) (?:it|"
    r"that|he|she|they|E|I)|what|any|maybe|show|give|recommend|suggest|find|something)\b"
)
_BREAK = re.compile(
    r"[.!?;\n]+|[\U0001F300-\U0001FAFF\u2600-\u27BF]+|\s-+\s|:\s"
    r"|,?\s*\b(?:(?<!anything )(?<!everything )(?<!nothing )(?<!all )(?<!anyone )but|"
    r"though|although|however|whereas|except(?: for)?|because|cause|cuz|since|so long "
    r"as|"
    rf"so(?=,|\s+(?:{_SUBJECT}|yes|probably|maybe|if|when|then|i'?d|now|to\b))|"
    r"while|yet|unless|otherwise|even though|other than|rather than|instead of|apart "
    r"from|aside from)\b"
    rf"|,\s*(?:and |or |then )?(?={_SUBJECT})|\s+(?:and|or|then)\s+(?={_SUBJECT})",
)  # fmt: skip
_LONGEST_CLAUSE = 240  # characters; bounds the work on a text without punctuation
_SENTENCE = re.compile(r"[.!?\n]")
_ANY = re.compile(r"\b(?:any|every)\w*(?: (?!movie|film|song|good|of\b)[\w]+)?$")
# A question without its mark.
_PLAIN_QUESTION = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|oh|wait|hmm|well)\W+)*(?:who(?:'s| is| was| directed| plays|"
    r" stars| made| sings| wrote)\b|when (?:was|did|does|is)\b|where (?:was|is|can|do)\b|"
    r"how (?:long|old|many)\b|(?:is|was|does|did) (?:it|that|this|E|he|she|they)\b|what year\b)"
)
_KEEP = re.compile(
    r"\b(?:except(?: for)?|other than|rather than|instead of|apart from|"
    r"aside from)\b"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the masked text [start, end); `question` says that its sentence asks."""

    start: int
    end: int
    question: bool


@dataclass(frozen=True, slots=True)
class Masked:
    """`text` in lower case with a capital letter for every mention; `places` maps back.

    Letters: I item, E reference, P person, G genre, F other facet, R range, X franchise.
    `places[i]` is the plain position of masked position i; `at` maps masked positions to mentions.
    """

    text: str
    places: tuple[int, ...]
    at: dict[int, Mention]
    clauses: tuple[Clause, ...]

    def clause_of(self, position: int) -> Clause:
        """The clause that holds a masked position."""
        return self.clauses[bisect_right(self.clauses, position, key=lambda c: c.start) - 1]

    def clause_at(self, plain_position: int) -> Clause:
        """The clause that holds a position of the plain text."""
        return self.clause_of(max(0, bisect_right(self.places, plain_position) - 1))


def letter(mention: Mention) -> str:
    """The capital that stands for a mention."""
    if mention.pronoun:
        return "E"
    if mention.kind == "facet":
        if mention.field == "genre":
            return "G"
        return "F" if mention.field in ("language", "country") else "P" if mention.field else "F"
    return _LETTERS[mention.kind]


def mask(plain: PlainText, mentions: list[Mention]) -> Masked:
    """Mask the mentions (sorted, without overlaps) and cut the text into clauses."""
    pieces: list[str] = []
    places: list[int] = []
    at: dict[int, Mention] = {}
    position = 0
    for mention in mentions:
        pieces.append(plain.lower[position : mention.start])
        places.extend(range(position, mention.start))
        at[len(places)] = mention
        pieces.append(letter(mention))
        places.append(mention.start)
        position = mention.end
    pieces.append(plain.lower[position:])
    places.extend(range(position, len(plain.lower) + 1))
    text = "".join(pieces)
    return Masked(text, tuple(places), at, _clauses(text))


def _clauses(text: str) -> tuple[Clause, ...]:
    clauses: list[Clause] = []
    start = 0
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        if match and (_decimal(text, match) or _excepts(text, match)):
            continue
        if text[start:end].strip():
            asked = _asked(text, start, end)
            for begin in range(start, end, _LONGEST_CLAUSE):
                stop = min(begin + _LONGEST_CLAUSE, end)
                clauses.append(Clause(begin, stop, asked))
        if match:
            kept = _KEEP.search(match.group())
            start = match.start() + kept.start() if kept else match.end()
    return tuple(clauses) or (Clause(0, len(text), False),)


def _excepts(text: str, match: re.Match[str]) -> bool:
    """ "Any colour but orange": here "but" begins no clause."""
    lead = text[max(0, match.start() - 32) : match.start()]
    return match.group().strip(" ,") == "but" and bool(_ANY.search(lead))


def _decimal(text: str, match: re.Match[str]) -> bool:
    """A dot inside a number or an abbreviation does not end a clause."""
    inside = match.group() == "." and match.end() < len(text) and match.start() > 0
    return (
        inside
        and text[match.start() - 1].isalnum()
        and text[match.end()].isalnum()
        and (text[match.end()].isdigit() or (match.start() > 1 and text[match.start() - 2] in " ."))
    )


def _asked(text: str, start: int, end: int) -> bool:
    if _PLAIN_QUESTION.match(text[start:end]):
        return True
    stop = _SENTENCE.search(text, end)
    return bool(stop and text[stop.start() : stop.start() + 2].count("?"))
