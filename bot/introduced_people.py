"""Finds names by how they are introduced ("songs by …"), whoever bears them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ordinary import FUNCTION_WORDS, ordinary_words
from bot.plain_text import PlainText

_UNKNOWN = re.compile(
    r"\b(?:starring|stars|directed by|films? by|movies? by|songs? by|music by|music "
    r"from|songs? from|"
    r"songs? of|tracks? by|tracks? from|something by|anything by|stuff by|artists? "
    r"like|bands? like|artists?|bands?|singers?|rappers?|"
    r"movies? with|films? with|anything with|something with|one with|actor|actress|director)\s+"
    r"((?:[A-Z][\w'.&-]*|\d+[A-Z]\w*)(?:\s+(?:[A-Z][\w'.&-]*|de|van|von|la|the|of|and the|\d+))*)"
)
_MUSIC_LOWER = re.compile(
    r"\b(?:(?:songs?|music|tracks?|tunes?|something|anything|more|some|stuff|hits) (?:by|from|of)|"
    r"(?:add|play|listen(?: to)?|throw in|put in|hear|include|request|(?:you|u) (?:have|got)|"
    r"(?:maybe|perhaps|also) (?:some|any|more))(?: me| in)?(?: any| "
    r"some| more| a little(?: bit of)?| a few)?(?: of)?|artists? like|\w+ from|"
    r"(?:stick|switch|go back) (?:to|with)|(?:let'?s|can we|could we) (?:try|have|do)(?: some)?|"
    r"bands? like|by)\s+(?=((?:[^\W_]|['.&$-])+(?: (?:[^\W_]|['.&$-])+){0,3}))"
)  # fmt: skip


_SONGS_OF = re.compile(
    r"\b(?:some|more|any|few|play|of|couple|the|into|add|got)\s+(?=((?:[^\W_]|"
    r"['.&$-])+(?: (?:[^\W_]|['.&$-])+){0,2}?)"
    r"(?:'s)?\s+(?:songs?|tracks?|tunes?|music)\b)"
)  # fmt: skip
_CAPITAL_ARTIST = re.compile(
    r"(?:\b(?:some|more|add|play|love|like|throw in|listen(?: to)?|hear|and|or|of|"
    r"prefer|mood for|from|"
    r"except|any|with|about|for|artist[^.!?]{0,40} (?:is|was))|,)\s+(?:some |of )?"
    r"(?=((?:[A-Z][\w'.&$-]*)(?:\s+(?:[A-Z][\w'.&$-]*|the|of|& [A-Z][\w'.]*))*))"
)

_AFTER_NAMES = frozenset(
    "tooo songs song music tracks track tunes playlist list too also maybe tonight "
    "similar added instead "
    "because while since though however stuff hits lately especially mostly mix "
    "sounds style".split()
)


def introduced_spans(plain: PlainText, music: bool) -> Iterator[tuple[int, int]]:
    """The [start, end) of every name in a person's place; the same words may come twice."""
    patterns = [(_UNKNOWN, plain.text)]
    if music:
        patterns += [(_MUSIC_LOWER, plain.lower), (_SONGS_OF, plain.lower)]
        if not plain.text.isupper():
            patterns.append((_CAPITAL_ARTIST, plain.text))
    for pattern, text in patterns:
        for match in pattern.finditer(text):
            yield match.start(1), _name_end(plain, match.start(1), match.end(1))


def _name_end(plain: PlainText, start: int, end: int) -> int:
    """Cut a run of words where ordinary talk goes on ("add adele please")."""
    common = ordinary_words()
    if sentence := re.search(r"(?<=\w\w)[.!?]\s", plain.text[start:end]):
        end = start + sentence.start()
    stop = start
    for word in plain.words:
        if word.start < start or word.start >= end:
            continue
        ordinary = word.text in FUNCTION_WORDS or word.text in _AFTER_NAMES
        ordinary = ordinary or word.text.startswith("i'")
        if stop == start:
            ordinary = ordinary or (word.text in common and not word.capital)
        if ordinary and not (word.capital and stop > start):
            break
        stop = word.end
        if word.text.endswith("'s"):
            return stop - 2
    return min(stop, end)
