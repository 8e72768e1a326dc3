"""Titles, people, facets and ranges found in a text of one catalogue."""

from __future__ import annotations

import pytest
from fakes import tiny_catalog

from bot.linking import LinkContext
from bot.plain_text import plain_text
from bot.ranges import RangeReader
from bot.target_linking import TargetLinker
from retrieval.catalog import Catalog, Item

LINKER = TargetLinker(tiny_catalog())


def found(text: str, linker: TargetLinker = LINKER) -> list[str]:
    return [m.value for m in linker.targets(plain_text(text), LinkContext()) if m.kind != "range"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I saw the godfather", ["The Godfather"]),
        ("Godfather is great", ["The Godfather"]),
        ("have you seen amelie?", ["Amélie"]),
        ("spirted away was lovely", ["Spirited Away"]),
        ("When Harry met Sally", ["When Harry Met Sally..."]),
        ("Up (2009)", ["Up"]),
        ("films with Scarlett Johanson", ["Scarlett Johansson"]),
        ("anything by Kubrick", ["Stanley Kubrick"]),
        ("starring Zoe Unknown", ["zoe unknown"]),
        ("a rom-com", ["romantic comedy"]),
        ("sci fi and thrillers", ["science fiction", "thriller"]),
        ("my family went up the hill", []),
        ("Japanese animation films", ["Japanese", "animation"]),
    ],
)
def test_names_are_found_in_their_usual_spellings(text: str, wanted: list[str]) -> None:
    assert found(text) == wanted


def test_equal_titles_are_told_apart_by_year_then_popularity() -> None:
    items = (
        Item("a", "Halloween", year=1978, popularity=5.0, genres=("horror",)),
        Item("b", "Halloween", year=2007, popularity=9.0, genres=("horror",)),
    )
    linker = TargetLinker(Catalog(items, noun="film"))

    def first(text: str) -> int:
        return linker.targets(plain_text(text), LinkContext())[0].rows[0]

    assert first("I loved Halloween") == 1
    assert first("I loved Halloween (1978)") == 0
    assert first("the 1978 Halloween") == 0


def test_columns_of_the_owner_are_facets_and_ranges() -> None:
    items = (
        Item("1", "Trail Pack", price=80.0, extra={"category": ("backpack",), "pages": 1.0}),
        Item("2", "City Bag", price=30.0, extra={"category": ("handbag",), "pages": 2.0}),
    )
    linker = TargetLinker(Catalog(items, noun="product"))
    mentions = linker.targets(plain_text("a backpack under $50"), LinkContext())
    assert [(m.field, m.value, m.high) for m in mentions] == [
        ("category", "backpack", None), ("price", "", 50.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nothing before 1990", ("year", 1990, None)),
        ("before 1950", ("year", None, 1949)),
        ("the 90s", ("year", 1990, 1999)),
        ("the 80s and 90s", ("year", 1980, 1999)),
        ("after 2000", ("year", 2001, None)),
        ("since 2010", ("year", 2010, None)),
        ("from 1994", ("year", 1994, 1994)),
        ("between 1990 and 2000", ("year", 1990, 2000)),
        ("under two hours", ("runtime", None, 120)),
        ("no longer than an hour and a half", ("runtime", None, 90)),
        ("nothing over 3 hours", ("runtime", None, 180)),
        ("at least 100 minutes", ("runtime", 100, None)),
        ("between $20 and $50", ("price", 20, 50)),
        ("at least 4 stars", ("stars", 4, None)),
        ("fewer than 300 pages", ("pages", None, 300)),
        ("over 120 bpm", ("bpm", 120, None)),
        ("in my 20s", None),
    ],
)
def test_ranges_are_inclusive(text: str, wanted: tuple[str, float, float] | None) -> None:
    reader = RangeReader(("year", "runtime", "price", "stars", "pages", "bpm"))
    mentions = reader.read(plain_text(text))
    assert [(m.field, m.low, m.high) for m in mentions] == ([wanted] if wanted else [])
