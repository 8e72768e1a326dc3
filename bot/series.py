"""Finds the other parts of a title's series: "the first one", "the sequel", "the remake"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from bot.mentions import Mention
from bot.plain_text import PlainText, name_key, name_words
from bot.references import Discourse
from retrieval.catalog import Catalog

_PLACES = {
    "first": 0, "1st": 0, "original": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3,
    "4th": 3, "last": -1, "latest": -1, "newest": -1, "newer": -1, "new": -1, "remake": -1,
    "older": 0, "old": 0,
}  # fmt: skip
_COUNTS = {"two": 2, "three": 3, "2": 2, "3": 3}
_PART = re.compile(
    rf"\b(?:the )(?P<place>{'|'.join(_PLACES)})(?: (?P<count>two|three|2|3)\b"
    r"(?! (?:days|hours|years))| (?:one|movie|film|part)s?\b|"
    r"(?=\s*(?:$|[.,!?]|is\b|was\b|and\b|but\b|though\b)))"
    r"|\bthe (?P<next>sequel)\b"
)
_FRANCHISE = re.compile(
    r"^(?:'s?)?\s+(?:\w+\s+)?(?:movies|films|series|franchise|trilogy|saga|universe|flicks|style)\b"
)
_SUBTITLE = re.compile(r":\s\S+\s")
_PAIRED = re.compile(r"[A-Z][\w']+ (?:and|or|&) (?:the )?$")
_NUMBER = re.compile(r"^(?:\d{1,2}|part|chapter|volume|vol|episode|ii|iii|iv)$")


class Series:
    """The rows of one catalogue that belong together, by the name they share, in order of year."""

    def __init__(self, catalog: Catalog) -> None:
        families: dict[str, list[int]] = defaultdict(list)
        self._titles = [item.title for item in catalog.items]
        self._base = [_base(title) for title in self._titles]
        for row, base in enumerate(self._base):
            families[base].append(row)
        self._families = {
            base: tuple(sorted(rows, key=lambda row: catalog.items[row].year or 9999))
            for base, rows in families.items()
            if 1 < len(rows) < 16
        }

    def parts(self, row: int) -> tuple[int, ...]:
        """The series that a row belongs to, oldest part first; empty where it stands alone."""
        return self._families.get(self._base[row], ())

    def named_in_full(self, name: str, row: int) -> bool:
        """Whether a name is all of the row's title, and a title that no other part goes by."""
        title = self._titles[row]
        if name_key(name_words(name)) != name_key(name_words(title)):
            return False
        if _SUBTITLE.search(title):
            return True
        others = {self._titles[part] for part in self.parts(row)} - {title}
        return title.startswith("The ") and title.count(" ") > 1 and not others


def means_series(plain: PlainText, mention: Mention, row: int, series: Series) -> bool:
    """Whether what follows makes a series of a title, as in "the Alien movies".

    "W and X movies" names two titles, "The Bourne Legacy series" one.
    """
    if not _FRANCHISE.match(plain.lower[mention.end :][:24]):
        return False
    name = plain.text[mention.start : mention.end]
    whole = name_key(name_words(name)) == name_key(name_words(mention.value))
    if whole and name[:1].isupper() and _PAIRED.search(plain.text[: mention.start]):
        return False
    return name.islower() or not series.named_in_full(name, row)


def parts_named(
    plain: PlainText, named: Sequence[Mention], discourse: Discourse, series: Series
) -> list[Mention]:
    """References to parts of the series last spoken of; none where a list of several was shown."""
    found: list[Mention] = []
    for match in _PART.finditer(plain.lower):
        before = [m for m in named if m.kind == "item" and m.rows and m.end <= match.start()]
        own = before[-1].rows[0] if before else None
        if own is None and len(discourse.slate or discourse.fresh) > 1:
            continue
        row = discourse.current if own is None else own
        parts = () if row is None else series.parts(row)
        rows = _chosen(match, parts, row)
        if rows:
            start, end = match.span()
            several = len(rows) > 1
            found.append(
                Mention(start, end, "item", rows=rows, pronoun=True, plural=several, sure=0.8)
            )
    return found


def _chosen(match: re.Match[str], parts: tuple[int, ...], row: int | None) -> tuple[int, ...]:
    if len(parts) < 2 or row is None:
        return ()
    if match.group("next"):
        place = parts.index(row) + 1
        return parts[place : place + 1]
    place = _PLACES[match.group("place")]
    if match.group("count"):
        count = _COUNTS[match.group("count")]
        return parts[:count] if place == 0 else parts[-count:]
    return parts[place:][:1] if place >= 0 else parts[-1:]


def _base(title: str) -> str:
    """The name that the parts of a series share: without subtitle, number or "Part II"."""
    words = list(name_words(re.split(r":|\s[-–—]\s|\(", title)[0] or title))
    while len(words) > 1 and _NUMBER.match(words[-1]):
        words.pop()
    return " ".join(words)
