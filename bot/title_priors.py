"""How often words that are a title were meant as one, counted in labelled conversations."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bot.plain_text import PlainText
from bot.title_evidence import SENTENCE_END

SHIPPED = Path(__file__).parent / "title_priors.txt"

Form = Literal["lower", "inner", "start"]
FORMS: tuple[Form, ...] = ("lower", "inner", "start")  # without capitals, with, at a start

_STRENGTH = 4.0  # uses that the word list and the capitals are worth
_EVEN = 1.0  # evidence needed where title and plain use are as frequent
_STEP = 0.4  # more evidence for each doubling of plain use against title use


def form_of(plain: PlainText, first: int, last: int, cased: bool) -> Form:
    """How a run of words is written; `cased` says that the text's capitals mean anything."""
    words = plain.words[first : last + 1]
    opening = words[0]
    if not cased or not opening.capital:
        return "lower"
    if len(words) > 1 and sum(word.capital for word in words) > 1:
        return "inner"
    return "start" if SENTENCE_END.search(plain.lower[: opening.start][-48:]) else "inner"


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[int, ...]]:
    """By phrase: plain uses by form, then title uses by form; written by finetune.title_priors."""
    found = {}
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        phrase, counts = line.split("\t")
        found[phrase] = tuple(map(int, counts.split()))
    return found


def counted_need(words: tuple[str, ...], form: Form, need: float) -> float:
    """The evidence needed after counting, where `need` was needed before.

    The need grows with the logarithm of plain uses to title uses in this form; `need` adds
    as many of both as give it back where nothing was counted.
    """
    counts = _table().get(" ".join(words))
    if counts is None:
        return need
    place = FORMS.index(form)
    share = 1 / (1 + 2 ** ((_EVEN - need) / _STEP))
    plainly = counts[place] + _STRENGTH * share
    as_title = counts[place + 3] + _STRENGTH * (1 - share)
    return _EVEN + _STEP * math.log2(plainly / as_title)
