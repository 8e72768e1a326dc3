"""Items and the catalogue that holds them: facets, ranges, and the only map item id <-> row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

ASKABLE_LIMIT = 200  # a facet with more distinct values is matched by name, never asked about

DEFAULT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "like": "Like",
        "dislike": "Dislike",
        "seen": "Seen",
        "not_now": "Not now",
        "never": "Never again",
    }
)

_TEXT_LIMIT = 2000  # characters of a description; encoders cut long before
_NUMBER_FIELDS = ("year", "runtime", "price", "popularity")
_FACET_FIELDS = ("genre", "person", "language", "country", "keywords")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be recommended; `runtime` is in minutes.

    `extra` holds the catalogue's other columns: a number, or the values of a facet.
    """

    item_id: str
    title: str
    description: str = ""
    year: int | None = None
    genres: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    runtime: float | None = None
    price: float | None = None
    image: str | None = None
    url: str | None = None
    original_title: str | None = None
    aliases: tuple[str, ...] = ()
    popularity: float | None = None
    extra: Mapping[str, float | tuple[str, ...]] = field(default_factory=dict)

    def values(self, field: str) -> tuple[str, ...]:
        """The values of a facet; () for a facet that this item does not have.

        "genre", "person" (directors, cast and people, each once), "language", "country",
        "keywords", or the name of another column.
        """
        if field == "person":
            return tuple(dict.fromkeys(self.directors + self.cast + self.people))
        if field == "genre":
            return self.genres
        if field == "keywords":
            return self.keywords
        if field == "language":
            return self.language
        if field == "country":
            return self.country
        value = self.extra.get(field)
        return value if isinstance(value, tuple) else ()

    def number(self, field: str) -> float | None:
        """The number in "year", "runtime", "price", "popularity" or another numeric column."""
        if field in _NUMBER_FIELDS:
            value = getattr(self, field)
            return None if value is None else float(value)
        other = self.extra.get(field)
        return None if other is None or isinstance(other, tuple) else other


@dataclass(frozen=True, slots=True)
class Facet:
    """The distinct values of a facet, most frequent first, each with its number of items."""

    field: str
    counts: Mapping[str, int]
    askable: bool


class Catalog:
    """The items of one catalogue in row order; immutable after construction.

    `fingerprint` is a sha256 over the items in their order: equal content, equal fingerprint.
    `labels` holds the caption of every feedback button. Raises ValueError on a repeated item id.
    """

    def __init__(
        self,
        items: Iterable[Item],
        *,
        noun: str = "item",
        labels: Mapping[str, str] | None = None,
        name: str = "catalogue",
    ) -> None:
        self.items: tuple[Item, ...] = tuple(items)
        self.noun = noun
        self.labels: Mapping[str, str] = MappingProxyType({**DEFAULT_LABELS, **(labels or {})})
        self.name = name
        self._rows = {item.item_id: row for row, item in enumerate(self.items)}
        if len(self._rows) != len(self.items):
            raise ValueError("two items share one id")
        self.fingerprint = _fingerprint(self.items)
        self.facets: Mapping[str, Facet] = MappingProxyType(_facets(self.items))
        self.ranges: Mapping[str, tuple[float, float]] = MappingProxyType(_ranges(self.items))

    def row(self, item_id: str) -> int:
        """The row of an item id; raises KeyError if the catalogue does not hold it."""
        return self._rows[item_id]

    def item(self, item_id: str) -> Item:
        """The item of an id; raises KeyError if the catalogue does not hold it."""
        return self.items[self._rows[item_id]]

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._rows


def item_text(item: Item) -> str:
    """The text embedded for an item: what it is like, so that wishes land near it.

    A title says little of that and draws wishes to itself ("something big" to the film Big), so
    it stands in the text, with the people, only where no description says what the item is.
    On 30 wishes for the built-in films the mean reciprocal of the best rank is .93, with title
    and people .75.
    """
    kind = " ".join(filter(None, (", ".join(item.language), ", ".join(item.genres))))
    parts = [kind, ", ".join(_words(item.extra)), ", ".join(item.keywords)]
    if item.description:
        parts.append(item.description[:_TEXT_LIMIT])
    else:
        parts += [item.title, ", ".join(item.values("person")[:6])]
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip()) + "."


def _words(extra: Mapping[str, float | tuple[str, ...]]) -> list[str]:
    """The other columns' values that read as words: no addresses, codes or long texts."""
    values = [v for value in extra.values() if isinstance(value, tuple) for v in value]
    return [v for v in values if len(v) <= 40 and all(c.isalpha() or c in " -'&" for c in v)]


def _fingerprint(items: Iterable[Item]) -> str:
    names = [f.name for f in fields(Item)]
    digest = hashlib.sha256()
    for item in items:
        content = {name: getattr(item, name) for name in names}
        content["extra"] = dict(item.extra)
        line = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        digest.update(line.encode("ascii") + b"\n")
    return digest.hexdigest()


def _facets(items: tuple[Item, ...]) -> dict[str, Facet]:
    others = {k for item in items for k, v in item.extra.items() if isinstance(v, tuple)}
    facets = {}
    for name in (*_FACET_FIELDS, *sorted(others)):
        counts = Counter(value for item in items for value in item.values(name))
        if counts:
            ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            askable = len(counts) <= ASKABLE_LIMIT
            facets[name] = Facet(name, MappingProxyType(dict(ordered)), askable)
    return facets


def _ranges(items: tuple[Item, ...]) -> dict[str, tuple[float, float]]:
    others = {k for item in items for k, v in item.extra.items() if not isinstance(v, tuple)}
    ranges = {}
    for name in (*_NUMBER_FIELDS, *sorted(others)):
        numbers = [n for item in items if (n := item.number(name)) is not None]
        if numbers:
            ranges[name] = (min(numbers), max(numbers))
    return ranges
