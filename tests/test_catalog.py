from __future__ import annotations

import pytest

from retrieval.catalog import Catalog, Item, item_text


def test_rows_and_ids_are_each_others_inverse(catalog: Catalog) -> None:
    for row, item in enumerate(catalog.items):
        assert catalog.row(item.item_id) == row
        assert catalog.item(item.item_id) is item
    assert "up-2009" in catalog
    assert "down-2009" not in catalog
    with pytest.raises(KeyError):
        catalog.row("down-2009")


def test_facets_count_items_most_frequent_first(catalog: Catalog) -> None:
    genres = catalog.facets["genre"]
    assert genres.askable
    assert genres.counts["horror"] == 5
    assert list(genres.counts.values()) == sorted(genres.counts.values(), reverse=True)
    assert catalog.facets["person"].counts["Christopher Nolan"] == 2
    assert catalog.ranges["year"] == (1972.0, 2019.0)
    assert "price" not in catalog.ranges


def test_values_and_numbers_of_an_item() -> None:
    item = Item(
        "1",
        "Mug",
        directors=("A",),
        cast=("B", "A"),
        people=("C",),
        price=5,
        extra={"colour": ("red", "blue"), "weight": 2.5},
    )
    assert item.values("person") == ("A", "B", "C")
    assert item.values("colour") == ("red", "blue")
    assert item.values("weight") == item.values("absent") == ()
    assert (item.number("price"), item.number("weight")) == (5.0, 2.5)
    assert item.number("colour") is item.number("year") is None


def test_a_catalogue_cannot_be_changed(catalog: Catalog) -> None:
    with pytest.raises(TypeError):
        catalog.facets["genre"].counts["horror"] = 0  # type: ignore[index]
    with pytest.raises(TypeError):
        catalog.labels["like"] = "Yes"  # type: ignore[index]


def test_two_items_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        Catalog([Item("1", "a"), Item("1", "b")])


def test_the_fingerprint_is_of_content_and_order_not_of_names() -> None:
    one, two = Item("1", "a", extra={"x": 1.0, "y": ("b",)}), Item("2", "b")
    same = Item("1", "a", extra={"y": ("b",), "x": 1.0})
    catalog = Catalog([one, two], name="one")
    assert catalog.fingerprint == Catalog([same, two], name="two", noun="book").fingerprint
    assert catalog.fingerprint != Catalog([two, one]).fingerprint
    assert catalog.fingerprint != Catalog([one, Item("2", "b", year=1999)]).fingerprint


def test_every_button_has_a_label() -> None:
    labels = Catalog([Item("1", "a")], labels={"seen": "Read it"}).labels
    assert labels["seen"] == "Read it"
    assert set(labels) == {"like", "dislike", "seen", "not_now", "never"}


def test_the_embedded_text_says_what_an_item_is_like_and_leaves_out_codes() -> None:
    item = Item(
        "1",
        "Up",
        year=2009,
        genres=("comedy",),
        language=("English",),
        keywords=("old age",),
        description="A house flies.",
        directors=("Pete Docter",),
        extra={"mood": ("warm",), "link": ("https://x.y/z",), "code": ("X12",), "rating": 8.3},
    )
    assert item_text(item) == "English comedy. warm. old age. A house flies."


def test_without_a_description_the_embedded_text_names_title_and_people() -> None:
    item = Item("1", "Up", year=2009, genres=("comedy",), directors=("Pete Docter",))
    assert item_text(item) == "comedy. Up. Pete Docter."
    assert item_text(Item("2", "Her")) == "Her."
