"""Reads bounds on years: decades, "before 1950", "since the 90s", "the last ten years"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.mentions import Mention
from bot.range_words import NOT_YET, WORDS, closed, number_of, span_of

_DECADE_WORDS = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990,
}  # fmt: skip
_YEAR = r"(?:19|20)\d\d"
_DECADE = rf"(?:(?:19|20)?\d0'?s\b|'\d0s\b|{'|'.join(_DECADE_WORDS)})"
_YEAR_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (rf"\b(?:between|from)\s+(?:the )?(?P<a>{_YEAR}(?:'?s)?)\s*(?:and|to|through|until|till|"
         rf"-)\s*(?:the )?(?P<b>{_YEAR}(?:'?s)?)\b", "between"),
        (rf"\b(?P<a>{_YEAR})\s*(?:-|to|through)\s*(?P<b>{_YEAR})\b", "between"),
        (rf"{NOT_YET}\b(?:before|prior to|older than|earlier than|pre-?)\s*(?:the "
         rf")?(?:year )?(?P<a>{_YEAR}\b(?!'?s)|{_DECADE})", "before"),
        (rf"{NOT_YET}\b(?:after|newer than|later than|past|post-?|more recent than)\s*(?:the "
         rf")?(?:year )?(?P<a>{_YEAR}\b(?!'?s)|{_DECADE})", "after"),
        (rf"\b(?:since|from)\s+(?:the )?(?P<a>{_YEAR}\b(?!'?s)|{_DECADE})\s*(?:on(?:ward|"
         rf"wards)?|and (?:up|later|newer|after)|or (?:later|newer|after)|to (?:now|"
         rf"today|present))\b", "since"),
        (rf"\b(?:since)\s+(?:the )?(?P<a>{_YEAR}\b(?!'?s)|{_DECADE})", "since"),
        (rf"\b(?:the )?(?P<a>{_YEAR}\b(?!'?s)|{_DECADE})\s*(?:on(?:ward|wards)|and "
         rf"(?:up|later|newer|after)|or (?:later|newer|after)|\+)", "since"),
        (rf"\b(?:until|up to|no later than|not after|up until)\s+(?:the )?(?:year )?(?P<a>{_YEAR}"
         rf"\b(?!'?s)|{_DECADE})", "until"),
        (rf"\b(?P<a>{_YEAR})\s*(?:and|or)\s+(?:earlier|older|before)\b", "until"),
        (rf"{NOT_YET}(?:\bthe |\bof the )?(?P<part>\b(?:early|mid|late)[\s-]+)?(?:the "
         rf")?(?<![\w$])(?P<a>{_DECADE})(?:\s*(?:and|or|,|&|to|-|through)\s*(?:the "
         rf")?(?P<b>{_DECADE}))?", "decade"),
        (rf"{NOT_YET}\b(?:from|in|of|released in|made in|came out in|year)\s+(?P<a>{_YEAR})\b(?!"
         rf"'?s|\s*(?:dollars|minutes))", "in"),
        (rf"{NOT_YET}(?<![\w$.,])(?P<a>{_YEAR})\s+(?:movies?|films?|songs?|music|hits|"
         rf"releases?|tracks?)\b", "in"),
    )
)  # fmt: skip
# Counted from the present year.
_LATELY = re.compile(
    rf"{NOT_YET}\b(?:in |from |within |over |of |during )?(?:the )?(?:last|past) "
    rf"(?P<n>\d{{1,2}}|few|couple of|{'|'.join(WORDS)}|decade)(?P<unit> years?| decades?|\b)"
)
_THIS_YEAR = re.compile(
    rf"{NOT_YET}\b(?:from|in|of|released|made|came out|out) (?:in )?(?P<which>this|last) year\b"
)


def year_ranges(text: str, this_year: int) -> Iterator[Mention]:
    """Every range of years in a lower-case text."""
    for pattern, rule in _YEAR_RULES:
        yield from (m for match in pattern.finditer(text) if (m := _years(match, rule)))
    for match in _LATELY.finditer(text):
        count = _count(match)
        if count:
            yield _since(match, this_year - count)
    for match in _THIS_YEAR.finditer(text):
        year = this_year - (match.group("which") == "last")
        yield closed(match, "year", year, year)


def _count(match: re.Match[str]) -> int:
    """How many years back; 0 where no number is said."""
    said, unit = match.group("n"), match.group("unit").strip()
    if said == "decade":
        return 10
    if not unit or said in ("few", "couple of"):
        return 0
    return int(number_of(said)) * (10 if unit.startswith("decade") else 1)


def _since(match: re.Match[str], first: int) -> Mention:
    refused = bool(match.group("no"))
    start = match.start() if refused else span_of(match)[0]
    mention = Mention(start, match.end(), "range", field="year", refused=refused)
    return replace(mention, high=first - 1.0) if refused else replace(mention, low=float(first))


def _first_year(text: str) -> tuple[int, int]:
    """The first and last year of "1994", "the 80s", "2000s", "nineties"."""
    digits = re.sub(r"\D", "", text)
    if text in _DECADE_WORDS:
        return _DECADE_WORDS[text], _DECADE_WORDS[text] + 9
    year = int(digits)
    if len(digits) == 2:
        year += 1900 if year > 20 else 2000
    decade = text.endswith("s")
    return year, year + 9 if decade else year


def _years(match: re.Match[str], rule: str) -> Mention | None:
    first, last = _first_year(match.group("a"))
    refused = bool(match.groupdict().get("no"))
    if rule in ("before", "after", "since", "until"):
        upper = {"before": first - 1, "until": last}.get(rule)
        lower = {"after": last + 1, "since": first}.get(rule)
        if refused:
            upper, lower = {"before": (None, first), "after": (last, None)}.get(
                rule, (upper, lower)
            )
        start = match.start() if refused else span_of(match)[0]
        mention = Mention(start, match.end(), "range", field="year", refused=refused)
        return replace(mention, low=_real(lower), high=_real(upper))
    if rule == "decade":
        return _decade(match, first, last)
    if match.groupdict().get("b"):
        last = _first_year(match.group("b"))[1]
    return closed(match, "year", first, last) if first <= last else None


def _decade(match: re.Match[str], first: int, last: int) -> Mention | None:
    if re.search(
        r"\b(?:my|his|her|their|that|this|in their)\s+(?:\w+\s+)?$",
        match.string[: match.start("a")],
    ):
        return None  # "in my 20s" is an age
    part = (match.group("part") or "").strip(" -")
    low, high = {"early": (0, 4), "mid": (3, 6), "late": (5, 9)}.get(part, (0, 9))
    first, last = (first + low, first + high) if last - first == 9 else (first, last)
    if match.group("b"):
        other = _first_year(match.group("b"))
        first, last = min(first, other[0]), max(last, other[1])
    return closed(match, "year", first, last)


def _real(value: int | None) -> float | None:
    return None if value is None else float(value)
