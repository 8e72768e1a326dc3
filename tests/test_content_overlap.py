"""Content features find genres, people and titles in what is said, and years near what is named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.catalog import Catalog, Item
from retrieval.content_overlap import ContentOverlap
from retrieval.ranking_context import Mention, RankingContext, utterance
from retrieval.ranking_features import wanted_weights

CATALOG = Catalog(
    [
        Item("a", "Dark House", year=1980, genres=("Horror",), cast=("Jane Roe",)),
        Item("b", "Dark House Returns", year=1984, genres=("Horror",), directors=("Max Lee",)),
        Item("c", "Silly Summer", year=2010, genres=("Comedy",), directors=("Max Lee",)),
        Item("d", "Quiet Rain", genres=("Drama",)),
    ]
)


def columns(context: RankingContext) -> dict[str, NDArray[np.float32]]:
    found = ContentOverlap(CATALOG).features(context, wanted_weights(context.wanted))
    return dict(zip(ContentOverlap.NAMES, found, strict=True))


def said(text: str) -> dict[str, NDArray[np.float32]]:
    return columns(RankingContext((), (utterance(True, text),)))


def test_a_genre_asked_for_and_one_refused() -> None:
    assert said("something scary please")["genre_said"].argmax() in (0, 1)
    assert said("please nothing, I hate scary films")["genre_said"][0] < 0


def test_people_and_titles_are_found_in_the_words() -> None:
    assert said("anything with Jane Roe?")["person_said"].tolist() == [1, 0, 0, 0]
    assert said("is dark house good")["title_said"].tolist() == [1, 0, 0, 0]
    assert said("that dark one")["title_words_said"][:2].all()


def test_what_is_named_brings_sequels_directors_and_years() -> None:
    found = columns(RankingContext((Mention(1, True, 0),), (utterance(True, "hi"),)))
    assert found["title_shared"][0] > found["title_shared"][2] == 0
    assert found["director_shared"][2] > found["director_shared"][0] == 0
    assert found["year_near"][0] > found["year_near"][2]


def test_nothing_said_says_nothing() -> None:
    found = columns(RankingContext())
    assert all(np.isfinite(c).all() and c.shape == (4,) for c in found.values())
    assert not any(c.any() for name, c in found.items() if name != "year")


def test_titles_leave_the_bare_text_with_their_year() -> None:
    message = utterance(True, "I liked Dark House (1980) a lot", ["Dark House"])
    assert message.bare.split() == ["I", "liked", "a", "lot"]
