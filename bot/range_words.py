"""What ranges of every kind share: refusals before them, numbers in words, their spans."""

from __future__ import annotations

import re

from bot.mentions import Mention

WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "an": 1, "a": 1,
}  # fmt: skip
NOT_YET = (
    r"(?P<no>\b(?:nothing|not|no|don't|dont|never|avoid|without|none|skip|isn't|won't|wont|shan't|refuse|"
    r"aren't|doesn't|hate|dislike)\b(?:\s+(?!and\b|but\b|or\b)[a-z']+){0,5}?\s+)?"
)


def number_of(text: str | None) -> float:
    """The number that digits or a word say; 0 for none."""
    if text is None:
        return 0.0
    return float(WORDS.get(text, 0)) or float(text.replace(",", "."))


def span_of(match: re.Match[str]) -> tuple[int, int]:
    """The span without the refusal before it and blanks at its ends."""
    start = match.end("no") if match.groupdict().get("no") else match.start()
    while match.string[start] == " ":
        start += 1
    return start, match.end()


def closed(match: re.Match[str], field: str, low: float, high: float) -> Mention:
    """A range with both ends, without the refusal before it."""
    start, end = span_of(match)
    return Mention(start, end, "range", field=field, low=low, high=high)
