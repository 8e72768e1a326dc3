"""The ranker that ships knows the built-in films, keeps to its size and follows what is said."""

from __future__ import annotations

import time

import numpy as np
import pytest

from retrieval.catalog import Catalog, item_text
from retrieval.catalog_files import builtin_catalog
from retrieval.encoder import Encoder
from retrieval.learned_ranker import (
    PACKAGED,
    LearnedRanker,
    Mention,
    RankingContext,
    load_ranker,
    utterance,
)

pytestmark = pytest.mark.slow

FILMS = builtin_catalog()


@pytest.fixture(scope="module")
def ranker(real_encoder: Encoder) -> LearnedRanker:
    vectors = real_encoder.encode([item_text(i) for i in FILMS.items])
    found = load_ranker(PACKAGED, FILMS, vectors, real_encoder)
    assert found is not None
    return found


def test_most_built_in_films_were_talked_about(ranker: LearnedRanker) -> None:
    assert ranker.coverage > 0.7
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) < 15e6


@pytest.mark.parametrize(
    ("words", "genre"),
    [("I love scary horror films", "horror"), ("something animated for my kids", "animation")],
)
def test_words_bring_their_genre(ranker: LearnedRanker, words: str, genre: str) -> None:
    best = np.argsort(-ranker.score(RankingContext((), (utterance(True, words),))))[:10]
    assert sum(genre in FILMS.items[row].genres for row in best) >= 6


def test_a_film_named_brings_films_like_it_and_refusing_it_fewer(ranker: LearnedRanker) -> None:
    row = next(k for k, i in enumerate(FILMS.items) if "horror" in i.genres)
    said = (utterance(True, "I saw that one"),)

    def horror(polarity: float) -> int:
        scores = ranker.score(RankingContext((Mention(row, True, 0, polarity),), said))
        return sum("horror" in FILMS.items[k].genres for k in np.argsort(-scores)[:20])

    assert horror(1.0) > horror(-1.0)


def test_a_whole_catalogue_is_scored_quickly(ranker: LearnedRanker) -> None:
    context = RankingContext((Mention(3, True, 0),), (utterance(True, "I like it"),))
    ranker.score(context)
    started = time.process_time()
    for _ in range(5):
        ranker.score(context)
    assert (time.process_time() - started) / 5 < 0.25  # a laptop's core takes a tenth of this


def test_other_kinds_of_things_have_no_ranker(real_encoder: Encoder) -> None:
    kettles = Catalog(FILMS.items[:1])
    vectors = real_encoder.encode([item_text(i) for i in kettles.items])
    assert load_ranker(PACKAGED, kettles, vectors, real_encoder) is None
