"""Reads bounds on years, running times, prices, stars and other numeric columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.mentions import Mention
from bot.plain_text import PlainText

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "an": 1, "a": 1,
}  # fmt: skip
_DECADE_WORDS = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990,
}  # fmt: skip
_YEAR = r"(?:19|20)\d\d"
_DECADE = rf"(?:(?:19|20)?\d0'?s\b|'\d0s\b|{'|'.join(_DECADE_WORDS)})"
_NOT_YET = (
    r"(?P<no>\b(?:nothing|not|no|don't|dont|never|avoid|without|none|skip|isn't|"
    r"aren't|doesn't|hate|dislike)\b(?:\s+(?!and\b|but\b|or\b)[a-z']+){0,5}?\s+)?"
)
_LESS = (
    r"(?:under|below|less than|shorter than|cheaper than|fewer than|lower than|"
    r"at most|max(?:imum)?(?: of)?|up to|no (?:longer|more|higher) than|within|"
    r"not (?:more|longer) than|smaller than)"
)
_MORE = (
    r"(?:over|above|more than|longer than|greater than|higher than|at least|min(?:imum)?(?: "
    r"of)?|no (?:less|fewer|shorter|lower) than|upwards of|starting at|not less "
    r"than|better than)"
)
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(_WORDS)})"
_TIME = (
    rf"(?:(?P<hours>{_NUMBER})(?P<half>(?: and a half| 1/2)?)[\s-]*(?:hours?|hrs?|h)\b(?: "
    rf"and a half|(?: and)? (?P<extra>\d+|ten|fifteen|twenty|thirty|forty|fifty)(?:\s*(?:minutes?|"
    rf"mins?|m)\b|\b(?![\w%]| ?(?:movies|films|years))))?"
    rf"|(?P<minutes>{_NUMBER})[\s-]*(?:minutes?|mins?)\b)"
)
_YEAR_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (rf"\b(?:between|from)\s+(?:the )?(?P<a>{_YEAR}(?:'?s)?)\s*(?:and|to|through|until|till|"
         rf"-)\s*(?:the )?(?P<b>{_YEAR}(?:'?s)?)\b", "between"),
        (rf"\b(?P<a>{_YEAR})\s*(?:-|to|through)\s*(?P<b>{_YEAR})\b", "between"),
        (rf"{_NOT_YET}\b(?:before|prior to|older than|earlier than|pre-?)\s*(?:the "
         rf")?(?:year )?(?P<a>{_YEAR}\b(?!'?s)|{_DECADE})", "before"),
        (rf"{_NOT_YET}\b(?:after|newer than|later than|past|post-?|more recent than)\s*(?:the "
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
        (rf"{_NOT_YET}(?:\bthe |\bof the )?(?P<part>\b(?:early|mid|late)[\s-]+)?(?:the "
         rf")?(?<![\w$])(?P<a>{_DECADE})(?:\s*(?:and|or|,|&|to|-|through)\s*(?:the "
         rf")?(?P<b>{_DECADE}))?", "decade"),
        (rf"{_NOT_YET}\b(?:from|in|of|released in|made in|came out in|year)\s+(?P<a>{_YEAR})\b(?!"
         rf"'?s|\s*(?:dollars|minutes))", "in"),
        (rf"{_NOT_YET}(?<![\w$.,])(?P<a>{_YEAR})\s+(?:movies?|films?|songs?|music|hits|"
         rf"releases?|tracks?)\b", "in"),
    )
)  # fmt: skip
_TIME_RULES = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (rf"{_NOT_YET}\b{_LESS}\s+(?:about |around )?{_TIME}", "less"),
        (rf"{_NOT_YET}\b{_MORE}\s+(?:about |around )?{_TIME}", "more"),
        (
            r"\b(?:between|from) (?P<low>\d+)(?: minutes| mins?)? (?:and|to|-) (?P<minutes>\d+) "
            r"(?:minutes|mins?)\b(?P<hours>)(?P<extra>)",
            "between",
        ),
        (rf"\b{_TIME}(?: (?:budget|limit|slot|window))\b", "less"),
        (rf"\b{_TIME}\s+(?:or (?:less|under|shorter)|max(?:imum)?|tops|at most)\b", "less"),
        (rf"\b{_TIME}\s+(?:or (?:more|over|longer)|plus|at least)\b", "more"),
    )
)
_PRICE = (
    rf"(?:[$£€]\s*(?P<a>\d+(?:[.,]\d+)?)|(?P<c>{_NUMBER})\s*(?:dollars|bucks|euros?|"
    rf"pounds|quid|usd|[$£€]))"
)
_PRICE_RULES = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"(?:between|from)\s+[$£€]?\s*(?P<a>\d+(?:\.\d+)?)\s*(?:and|to|-)\s*[$£€]\s*(?P<b>\d+(?:"
         r"\.\d+)?)", "between"),
        (r"(?:between|from)\s+[$£€]?\s*(?P<a>\d+(?:\.\d+)?)\s*(?:and|to|-)\s*[$£€]?\s*(?P<b>\d+(?"
         r":\.\d+)?)\s*(?:dollars|bucks|euros?|pounds)", "between"),
        (r"[$£€]\s*(?P<a>\d+(?:\.\d+)?)\s*(?:to|-)\s*[$£€]?\s*(?P<b>\d+(?:\.\d+)?)", "between"),
        (rf"{_NOT_YET}(?:{_LESS}|budget (?:is|of)|spend)\s+(?:about |around )?{_PRICE}", "less"),
        (rf"{_NOT_YET}{_MORE}\s+(?:about |around )?{_PRICE}", "more"),
        (rf"{_PRICE}\s+(?:or (?:less|under)|max(?:imum)?|tops)\b", "less"),
        (rf"{_PRICE}\s+(?:or more|and up|plus|minimum)\b", "more"),
    )
)  # fmt: skip
_PLAIN = (
    r"(?<![\w.])(?P<a>\d{2,5})\b"
    r"(?=\s*(?:$|[,;!?]|\.(?!\d)|or\b|please\b|and\b|but\b|if\b|for\b|max|tops|at most))"
)
# A number without a unit, where the catalogue has prices: "nothing over 250", "100 to 180".
_BARE_PRICE = (
    (re.compile(rf"{_NOT_YET}\b{_LESS}\s+(?:about |around )?{_PLAIN}"), "less"),
    (re.compile(rf"{_NOT_YET}\b{_MORE}\s+(?:about |around )?{_PLAIN}"), "more"),
    (re.compile(rf"{_PLAIN} (?:or (?:less|under)|max(?:imum)?|tops|at most)\b"), "less"),
    (re.compile(r"(?<![\w.])(?P<a>\d{2,5}) ?(?:to|-) ?(?P<b>\d{2,5})\b(?! ?[a-z])"), "between"),
)
_STARS = re.compile(
    rf"{_NOT_YET}(?:(?P<less>{_LESS})|(?P<more>{_MORE}|rated))\s+(?P<a>{_NUMBER})\s*(?:/\s*(?:5|"
    rf"10)\s*)?(?P<unit>stars?|points?)"
)


class RangeReader:
    """Reads ranges over the numeric columns of one catalogue (names in `columns`)."""

    def __init__(self, columns: Iterable[str]) -> None:
        names = list(columns)
        self._runtime = next(
            (n for n in names if n in ("runtime", "duration", "length")), "runtime"
        )
        self._stars = next((n for n in names if re.search("rating|star|score", n)), "rating")
        own = [n for n in names if n not in ("year", "runtime", "price", "popularity")]
        self._priced = "price" in names
        self._columns = [(name, *_column_rules(name)) for name in own]

    def read(self, plain: PlainText) -> list[Mention]:
        """Every range in the text, bounds inclusive; half-open refusals are turned round."""
        text = plain.lower
        found: list[Mention] = []
        for mention in self._all(text):
            if not any(m.start < mention.end and mention.start < m.end for m in found):
                found.append(mention)
        return _joined(sorted(found, key=lambda m: m.start), text)

    def _all(self, text: str) -> Iterator[Mention]:
        for pattern, rule in _YEAR_RULES:
            yield from (m for match in pattern.finditer(text) if (m := _years(match, rule)))
        for pattern, rule in _TIME_RULES:
            for match in pattern.finditer(text):
                if rule == "between":
                    low = _number(match.group("low"))
                    yield _closed(match, self._runtime, low, _minutes(match))
                else:
                    yield _bound(match, rule, self._runtime, _minutes(match))
        for pattern, rule in _PRICE_RULES:
            for match in pattern.finditer(text):
                a = _number(match.group("a") or match.groupdict().get("c"))
                if rule == "between":
                    yield _closed(match, "price", a, _number(match.group("b")))
                else:
                    yield _bound(match, rule, "price", a)
        for pattern, rule in _BARE_PRICE if self._priced else ():
            for match in pattern.finditer(text):
                a = _number(match.group("a"))
                if rule == "between":
                    yield _closed(match, "price", a, _number(match.group("b")))
                else:
                    yield _bound(match, rule, "price", a)
        for match in _STARS.finditer(text):
            rule = "less" if match.group("less") else "more"
            yield _bound(match, rule, self._stars, _number(match.group("a")))
        for name, *rules in self._columns:
            for pattern in rules:
                for match in pattern.finditer(text):
                    rule = "less" if match.group("less") else "more"
                    yield _bound(match, rule, name, _number(match.group("a")))


def _joined(found: list[Mention], text: str) -> list[Mention]:
    """ "Over $50 but under $100" and "nothing before 1980, nothing after 1989" are one range."""
    kept: list[Mention] = []
    for mention in found:
        last = kept[-1] if kept else None
        if last is not None and _two_ends(last, mention, text):
            low = last.low if last.low is not None else mention.low
            high = last.high if last.high is not None else mention.high
            kept[-1] = replace(last, end=mention.end, low=low, high=high)
        else:
            kept.append(mention)
    return kept


def _two_ends(one: Mention, other: Mention, text: str) -> bool:
    between = re.sub(r"[^a-z]+", " ", text[one.end : other.start]).strip()
    if one.field != other.field or between not in ("", "and", "but", "and also", "but also", "or"):
        return False
    low = one.low if one.low is not None else other.low
    high = one.high if one.high is not None else other.high
    ends = {(one.low is None, one.high is None), (other.low is None, other.high is None)}
    return ends == {(True, False), (False, True)} and (low or 0) <= (high or 0)


def complement(mention: Mention) -> Mention | None:
    """The wanted range behind a refused half-open one; None for a closed one."""
    if (mention.low is None) == (mention.high is None):
        return None
    step = 1.0 if mention.field == "year" else 0.0
    if mention.low is None and mention.high is not None:
        return replace(mention, low=mention.high + step, high=None, refused=True)
    return replace(mention, low=None, high=(mention.low or 0.0) - step, refused=True)


def _column_rules(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """ "under 300 pages" and "pages under 300" for a column "pages"."""
    word = re.escape(name.lower().replace("_", " ")).rstrip("s") + "s?"
    sides = rf"(?:(?P<less>{_LESS})|(?P<more>{_MORE}))"
    return (
        re.compile(rf"{_NOT_YET}{sides}\s+(?P<a>{_NUMBER})\s*(?:\w+ )?{word}\b"),
        re.compile(rf"{_NOT_YET}\b{word}\s+(?:is |of |are )?{sides}\s+(?P<a>{_NUMBER})"),
    )


def _number(text: str | None) -> float:
    if text is None:
        return 0.0
    return float(_WORDS.get(text, 0)) or float(text.replace(",", "."))


def _minutes(match: re.Match[str]) -> float:
    if match.group("minutes"):
        return _number(match.group("minutes"))
    half = 30 if "half" in match.group() or "1/2" in match.group() else 0
    return _number(match.group("hours")) * 60 + half + _number(match.group("extra"))


def _span(match: re.Match[str]) -> tuple[int, int]:
    """The span without the refusal before it and blanks at its ends."""
    start = match.end("no") if match.groupdict().get("no") else match.start()
    while match.string[start] == " ":
        start += 1
    return start, match.end()


def _closed(match: re.Match[str], field: str, low: float, high: float) -> Mention:
    start, end = _span(match)
    return Mention(start, end, "range", field=field, low=low, high=high)


def _bound(match: re.Match[str], rule: str, field: str, limit: float) -> Mention:
    refused = bool(match.groupdict().get("no"))
    upper = (rule == "less") != refused
    start, _ = _span(match)
    first = match.start() if refused else start
    mention = Mention(first, match.end(), "range", field=field, refused=refused)
    return replace(mention, high=limit) if upper else replace(mention, low=limit)


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
        start = match.start() if refused else _span(match)[0]
        mention = Mention(start, match.end(), "range", field="year", refused=refused)
        return replace(mention, low=_real(lower), high=_real(upper))
    if rule == "decade":
        return _decade(match, first, last)
    if match.groupdict().get("b"):
        last = _first_year(match.group("b"))[1]
    return _closed(match, "year", first, last) if first <= last else None


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
    return _closed(match, "year", first, last)


def _real(value: int | None) -> float | None:
    return None if value is None else float(value)
