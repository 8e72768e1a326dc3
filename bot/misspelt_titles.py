"""Runs of words in a text that are a title but for a few letters."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ordinary import is_ordinary
from bot.plain_text import PlainText, name_key
from bot.title_evidence import Window
from bot.title_index import TitleIndex

_MOST = 120  # candidates tried for one message
_LONGEST = 6  # words of a candidate
_SHORTEST = 5  # letters of a candidate


def misspelt(plain: PlainText, accepted: Sequence[Window], index: TitleIndex) -> list[Window]:
    """Windows close to a title's spelling, with a strange word in them, outside those accepted."""
    covered = {p for window in accepted for p in range(window.first, window.last + 1)}
    strange = [
        p not in covered and not is_ordinary(w.text.removesuffix("'s"))
        for p, w in enumerate(plain.words)
    ]
    found: list[Window] = []
    tried = 0
    for first, word in enumerate(plain.words):
        for last in range(first, min(first + _LONGEST, len(plain.words))):
            if tried >= _MOST:
                break
            if not any(strange[first : last + 1]) or word.text in ("and", "or", "i"):
                continue
            tried += 1
            found += _near(plain, first, last, index)
    return found


def _near(plain: PlainText, first: int, last: int, index: TitleIndex) -> list[Window]:
    words = plain.words[first : last + 1]
    key = name_key([word.text for word in words])
    near = index.near(key) if len(key) >= _SHORTEST else None
    if near is None or near[1] == 1.0:
        return []  # a title that is spelt right was weighed already
    need = (1.0 if len(key) > 7 else 1.6) if len(words) == 1 else 1.0 if len(words) == 2 else 0.6
    rows = index.rows(near[0])
    return [Window(first, last, words[0].start, words[-1].end, rows, near[1], need)]
