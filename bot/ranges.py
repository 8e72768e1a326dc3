"""Reads bounds on running times, prices, stars and other numeric columns, and those on years."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date

from bot.mentions import Mention
from bot.plain_text import PlainText
from bot.range_words import NOT_YET, WORDS, closed, number_of, span_of
from bot.years import year_ranges

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
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(WORDS)})"
_TIME = (
    rf"(?:(?P<hours>{_NUMBER})(?P<half>(?: and a half| 1/2)?)[\s-]*(?:hours?|hrs?|h)\b(?: "
    rf"and a half|(?: and)? (?P<extra>\d+|ten|fifteen|twenty|thirty|forty|fifty)(?:\s*(?:minutes?|"
    rf"mins?|m)\b|\b(?![\w%]| ?(?:movies|films|years))))?"
    rf"|(?P<minutes>{_NUMBER})[\s-]*(?:minutes?|mins?)\b)"
)
_TIME_RULES = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (rf"{NOT_YET}\b{_LESS}\s+(?:about |around )?{_TIME}", "less"),
        (rf"{NOT_YET}\b{_MORE}\s+(?:about |around )?{_TIME}", "more"),
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
        (rf"{NOT_YET}(?:{_LESS}|budget (?:is|of)|spend)\s+(?:about |around )?{_PRICE}", "less"),
        (rf"{NOT_YET}{_MORE}\s+(?:about |around )?{_PRICE}", "more"),
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
    (re.compile(rf"{NOT_YET}\b{_LESS}\s+(?:about |around )?{_PLAIN}"), "less"),
    (re.compile(rf"{NOT_YET}\b{_MORE}\s+(?:about |around )?{_PLAIN}"), "more"),
    (re.compile(rf"{_PLAIN} (?:or (?:less|under)|max(?:imum)?|tops|at most)\b"), "less"),
    (re.compile(r"(?<![\w.])(?P<a>\d{2,5}) ?(?:to|-) ?(?P<b>\d{2,5})\b(?! ?[a-z])"), "between"),
)
_STARS = re.compile(
    rf"{NOT_YET}(?:(?P<less>{_LESS})|(?P<more>{_MORE}|rated))\s+(?P<a>{_NUMBER})\s*(?:/\s*(?:5|"
    rf"10)\s*)?(?P<unit>stars?|points?)"
)


class RangeReader:
    """Reads ranges over the numeric columns of one catalogue (names in `columns`)."""

    def __init__(self, columns: Iterable[str], today: Callable[[], date] = date.today) -> None:
        self._today = today
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
        yield from year_ranges(text, self._today().year)
        for pattern, rule in _TIME_RULES:
            for match in pattern.finditer(text):
                if rule == "between":
                    low = number_of(match.group("low"))
                    yield closed(match, self._runtime, low, _minutes(match))
                else:
                    yield _bound(match, rule, self._runtime, _minutes(match))
        for pattern, rule in _PRICE_RULES:
            for match in pattern.finditer(text):
                a = number_of(match.group("a") or match.groupdict().get("c"))
                if rule == "between":
                    yield closed(match, "price", a, number_of(match.group("b")))
                else:
                    yield _bound(match, rule, "price", a)
        for pattern, rule in _BARE_PRICE if self._priced else ():
            for match in pattern.finditer(text):
                a = number_of(match.group("a"))
                if rule == "between":
                    yield closed(match, "price", a, number_of(match.group("b")))
                else:
                    yield _bound(match, rule, "price", a)
        for match in _STARS.finditer(text):
            rule = "less" if match.group("less") else "more"
            yield _bound(match, rule, self._stars, number_of(match.group("a")))
        for name, *rules in self._columns:
            for pattern in rules:
                for match in pattern.finditer(text):
                    rule = "less" if match.group("less") else "more"
                    yield _bound(match, rule, name, number_of(match.group("a")))


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
        re.compile(rf"{NOT_YET}{sides}\s+(?P<a>{_NUMBER})\s*(?:\w+ )?{word}\b"),
        re.compile(rf"{NOT_YET}\b{word}\s+(?:is |of |are )?{sides}\s+(?P<a>{_NUMBER})"),
    )


def _minutes(match: re.Match[str]) -> float:
    if match.group("minutes"):
        return number_of(match.group("minutes"))
    half = 30 if "half" in match.group() or "1/2" in match.group() else 0
    return number_of(match.group("hours")) * 60 + half + number_of(match.group("extra"))


def _bound(match: re.Match[str], rule: str, field: str, limit: float) -> Mention:
    refused = bool(match.groupdict().get("no"))
    upper = (rule == "less") != refused
    start, _ = span_of(match)
    first = match.start() if refused else start
    mention = Mention(first, match.end(), "range", field=field, refused=refused)
    return replace(mention, high=limit) if upper else replace(mention, low=limit)
