"""Cards and posters: escaped, the same everywhere, and honest about what is known."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bot.sent import SlateEntry
from retrieval.catalog import Catalog, Item
from ui.cards import card_html, face_html, slate_html
from ui.page_words import words_for
from ui.posters import poster
from ui.typesetting import typeset

EVIL = "<script>alert('x')</script>\"&"


def entry(item: Item, why: str = "it is calm") -> SlateEntry:
    return SlateEntry(item.item_id, item.title, item.year, why, 0.5, None)


def card(item: Item, reaction: str | None = None, why: str = "it is calm") -> str:
    catalog = Catalog((item,), noun="film")
    return card_html("turn-1", 1, entry(item, why), reaction, catalog, words_for("en", catalog))


def test_a_card_shows_what_helps_to_choose(catalog: Catalog) -> None:
    item = catalog.item("spirited-away-2001")
    html = card(item)
    for text in ("Spirited Away", "2001", "125 min", "Hayao Miyazaki", "Japanese", "it is calm"):
        assert text in html
    assert item.description in html


def test_everything_of_catalogue_and_answer_is_escaped() -> None:
    item = Item(
        EVIL, EVIL, description=EVIL, genres=(EVIL,), directors=(EVIL,), cast=(EVIL,),
        people=(EVIL,), language=(EVIL,), image=EVIL, url=EVIL,
    )  # fmt: skip
    html = card(item, reaction=EVIL, why=EVIL)
    assert "<script" not in html
    assert "alert('x')" not in html


def test_an_address_that_runs_code_is_no_link_and_no_picture() -> None:
    item = Item("x", "X", image="javascript:alert(1)", url="JaVaScript:alert(1)")
    html = card(item)
    assert "javascript" not in html.lower()
    assert "<img" not in face_html(item)


def test_a_web_picture_is_shown_over_the_poster() -> None:
    html = face_html(Item("x", "X", image="https://example.org/a.jpg?a=1&b=2"))
    assert 'src="https://example.org/a.jpg?a=1&amp;b=2"' in html
    assert html.startswith("<svg"), "the poster is under it, should it not load"


def test_the_five_buttons_name_turn_item_and_kind(catalog: Catalog) -> None:
    html = card(catalog.item("up-2009"))
    kinds = re.findall(r'data-kind="(\w+)"', html)
    assert kinds == ["like", "dislike", "seen", "not_now", "never"]
    assert html.count('data-turn="turn-1" data-item="up-2009"') == 5
    assert 'aria-pressed="true"' not in html


def test_a_reaction_is_shown(catalog: Catalog) -> None:
    html = card(catalog.item("up-2009"), reaction="dislike")
    assert 'data-state="dislike"' in html
    assert re.findall(r'data-kind="(\w+)"[^>]*aria-pressed="true"', html) == ["dislike"]


def test_the_owners_labels_are_used(catalog: Catalog) -> None:
    item = catalog.item("up-2009")
    own = Catalog((item,), noun="book", labels={"seen": "Read it"})
    html = card_html("t", 1, entry(item), None, own, words_for("en", own))
    assert "Read it" in html
    chinese = card_html("t", 1, entry(item), None, own, words_for("zh-CN", own))
    assert "Read it" in chinese and "不喜欢" in chinese


def test_an_item_that_left_the_catalogue_still_has_a_card(catalog: Catalog) -> None:
    gone = SlateEntry("gone", "Gone", 1999, "it was here", 0.1, None)
    html = slate_html("t", (gone,), {}, catalog, words_for("en", catalog))
    assert "Gone" in html and "1999" in html


def test_a_poster_is_the_same_every_time_and_differs_between_items(catalog: Catalog) -> None:
    posters = {poster(item) for item in catalog.items}
    assert len(posters) == len(catalog)
    assert posters == {poster(item) for item in catalog.items}


@given(title=st.text(max_size=120), genre=st.sampled_from(["horror", "comedy", "vintage jazz", ""]))
def test_any_title_makes_a_well_formed_poster(title: str, genre: str) -> None:
    drawable = "".join(c for c in title if c.isprintable())  # XML has no place for the others
    svg = poster(Item("x", drawable, year=2000, genres=(genre,) if genre else ()))
    ElementTree.fromstring(svg)


@given(st.text(alphabet=st.characters(categories=["L", "N", "Z"]), min_size=1, max_size=200))
def test_a_title_fits_its_poster(title: str) -> None:
    size, lines = typeset(title, 168)
    assert 1 <= len(lines) <= 4
    assert len(lines) * size <= 80
