"""Reads ratings that are said outright: "4 out of 5", "8/10", "five stars"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS = {
    "zero": 0, "half": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twenty": 20, "hundred": 100,
}  # fmt: skip
_SCALES = (4, 5, 6, 10, 20, 100)
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(_WORDS)})(?:(?: and a half| 1/2|½))?"
_OF = re.compile(
    rf"(?<![\w./-])(?P<value>{_NUMBER})\s*(?:/|out of|on a scale of|of)\s*(?:a )?"
    rf"(?P<scale>{_NUMBER})(?P<stars>\s*stars?)?(?!\s*(?:/|%|°|[a-z]*(?:movies?|films?|songs?|"
    r"tracks?|books?|times|people|friends|of\b|them|those|days?|minutes|hours|episodes?)))(?![\w/])"
)
_STARS = re.compile(
    rf"(?<![\w./-])(?P<value>{_NUMBER})[\s-]*stars?\b"
    r"(?!\s*(?:off|less|short|reviews?|ratings?|hotels?|restaurants?|reviewers?|cast|movies?|"
    r"films?|or (?:more|above|up|better)))"
)
_GLYPHS = re.compile(r"(?<![★☆⭐])(?P<full>[★⭐]{1,5})️?(?P<empty>☆{0,4})(?![★☆⭐])")
# Before it: somebody else's rating, one that is denied, or a bound that is asked for.
_NOT_OURS = re.compile(
    r"\b(?:he|she|they|it (?:got|has|had)|critics?|people|everyone|everybody|reviewers?|imdb|"
    r"amazon|netflix|tomatoes|friends?|wife|husband|sister|brother|mom|mum|dad|mother|father)\b"
    r"[^.!?;]{0,25}$|\b(?:not|n't|never|minus|at least|over|above|under|below|more than|less than|"
    r"rated|minimum|only)\s+(?:a |the |an |quite )*$"
)


@dataclass(frozen=True, slots=True)
class StatedRating:
    """A rating in [1, 5] that stands at [start, end) of a text."""

    rating: float
    start: int
    end: int


def stated_rating(text: str) -> StatedRating | None:
    """The last rating that the speaker gives in a text, mapped to 1–5 and cut to it; None without.

    A share of another scale is the same share of five: "8/10" is 4.
    """
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    found = [(m.start(), m.end(), float(len(m["full"]))) for m in _GLYPHS.finditer(text)]
    for match in _OF.finditer(lower):
        value, scale = _value(match["value"]), _value(match["scale"])
        if scale in _SCALES and value <= scale and not _NOT_OURS.search(lower[: match.start()]):
            found.append((*match.span(), value / scale * 5))
    rest = _OF.sub(lambda m: " " * len(m.group()), lower)
    for match in _STARS.finditer(rest):
        value = _value(match["value"])
        if value <= 10 and not _NOT_OURS.search(rest[: match.start()]):
            found.append((*match.span(), value))
    if not found:
        return None
    start, end, value = max(found)
    return StatedRating(min(5.0, max(1.0, round(value, 2))), start, end)


def _value(text: str) -> float:
    whole = re.sub(r" and a half| 1/2|½", "", text)
    extra = 0.5 if whole != text else 0.0
    return extra + (_WORDS[whole] if whole in _WORDS else float(whole.replace(",", ".")))
