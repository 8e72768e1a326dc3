"""Titles are filled in by code, in the reader's language where the catalogue knows it."""

from __future__ import annotations

from dataclasses import replace

from fakes import tiny_catalog

from bot.moves import Brief, Move
from bot.titles import TitleFiller, title_in

UP = replace(tiny_catalog().item("up-2009"), aliases=("UP", "飞屋环游记"), original_title=None)
CHIHIRO = replace(tiny_catalog().item("spirited-away-2001"), original_title="千と千尋の神隠し")


def brief(language: str) -> Brief:
    move = Move("recommend", "fresh")
    return Brief(move, "film", "hello", others=(UP, CHIHIRO), language=language)


def test_a_chinese_reader_gets_the_chinese_title_where_there_is_one() -> None:
    assert title_in(UP, "zh") == "飞屋环游记"
    assert title_in(replace(CHIHIRO, aliases=()), "zh") == "Spirited Away"
    assert title_in(UP, "en") == "Up"


def test_the_year_is_said_once_and_what_is_named_is_noted() -> None:
    filler = TitleFiller(brief("en"))
    text, named = filler.fill("[1] and [2], above all [1]")
    assert text == "Up (2009) and Spirited Away (2001), above all Up"
    assert named == (UP.item_id, CHIHIRO.item_id)
    assert TitleFiller(brief("zh")).fill("[1]") == ("《飞屋环游记》（2009）", (UP.item_id,))
