"""Finds titles that the catalogue lacks: quoted, announced, or capitalised after "watched"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.mentions import Mention
from bot.ordinary import FUNCTION_WORDS, ordinary_words
from bot.plain_text import PlainText

_NOUN = r"(?:movie|film|song|track|show|book|album)"
_QUOTED = re.compile(r"(?<!\w)[\"']([^\"'\n]{2,48}?)[\"'](?!\w)")
_ANNOUNCED = re.compile(
    rf"\b(?:{_NOUN} )?(?:called|titled|named|entitled)\s+((?:[\w'&.:-]+\s*){{1,6}})"
)
_RUN = re.compile(
    r"\b(?:watch(?:ed|ing)?|saw|seen|see|finish(?:ed)?|loved?|liked?|enjoyed|hated|"
    r"disliked|like|favou?rites? (?:\w+ )?(?:is|are|was)|"
    rf"the {_NOUN}|(?:movie|film|one|song) (?:is|was|would be)|favou?rites? (?:was|"
    rf"is)|than|heard of|about|both|and|or|recommend(?:ed)?|rewatch(?:ed)?|play|"
    rf"listen(?:ed)? to)[ ,]+"
    r"((?:The |A |An )?(?!I\b)[A-Z][\w'&-]*(?::? (?:(?:of|the|and|in|a|to|for|on|with|"
    r"at|from|de|la|vs\.?) ){0,2}(?!I\b)[A-Z0-9][\w'&-]*){0,6})"
)  # fmt: skip
_BY = re.compile(
    r"\b(?:like|play(?: me)?|add|love|loved|want|listen to|hear|song|track|and|"
    r"with|hate|is|,)\s+(?:the song |some )?"
    r"(?=([\w'&.!? -]{2,40}?)\s+(?:by|from)\s+[\w$])"
)  # fmt: skip
_NO_SONG = re.compile(
    r"\b(?:songs?|music|something|anything|tracks?|tunes?|stuff|albums?|hits|artists?|"
    r"ones|playlist|list|selections?|"
    r"suggestions?|renditions?|covers?|play|add)\b|^(?:some|more|any|those|these|"
    r"it|them|that|a few|is|are|was|of|and|one|the one|what|also|me|all)\b"
)  # fmt: skip
_NOT_TITLES = frozenset(
    "i i'm i've i'd i'll god lol omg tv netflix hulu amazon prime hbo disney dvd "
    "imdb marvel dc pixar "
    "english hollywood bollywood american monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november "
    "december christmas "
    "halloween oscar oscars spotify youtube youtube's apple ok".split()
)


def unknown_titles(plain: PlainText, taken: Sequence[Mention], people: bool) -> list[Mention]:
    """Titles outside the spans taken. `people` says that capitals name artists, not titles."""
    found: list[Mention] = []

    def add(start: int, end: int, sure: float) -> None:
        text = plain.text[start:end].strip(" .,:;")
        end = start + len(text)
        if text and not any(m.start < end and start < m.end for m in [*taken, *found]):
            found.append(Mention(start, end, "item", text, sure=sure))

    for match in _QUOTED.finditer(plain.text):
        if _title_like(match.group(1)):
            add(match.start(1), match.end(1), 0.7)
    for match in _ANNOUNCED.finditer(plain.text):
        if re.match(r"(?:film|movie|song|genre)s?\b", match.group(1)):
            continue
        end = _cut(plain, match.start(1), match.end(1))
        if end > match.start(1):
            add(match.start(1), end, 0.6)
    for match in () if people or plain.text.isupper() else _RUN.finditer(plain.text):
        if _title_like(match.group(1)) and "genre" not in match.group():
            add(match.start(1), match.end(1), 0.5)
    return found


def songs_by(plain: PlainText, taken: Sequence[Mention]) -> list[Mention]:
    """Songs named with their artist ("the nights by avicii") outside the spans taken."""
    latest: dict[int, int] = {}
    for match in _BY.finditer(plain.lower):
        if not _NO_SONG.search(match.group(1)):
            latest[match.end(1)] = max(match.start(1), latest.get(match.end(1), 0))
    return [
        Mention(start, end, "item", plain.text[start:end], sure=0.6)
        for end, start in latest.items()
        if not any(m.start < end and start < m.end for m in taken)
    ]


def _title_like(text: str) -> bool:
    words = [word.lower() for word in re.findall(r"[\w']+", text)]
    if not words or len(words) > 8 or any(word in ("i", "i'm", "you") for word in words[:1]):
        return False
    strange = [
        w
        for w in words
        if w not in FUNCTION_WORDS and w not in ordinary_words() and w not in _NOT_TITLES
    ]
    capitals = re.findall(r"\b[A-Z]", text)
    return bool(strange) and len(capitals) > 0 and not all(w in _NOT_TITLES for w in words)


def _cut(plain: PlainText, start: int, end: int) -> int:
    """Cut an announced title where a sentence goes on: after the run of capitals, or all of it."""
    stop = start
    for word in plain.words:
        if start <= word.start < end:
            gap = plain.text[stop : word.start]
            if stop > start and (
                re.search(r"[.!?,;]", gap)
                or not (word.capital or word.text in ("of", "the", "and", "a", "in", "to"))
            ):
                break
            stop = word.end
    return stop
