"""Understands Chinese messages by rules: titles by alias, genres, years, likes and refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.mentions import Mention, without_overlaps
from bot.plain_text import PlainText
from bot.references import Discourse
from bot.stance import Stance
from bot.understanding import Intent
from bot.word_lists import any_of, sections
from retrieval.catalog import Catalog

_INTENTS: tuple[Intent, ...] = (
    "profile",
    "why",
    "reject",
    "accept",
    "question",
    "refine",
    "seek",
    "feedback",
    "social",
)
_PATTERNS = {intent: re.compile(any_of("chinese", intent)) for intent in _INTENTS}
_VERDICT = re.compile(
    "很?好看|很精彩|很棒|听起来|看起来|就看|我很?喜欢$|难看|很烂|不感兴趣|没兴趣|不想看"
)
_WHY = re.compile("为什么|为啥|为何")
_HAN = re.compile(r"[一-鿿]")
_QUALITIES = re.compile(any_of("chinese", "quality"))
_BREAK = re.compile(r"[，。！？；,.!?;\n]|但是|不过|可是|然而|但|而且")
_NEGATIVE = re.compile(any_of("chinese", "negative"))
_DOUBLE = re.compile(r"不讨厌|不反感|不介意|没有不喜欢|不是不喜欢|不一定(?:要|是)|不错")
_POSITIVE = re.compile(any_of("chinese", "positive"))
_SEEN = re.compile(r"(?:已经)?看过|听过")
_NOT_SEEN = re.compile(r"没(?:有)?(?:看|听)过|没看")
_OTHERS = re.compile(any_of("chinese", "others"))
_QUESTION = re.compile(r"[?？]|吗|什么时候|谁(?:导演|演)|多长|哪一?年|讲(?:的是)?什么|多少")
_DECADE = re.compile(r"(?:(19|20)?(\d0)|([二三四五六七八九])十)年代")
_YEAR_BOUND = re.compile(r"((?:19|20)\d\d)年?(之后|以后|以来|后|之前|以前|前)(?:的|上映)?")
_YEAR = re.compile(r"((?:19|20)\d\d)年")
_MINUTES = re.compile(
    r"(不超过|少于|短于|低于|超过|长于|至少)?\s*(\d+|一|两|二|三)(?:个)?(半)?(分钟|小时)(半)?(以内|之内|以下|以上|左右)?"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_REFERENCE = re.compile(
    r"第([一二三四五六七八九1-9])(?:部|个|首)|最后一(?:部|个|首)|(?:这|那)(?:一)?(?:部|个|首)(?:电影|片子?|歌)?|它|这些|那些|两部都|都"
)


class ChineseReader:
    """Reads Chinese messages against one catalogue: Chinese titles, aliases and names."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._names: dict[str, list[tuple[str, Mention]]] = {}
        own = {
            value.lower(): value
            for field in ("genre", "language", "country")
            if field in catalog.facets
            for value in catalog.facets[field].counts
        }
        for word, genre in _pairs("genre"):
            options = (genre, "sci-fi") if genre == "science fiction" else (genre,)
            value = next((own[o] for o in options if o in own), genre)
            self._add(word, Mention(0, 0, "facet", value, field="genre"))
        for word, place in _pairs("place"):
            field, _, value = place.partition(":")
            self._add(word, Mention(0, 0, "facet", own.get(value.lower(), value), field=field))
        for row, item in enumerate(catalog.items):
            for name in (item.title, item.original_title or "", *item.aliases):
                if len(name) > 1 and _HAN.search(name):
                    self._add(name, Mention(0, 0, "item", item.title, (row,)))
        for name in catalog.facets["person"].counts if "person" in catalog.facets else ():
            if _HAN.search(name):
                self._add(name, Mention(0, 0, "facet", name, field="person"))

    def _add(self, word: str, mention: Mention) -> None:
        self._names.setdefault(word[0], []).append((word, mention))

    def read(
        self, plain: PlainText, discourse: Discourse, latin: Sequence[Mention]
    ) -> ChineseReading:
        """Mentions with stances, and intents; `latin` are titles and people in Latin letters."""
        text = plain.lower
        found = without_overlaps(
            [*latin, *self._named(text), *_years(text), *_runtimes(text), *_qualities(text)]
        )
        found = without_overlaps([*found, *_referred(text, discourse, found)])
        if discourse.fresh and not any(m.kind == "item" for m in found):
            found += _unnamed(text, discourse.fresh[0])
        opinions = []
        for mention in found:
            stance, seen = _stance(text, mention)
            opinions.append((mention, stance, seen))
        return ChineseReading(tuple(opinions), _intents(text, bool(discourse.fresh)))

    def titles(self, text: str) -> list[Mention]:
        """The titles that a text names in Chinese."""
        found = self._named(text.lower()) if _HAN.search(text) else ()
        return without_overlaps([m for m in found if m.kind == "item"])

    def _named(self, text: str) -> Iterator[Mention]:
        for start, character in enumerate(text):
            for word, mention in self._names.get(character, ()):
                if text.startswith(word.lower(), start):
                    yield replace(mention, start=start, end=start + len(word))


@dataclass(frozen=True, slots=True)
class ChineseReading:
    """What a Chinese message names, with the opinion and whether seen, and its intents."""

    opinions: tuple[tuple[Mention, Stance, bool | None], ...]
    intents: tuple[Intent, ...]


def _unnamed(text: str, row: int) -> list[Mention]:
    """A verdict on the suggestion without naming it ("很好看", "不感兴趣")."""
    match = _VERDICT.search(text)
    if match is None:
        return []
    return [Mention(match.start(), match.start(), "item", rows=(row,), pronoun=True)]


def _pairs(section: str) -> Iterator[tuple[str, str]]:
    for line in sections("chinese")[section]:
        word, _, value = line.partition("=")
        yield word, value


def _clause(text: str, position: int) -> tuple[int, int]:
    breaks = [(m.start(), m.end()) for m in _BREAK.finditer(text)]
    start = max((end for _, end in breaks if end <= position), default=0)
    return start, min((begin for begin, _ in breaks if begin >= position), default=len(text))


def _stance(text: str, mention: Mention) -> tuple[Stance, bool | None]:
    """Negation in the clause decides before liking; a question or another's taste has no sign."""
    start, end = _clause(text, mention.start)
    clause = text[start : mention.start] + "X" + text[mention.end : end]
    seen = None
    if mention.kind == "item":
        seen = False if _NOT_SEEN.search(clause) else True if _SEEN.search(clause) else None
    if mention.kind == "text" and (
        mention.value in ("无聊", "太慢") or text[: mention.start].endswith("太")
    ):
        return Stance(-0.8, 0.8, start, end, True), seen
    asked = (end < len(text) and text[end] in "?？") or re.search("吗|为什么|为啥", clause)
    wish = re.search(r"有没有|有什么|能不能|可以(?:推荐|给)|推荐", clause)
    if _WHY.search(clause):
        return Stance(0.0), seen
    if _OTHERS.search(clause) or (asked and not wish):
        return Stance(0.0), seen
    if mention.refused:
        return Stance(0.8, 0.9), seen
    if _DOUBLE.search(clause) and "不错" not in clause:
        return Stance(0.0), seen
    if _NEGATIVE.search(clause) and not re.search(r"不错|不仅|不只", clause):
        return Stance(-0.8, 0.85, start, end, True), seen
    if _POSITIVE.search(clause):
        return Stance(0.8, 0.85, start, end, True), seen
    bare = mention.kind != "item" and seen is None
    return (Stance(0.6, 0.6) if bare else Stance(0.0)), seen


def _years(text: str) -> Iterator[Mention]:
    for match in _YEAR_BOUND.finditer(text):
        year, later = float(match.group(1)), "后" in match.group(2) or "来" in match.group(2)
        refused = bool(re.search(r"(?:不要|别|不看|除了)[^，。]{0,4}$", text[: match.start()]))
        mention = Mention(match.start(), match.end(), "range", field="year", refused=refused)
        if refused:
            yield replace(mention, low=year) if not later else replace(mention, high=year)
        else:
            yield replace(mention, low=year) if later else replace(mention, high=year - 1)
    for match in _DECADE.finditer(text):
        tens = int(match.group(2)) if match.group(2) else _DIGITS[match.group(3)] * 10
        century = int(match.group(1) or (20 if tens < 20 else 19)) * 100
        first = float(century + tens)
        yield Mention(match.start(), match.end(), "range", field="year", low=first, high=first + 9)
    for match in _YEAR.finditer(text):
        year = float(match.group(1))
        yield Mention(match.start(), match.end() - 1, "range", field="year", low=year, high=year)


def _runtimes(text: str) -> Iterator[Mention]:
    for match in _MINUTES.finditer(text):
        more = match.group(1) in ("超过", "长于", "至少") or match.group(6) == "以上"
        less = match.group(1) in ("不超过", "少于", "短于", "低于")
        if not (more or less or match.group(6) in ("以内", "之内", "以下")):
            continue
        number = float(_DIGITS.get(match.group(2), 0) or match.group(2))
        minutes = number if match.group(4) == "分钟" else number * 60
        minutes += 30 if match.group(3) or match.group(5) else 0
        mention = Mention(match.start(), match.end(), "range", field="runtime")
        refused = bool(re.search(r"(?:不要|别|不看)[^，。]{0,3}$", text[: match.start()]))
        upper = more == refused
        mention = replace(mention, refused=refused)
        yield replace(mention, high=minutes) if upper else replace(mention, low=minutes)


def _qualities(text: str) -> Iterator[Mention]:
    for match in _QUALITIES.finditer(text):
        yield Mention(match.start(), match.end(), "text", match.group(), field="either", sure=0.8)


def _referred(text: str, discourse: Discourse, found: Sequence[Mention]) -> Iterator[Mention]:
    slate = discourse.slate or discourse.fresh
    for match in _REFERENCE.finditer(text):
        rows: tuple[int, ...] = ()
        several = match.group() in ("这些", "那些", "两部都")
        if match.group(1):
            place = int(_DIGITS.get(match.group(1), 0) or match.group(1)) - 1
            rows = slate[place : place + 1]
        elif match.group().startswith("最后"):
            rows = slate[-1:]
        elif several:
            rows = discourse.fresh or discourse.slate
        elif match.group() != "都":
            named = [
                m.rows[0] for m in found if m.kind == "item" and m.rows and m.end <= match.start()
            ]
            current = named[-1] if named else discourse.current
            rows = () if current is None else (current,)
        if rows:
            yield Mention(
                match.start(), match.end(), "item", rows=rows, pronoun=True, plural=several
            )


def _intents(text: str, suggested: bool) -> tuple[Intent, ...]:
    found = [intent for intent in _INTENTS if _PATTERNS[intent].search(text)]
    if not suggested:
        found = [i for i in found if i not in ("accept", "reject")]
    if "refine" in found and "seek" in found:
        found.remove("refine" if not suggested else "seek")
    if len(found) > 1 and "social" in found:
        found.remove("social")
    if {"profile", "why"} & set(found):
        found = [i for i in found if i in ("profile", "why")]
    return tuple(found) or ("other",)
