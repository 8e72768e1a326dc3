"""How a first visitor may begin: a shelf of items and a few openings, taken from the catalogue."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import median

from retrieval.catalog import Catalog, Item
from ui.page_words import Words
from ui.posters import telling_genre

_POPULAR = 120  # the shelf is drawn from this many items
_COMMON = 8  # openings name one of this many most frequent genres
_MIN_KINDS = 3
_SEVERAL = 5


def shelf(catalog: Catalog, size: int, chance: random.Random) -> tuple[Item, ...]:
    """`size` popular items that look and are unlike one another, as far as that can be had."""
    popular = _popular(catalog)
    drawn = chance.sample(popular, len(popular))
    found: list[Item] = []
    for item in drawn:
        if not any(_same(item, other) for other in found):
            found.append(item)
    rest = [item for item in drawn if item not in found]
    return tuple((found + rest)[:size])


def starters(catalog: Catalog, words: Words, chance: random.Random) -> tuple[str, ...]:
    """A few things to say first, each about something that the catalogue has."""
    popular = _popular(catalog)
    says = [words("like_this", title=chance.choice(popular).title)]
    field, kinds = _kinds(catalog)
    chance.shuffle(kinds)
    if kinds:
        says += _within(catalog, words, chance, field, kinds[0])
        says.append(words("start_not", genre=_capital(kinds[1]), other=kinds[2]))
    people = _people(popular)
    if people:
        says.append(words("start_person", person=chance.choice(people)))
    return tuple(says)


def _within(
    catalog: Catalog, words: Words, chance: random.Random, field: str, kind: str
) -> list[str]:
    """A kind of item of some decade, or below the middle of its prices."""
    items = [item for item in catalog.items if kind in item.values(field)]
    decade = _decade(items, chance)
    if decade is not None:
        return [words("start_decade", genre=_capital(kind), decade=decade)]
    prices = [item.price for item in items if item.price is not None]
    if len(prices) < _SEVERAL:
        return []
    return [words("start_price", genre=_capital(kind), price=math.ceil(median(prices)))]


def _popular(catalog: Catalog) -> Sequence[Item]:
    """The most popular items; all of them where nobody knows."""
    if "popularity" not in catalog.ranges:
        return catalog.items
    return sorted(catalog.items, key=lambda item: -(item.popularity or 0.0))[:_POPULAR]


def _same(one: Item, other: Item) -> bool:
    genre = telling_genre(one)
    return genre is not None and genre == telling_genre(other)


def _kinds(catalog: Catalog) -> tuple[str, list[str]]:
    """The facet that tells items apart best, with its most frequent values; genres if any."""
    own = [f for f in catalog.facets if f not in ("genre", "person", "language", "country")]
    for field in ("genre", *own):
        facet = catalog.facets.get(field)
        if facet is not None and facet.askable and len(facet.counts) >= _MIN_KINDS:
            return field, list(facet.counts)[:_COMMON]
    return "", []


def _decade(items: Sequence[Item], chance: random.Random) -> int | None:
    """A decade with several of the items."""
    decades = [item.year // 10 * 10 for item in items if item.year is not None]
    rich = sorted({d for d in decades if decades.count(d) >= _SEVERAL and d >= 1900})
    return chance.choice(rich) if rich else None


def _people(items: Sequence[Item]) -> list[str]:
    """People who are in several of the items."""
    names = [name for item in items for name in item.values("person")]
    return sorted({name for name in names if names.count(name) >= 3})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
