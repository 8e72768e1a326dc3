"""Parts of a series are found by place, count and order, and only where one title is spoken of."""

from bot.plain_text import plain_text
from bot.references import Discourse
from bot.series import Series, parts_named
from retrieval.catalog import Catalog, Item

CATALOG = Catalog(
    [
        Item("b", "Harbour Light 2", year=1996),
        Item("a", "Harbour Light", year=1992),
        Item("c", "Harbour Light: Homeward", year=2001),
        Item("d", "Quiet Orchard", year=2000),
    ],
    noun="film",
)
SERIES = Series(CATALOG)


def named(text: str, discourse: Discourse) -> list[tuple[int, ...]]:
    return [m.rows for m in parts_named(plain_text(text), [], discourse, SERIES)]


def test_parts_stand_in_order_of_year() -> None:
    assert SERIES.parts(0) == (1, 0, 2)
    assert SERIES.parts(3) == ()


def test_places_and_counts_name_parts() -> None:
    talk = Discourse(current=1)
    assert named("I liked the first two", talk) == [(1, 0)]
    assert named("the second one is better", talk) == [(0,)]
    assert named("the sequel was dull", talk) == [(0,)]


def test_an_ordinal_over_a_list_is_left_to_the_list() -> None:
    assert named("the second one", Discourse(slate=(1, 3), fresh=(1, 3), current=1)) == []


def test_a_title_that_stands_alone_has_no_parts() -> None:
    assert named("the first one", Discourse(current=3)) == []
