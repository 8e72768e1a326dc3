"""Tells English from Chinese and from languages that the default understander does not read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bot.ordinary import FUNCTION_WORDS, ordinary_words

Language = Literal["en", "zh", "other"]

# English words that are said in many languages, so that they tell nothing.
_EVERYWHERE = frozenset(
    "action comedy drama fantasy film films horror movie movies musical science fiction thriller "
    "western crime no ok okay super top hit star serie series bye netflix rock pop jazz".split()
)
_ELIDED = re.compile(r"^(?:j|l|d|qu|c|n|s|t|m|un|dell|nell|all)'(?=\w{2})")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?¡¿\n]\s*$")
_UNLIKE_ENGLISH = re.compile("[ßłżźśćąęğşıőűățșđơưạảấầậắặếềệịọốồộớờợụứừựěřůøåãõ]")
_STRANGE = 6  # words, none of them English, that make a message of a language we have no list of


def language_of(text: str) -> Language:
    """The language of a message: by script, then by a vote of small words."""
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return "en"
    han = sum("一" <= c <= "鿿" for c in letters)
    kana = sum("぀" <= c <= "ヿ" for c in letters)
    if han and not kana and han * 3 >= len(letters):
        return "zh"
    latin = sum(c < "ɐ" or "Ḁ" <= c <= "ỿ" for c in letters)
    if latin * 2 < len(letters):
        return "other"
    return _by_words(text.replace("’", "'"))


def _by_words(text: str) -> Language:
    """Other, if the words of one language outnumber the English ones clearly.

    Words that English shares with it count for neither, but help a single one of its own.
    """
    words = _spoken(text)
    english = [w for w in words if w in FUNCTION_WORDS or w in ordinary_words()]
    telling = [w for w in english if w not in _EVERYWHERE]
    for listed in _languages():
        own = [w for w in words if w not in english and _is_of(w, listed)]
        shared = [w for w in english if w in listed]
        against = sum(w not in listed for w in telling)
        if len(own) >= 2 and len(own) >= against + (2 if against else 0):
            return "other"
        if own and not against and len(own) + len(shared) >= 2:
            return "other"
    strange = len(words) >= _STRANGE and not english and "," not in text
    return "other" if strange else "en"


def _is_of(word: str, listed: frozenset[str]) -> bool:
    return word in listed or bool(_UNLIKE_ENGLISH.search(word) or _ELIDED.match(word))


def _spoken(text: str) -> list[str]:
    """The words in lower case, without those that look like parts of names and titles."""
    found = list(_WORD.finditer(text))
    return [m.group().lower() for n, m in enumerate(found) if not _in_a_name(text, found, n)]


def _in_a_name(text: str, found: Sequence[re.Match[str]], n: int) -> bool:
    """Whether a word is capitalised beside another such one, or inside a sentence."""
    word = found[n].group()
    if not word[0].isupper() or word == "I" or text.isupper():
        return False
    first = n == 0 or bool(_SENTENCE.search(text[: found[n].start()]))
    after = found[n + 1].group() if n + 1 < len(found) else ""
    return not first or (after[:1].isupper() and after != "I")


@lru_cache(maxsize=1)
def _languages() -> tuple[frozenset[str], ...]:
    path = Path(__file__).parent / "foreign_words.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(frozenset(x.partition(":")[2].split()) for x in lines if not x.startswith("#"))
