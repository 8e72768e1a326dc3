"""The titles of a catalogue under every name that people give them, looked up by key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.near_keys import NearKeys
from bot.ordinary import ordinary_words
from bot.plain_text import name_key, name_words
from retrieval.catalog import Catalog, Item

LONGEST = 12  # words of the longest window that is looked up

_BRACKETS = re.compile(r"\s*[\(\[][^)\]]*[\)\]]")
_PARTS = re.compile(r"\s*:\s+|\s+[-–—/]\s+|\s*[–—]\s*|:\s*")
_SMALL_WORDS = frozenset("the a an of and in on to for with at my".split())
_SERIAL = re.compile(r"\b(part|chapter|volume|vol|episode)\b\.?", re.IGNORECASE)


class TitleIndex:
    """Rows of a catalogue by the keys of their titles.

    `exact` holds full titles, original titles and aliases; `partial` holds titles without their
    subtitle, and subtitles alone. Both map a key to rows, best first.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        exact: dict[str, list[int]] = defaultdict(list)
        partial: dict[str, list[int]] = defaultdict(list)
        loose: dict[str, list[int]] = defaultdict(list)
        openings: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(catalog.items):
            for name in _full_names(item):
                _add(exact, name, row)
            for name in _partial_names(item.title):
                _add(partial, name, row)
            _add_loose(loose, item.title, row)
            for name in _openings(item.title):
                openings[name].append(row)
        self.exact = {key: self._ordered(rows) for key, rows in exact.items() if key}
        self.partial = {key: self._ordered(rows) for key, rows in partial.items() if key}
        self._loose = {key: self._ordered(rows) for key, rows in loose.items()}
        self._openings = {
            key: self._ordered(rows)
            for key, rows in openings.items()
            if len(rows) < 4 and key not in self.exact and key not in self.partial
        }
        self._near = NearKeys([*self.exact, *self.partial])

    def _ordered(self, rows: list[int]) -> tuple[int, ...]:
        unique = list(dict.fromkeys(rows))
        if len(unique) > 1:
            unique.sort(key=lambda row: _prominence(self._catalog.items[row]), reverse=True)
        return tuple(unique)

    def rows(self, key: str) -> tuple[int, ...]:
        """Rows whose full name has this key, else whose partial name has it."""
        return self.exact.get(key) or self.partial.get(key, ())

    def loose_rows(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Rows whose title has the same words but for its small ones ("lord of rings")."""
        content = content_words(words)
        return self._loose.get("".join(content), ()) if len(content) > 1 else ()

    def opened_by(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Rows whose long title begins with these words ("fantastic beasts", "bill and ted")."""
        return self._openings.get(name_key(words), ()) if len(words) > 1 else ()

    def near(self, key: str) -> tuple[str, float] | None:
        """The closest key within a length-dependent distance, and its similarity in [0, 1]."""
        return self._near.near(key)


def _add(table: dict[str, list[int]], name: str, row: int) -> None:
    table[name_key(name_words(name))].append(row)


def _add_loose(table: dict[str, list[int]], title: str, row: int) -> None:
    words = name_words(_BRACKETS.sub("", title))
    content = content_words(words)
    if 2 <= len(content) < len(words):
        table["".join(content)].append(row)


def _openings(title: str) -> Iterator[str]:
    """Keys of a long title's first words, two at least and telling ones."""
    words = [w for w in name_words(_BRACKETS.sub("", title)) if w]
    for count in range(2, len(words)):
        first = words[:count]
        strange = [w for w in first if w not in ordinary_words() and w not in _SMALL_WORDS]
        key = name_key(first)
        if strange and len(key) > 8 and first[-1] not in _SMALL_WORDS:
            yield key


def content_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a title without its small words, which people leave out or swap."""
    return tuple(word for word in words if word not in _SMALL_WORDS)


def _full_names(item: Item) -> Iterator[str]:
    for name in (item.title, item.original_title or "", *item.aliases):
        if not name:
            continue
        yield name
        plain = _BRACKETS.sub("", name)
        yield plain
        yield _SERIAL.sub("", plain)
        if name.lower().endswith(", the"):
            yield name[:-5]


def _partial_names(title: str) -> Iterator[str]:
    """Names without subtitle, and long subtitles alone ("The Empire Strikes Back")."""
    parts = [part for part in _PARTS.split(_BRACKETS.sub("", title)) if part]
    if len(parts) < 2:
        return
    yield parts[0]
    for part in parts[1:]:
        words = name_words(part)
        telling = len(words) > 1 or any(word not in ordinary_words() for word in words)
        if (
            len(part) > 7
            and telling
            and not part.lower().startswith(("remaster", "live", "the movie"))
        ):
            yield part
    if len(parts) > 2:
        yield parts[0] + " " + parts[-1]


def _prominence(item: Item) -> tuple[float, int, int]:
    facts = len(item.cast) + len(item.people) + len(item.genres) + bool(item.description)
    return (item.popularity or 0.0, min(facts, 4), item.year or 0)
