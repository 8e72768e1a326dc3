"""A message made plain: normalised characters, words, and the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐–—−‒", "-"),
    }
)
# Letters of other alphabets that look like Latin ones; only used inside mostly Latin text.
_LOOK_ALIKES = str.maketrans(
    "асеорхуікмтнвАВЕКМНОРСТХІЅѕјԁոαοερτυικνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyikmthbABEKMHOPCTXISsjdnaoeptuikvABEZHIKMNOPTYX",
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|&")
_NUMERALS = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "&": "and",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a plain text: lower-cased without accents, its span, and whether capitalised."""

    text: str
    start: int
    end: int
    capital: bool


@dataclass(frozen=True, slots=True)
class PlainText:
    """A normalised text with its words.

    `lower` has the length of `text`; `offsets[i]` is where character i came from in `original`.
    """

    original: str
    text: str
    lower: str
    offsets: tuple[int, ...]
    words: tuple[Word, ...]

    def evidence(self, start: int, end: int) -> str:
        """The original words behind the span [start, end) of the plain text."""
        if start >= end:
            return ""
        return self.original[self.offsets[start] : self.offsets[end - 1] + 1].strip()


@lru_cache(maxsize=256)
def plain_text(original: str) -> PlainText:
    """Normalise a text: NFKC, plain quotes, no invisible characters, look-alikes mapped."""
    latin = sum(c.isascii() and c.isalpha() for c in original)
    foreign = sum(not c.isascii() and c.isalpha() for c in original)
    table = _LOOK_ALIKES if latin >= foreign else {}
    characters: list[str] = []
    offsets: list[int] = []
    for position, raw in enumerate(original):
        for character in unicodedata.normalize("NFKC", raw).translate(_QUOTES).translate(table):
            if unicodedata.category(character) in ("Cf", "Mn", "Cc") and character not in "\n\t":
                continue
            characters.append(character)
            offsets.append(position)
    text = "".join(characters)
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return PlainText(original, text, lower, tuple(offsets), _words(text))


def _words(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(fold(m.group()), m.start(), m.end(), m.group()[0].isupper())
        for m in _WORD.finditer(text)
    )


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Lower case without accents; apostrophes stay."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name, with numerals as digits, apostrophes and articles dropped."""
    words = [fold(m.group()) for m in _WORD.finditer(name.translate(_QUOTES))]
    words = [_NUMERALS.get(word, word).replace("'", "") for word in words]
    if len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        words = words[1:]
    return tuple(words)


@lru_cache(maxsize=65536)
def _piece(word: str) -> str:
    return _NUMERALS.get(word, word).replace("'", "")


def name_key(words: tuple[str, ...] | list[str]) -> str:
    """One string by which spellings of a name meet: "Spider-Man", "spiderman", "Spider man"."""
    joined = [_piece(word) for word in words]
    if len(joined) > 1 and joined[0] in ("the", "a", "an"):
        joined = joined[1:]
    return "".join(joined)
