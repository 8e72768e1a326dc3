"""How a first visitor may begin: a shelf of items and a few openings, taken from the catalogue."""

from __future__ import annotations

import random
from collections.abc import Sequence

from retrieval.catalog import Catalog, Item
from ui.page_words import Words
from ui.posters import telling_genre

_POPULAR = 120  # the shelf is drawn from this many items
_COMMON = 8  # openings name one of this many most frequent genres
_MIN_GENRES = 3


def shelf(catalog: Catalog, size: int, chance: random.Random) -> tuple[Item, ...]:
    """`size` popular items that look and are unlike one another, as far as that can be had."""
    popular = sorted(catalog.items, key=lambda item: -(item.popularity or 0.0))[:_POPULAR]
    drawn = chance.sample(popular, len(popular))
    found: list[Item] = []
    for item in drawn:
        if not any(_same(item, other) for other in found):
            found.append(item)
    rest = [item for item in drawn if item not in found]
    return tuple((found + rest)[:size])


def starters(catalog: Catalog, words: Words, chance: random.Random) -> tuple[str, ...]:
    """Three or four things to say first, each about something that the catalogue has."""
    genres = _common_genres(catalog)
    chance.shuffle(genres)
    popular = sorted(catalog.items, key=lambda item: -(item.popularity or 0.0))[:_POPULAR]
    says = [words("like_this", title=chance.choice(popular).title)]
    if genres:
        decade = _decade(catalog, genres[0], chance)
        if decade is not None:
            says.append(words("start_decade", genre=_capital(genres[0]), decade=decade))
        says.append(words("start_not", genre=_capital(genres[1]), other=genres[2]))
    people = _people(popular)
    if people:
        says.append(words("start_person", person=chance.choice(people)))
    return tuple(says)


def _same(one: Item, other: Item) -> bool:
    genre = telling_genre(one)
    return genre is not None and genre == telling_genre(other)


def _common_genres(catalog: Catalog) -> list[str]:
    """The most frequent genres; none where there are too few to choose between."""
    facet = catalog.facets.get("genre")
    genres = list(facet.counts)[:_COMMON] if facet else []
    return genres if len(genres) >= _MIN_GENRES else []


def _decade(catalog: Catalog, genre: str, chance: random.Random) -> int | None:
    """A decade with several items of the genre."""
    years = [i.year for i in catalog.items if i.year is not None and genre in i.genres]
    decades = [year // 10 * 10 for year in years]
    rich = sorted({d for d in decades if decades.count(d) >= 5 and d >= 1900})
    return chance.choice(rich) if rich else None


def _people(items: Sequence[Item]) -> list[str]:
    """People who are in several of the items."""
    names = [name for item in items for name in item.values("person")]
    return sorted({name for name in names if names.count(name) >= 3})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
