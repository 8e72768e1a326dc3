"""The built-in catalogue: its form, and its facts against two public tables."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from retrieval.catalog import Catalog, Item
from retrieval.catalog_files import BUILTIN, builtin_catalog, read_catalog
from retrieval.signals import normalise

GENRES = {
    "action", "adventure", "animation", "biography", "comedy", "crime", "documentary", "drama",
    "family", "fantasy", "history", "horror", "music", "musical", "mystery", "romance",
    "science fiction", "sport", "superhero", "thriller", "war", "western",
}  # fmt: skip

TABLES = [
    ("redial/catalog.jsonl.gz", None),
    ("catalogs/wikipedia_movies.jsonl.gz", "United States"),  # it holds no films of other countries
]


@dataclass(frozen=True)
class Checked:
    """How many films a table speaks about, and those it speaks of otherwise."""

    compared: int
    against: tuple[str, ...]

    @property
    def share(self) -> float:
        return 1 - len(self.against) / self.compared


@pytest.fixture(scope="module")
def films() -> Catalog:
    return builtin_catalog()


@pytest.fixture(scope="module")
def redial_ids() -> dict[str, list[str]]:
    return dict(json.loads((BUILTIN.parent / "redial_ids.json").read_text(encoding="utf-8")))


def test_there_are_500_films_without_doubles(films: Catalog) -> None:
    assert len(films) == 500
    assert len({(normalise(film.title), film.year) for film in films.items}) == 500
    assert read_catalog(BUILTIN).bad_rows == ()
    assert films.noun == "film"


def test_every_film_is_fully_described(films: Catalog) -> None:
    for film in films.items:
        assert film.year and film.runtime and 60 <= film.runtime <= 240, film.title
        assert film.directors and len(film.cast) >= 3, film.title
        assert film.language and film.country, film.title
        assert 1 <= len(film.genres) <= 4 and set(film.genres) <= GENRES, film.title
        assert 6 <= len(film.keywords) <= 10, film.title
        assert 8 <= len(film.description.split()) <= 30, film.title
        assert not film.description.startswith(film.title + " "), film.title
        assert film.extra == {}, film.title


def test_no_other_name_of_a_film_is_the_title_of_another(films: Catalog) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for film in films.items:
        for name in film.aliases:
            owners[normalise(name)].add(film.item_id)
    titles = {normalise(film.title) for film in films.items}
    assert [name for name, ids in owners.items() if len(ids) > 1] == []
    assert sorted(titles & owners.keys()) == []


def test_facts_that_everybody_knows(films: Catalog) -> None:
    up = films.item("up-2009")
    assert (up.directors[0], up.runtime) == ("Pete Docter", 96)
    assert films.item("spirited-away-2001").original_title == "千と千尋の神隠し"
    assert "Keanu Reeves" in films.item("the-matrix-1999").values("person")


def test_redial_ids_belong_to_films_and_to_one_each(
    films: Catalog, redial_ids: dict[str, list[str]]
) -> None:
    assert all(item_id in films for item_id in redial_ids)
    everyone = [redial_id for ids in redial_ids.values() for redial_id in ids]
    assert len(everyone) == len(set(everyone))


@pytest.mark.data
def test_the_400_most_mentioned_films_are_there(
    shared_data: Path, redial_ids: dict[str, list[str]]
) -> None:
    known = {redial_id for ids in redial_ids.values() for redial_id in ids}
    assert [r for r in _most_mentioned(shared_data, 400) if r not in known] == []


@pytest.mark.data
@pytest.mark.parametrize(("table", "country"), TABLES)
def test_years_agree_with_the_shared_tables(
    films: Catalog, shared_data: Path, table: str, country: str | None
) -> None:
    found = compare_years(films, _by_title(shared_data / table), country)
    assert found.share >= 0.98, found.against


@pytest.mark.data
def test_directors_agree_with_redial(films: Catalog, shared_data: Path) -> None:
    found = compare_directors(films, _by_title(shared_data / "redial/catalog.jsonl.gz"))
    assert found.share >= 0.98, found.against


def compare_years(
    films: Catalog, table: dict[str, list[Item]], country: str | None = None
) -> Checked:
    """A film agrees when the table has its title within a year of ours; of one country only."""
    compared, against = 0, []
    for film in films.items:
        if country and country not in film.country:
            continue
        years = [row.year for row in _rows(film, table) if row.year]
        compared += bool(years)
        if years and film.year and min(abs(year - film.year) for year in years) > 1:
            against.append(f"{film.item_id}: table has {sorted(years)}")
    return Checked(compared, tuple(against))


def compare_directors(films: Catalog, table: dict[str, list[Item]]) -> Checked:
    """A film agrees when a row of its title and year (or of no year) shares a director."""
    compared, against = 0, []
    for film in films.items:
        near = [
            row
            for row in _rows(film, table)
            if row.directors and (row.year is None or abs(row.year - (film.year or 0)) <= 1)
        ]
        compared += bool(near)
        ours = {_letters(name) for name in film.directors}
        if near and not any(ours & set(map(_letters, row.directors)) for row in near):
            against.append(f"{film.item_id}: table has {[row.directors for row in near]}")
    return Checked(compared, tuple(against))


def _letters(name: str) -> str:
    """A name without the order of its parts: Wong Kar-wai is Kar-Wai Wong."""
    return "".join(sorted(re.sub(r"\W", "", normalise(name))))


def _rows(film: Item, table: dict[str, list[Item]]) -> list[Item]:
    names = {normalise(name) for name in (film.title, *film.aliases)}
    return [row for name in sorted(names) for row in table.get(name, [])]


@cache
def _by_title(path: Path) -> dict[str, list[Item]]:
    table: dict[str, list[Item]] = defaultdict(list)
    for item in read_catalog(path).catalog.items:
        table[normalise(item.title.replace("%3F", "?"))].append(item)
    return dict(table)


def _most_mentioned(shared_data: Path, count: int) -> list[str]:
    """ReDial ids by the number of conversations that mention them."""
    import gzip
    from collections import Counter

    found: Counter[str] = Counter()
    with gzip.open(shared_data / "redial/mentions_train.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            found.update({event["movie"] for event in json.loads(line)["events"]})
    return [redial_id for redial_id, _ in found.most_common(count)]


if __name__ == "__main__":
    shared = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    films_ = builtin_catalog()
    found = {
        f"years, {name}": compare_years(films_, _by_title(shared / name), country)
        for name, country in TABLES
    }
    found["directors"] = compare_directors(films_, _by_title(shared / TABLES[0][0]))
    for name, checked in found.items():
        print(f"{name}: {checked.share:.2%} of {checked.compared}", *checked.against, sep="\n  ")
