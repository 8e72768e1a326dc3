"""Ranking, candidates and the slate, on a catalogue whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moves import Reason
from bot.need import Shelf, log_popularity, make_shelf
from bot.need import need_of as session_need
from bot.reasons import objections_to, range_text, reasons_for
from bot.recommend import fixed_slate, make_slate, rank_candidates
from bot.session import Session, Turn
from bot.understanding import Understanding
from retrieval.candidates import draw
from retrieval.catalog import Catalog
from retrieval.facets import FacetRows, allowed
from retrieval.index import ItemIndex
from retrieval.ranking import FEATURES, LEARNED_WEIGHTS, Need, Weights, rank
from retrieval.signals import Signal, TurnSignals
from retrieval.slate import choose
from retrieval.taste import empty_taste, fold

NO_HORROR = Signal("facet", -1.0, hard=True, field="genre", value="horror")


@pytest.fixture(scope="module")
def shelf(catalog: Catalog, index: ItemIndex, encoder: FakeEncoder) -> Shelf:
    return make_shelf(catalog, index, encoder)


def need_of(shelf: Shelf, *signals: Signal, query: str = "") -> Need:
    turns = [TurnSignals("t1", "c1", signals)]
    taste = fold(turns, shelf.vectors, conversation_id="c1")
    q = shelf.encoder.encode([query])[0] if query else None
    return Need(q, taste, {"t1": 0}, popularity=shelf.popularity)


def slate_ids(shelf: Shelf, need: Need, **options: object) -> list[str]:
    defaults = {"excluded": frozenset(), "size": 4, "temperature": 0.0, "turn_id": "t1"}
    slate = make_slate(shelf, need, "", **{**defaults, **options})  # type: ignore[arg-type]
    return [e.item.item_id for e in slate.entries]


def genres(shelf: Shelf, ids: list[str]) -> set[str]:
    return {g for i in ids for g in shelf.catalog.item(i).genres}


def test_contributions_add_up_to_the_score(shelf: Shelf) -> None:
    need = need_of(shelf, NO_HORROR, query="space adventure")
    rows = np.arange(len(shelf.catalog))
    ranked = rank(rows, need, shelf.index.vectors, shelf.facets, Weights())
    assert ranked.contributions.shape == (len(rows), len(FEATURES))
    np.testing.assert_allclose(ranked.contributions.sum(axis=1), ranked.scores)
    assert list(ranked.scores) == sorted(ranked.scores, reverse=True)


def test_a_hard_refusal_is_a_filter(shelf: Shelf) -> None:
    ids = slate_ids(shelf, need_of(shelf, NO_HORROR), size=12)
    assert ids
    assert "horror" not in genres(shelf, ids)


def test_a_wanted_genre_comes_first(shelf: Shelf) -> None:
    wish = Signal("facet", 1.0, field="genre", value="horror")
    ids = slate_ids(shelf, need_of(shelf, wish), size=2)
    assert all("horror" in shelf.catalog.item(i).genres for i in ids)


def test_a_hard_wish_that_nothing_meets_is_relaxed_and_said(shelf: Shelf) -> None:
    ancient = Signal("range", 1.0, hard=True, field="year", max=1800)
    ranked, relaxed = rank_candidates(shelf, need_of(shelf, ancient, NO_HORROR))
    assert relaxed == ("year",)
    kept = {shelf.catalog.items[r].item_id for r in ranked.rows}
    assert "horror" not in genres(shelf, sorted(kept))


def test_refused_romantic_comedy_spares_pure_romance_and_pure_comedy(shelf: Shelf) -> None:
    both = Signal("facet", -1.0, hard=True, field="genre", value="romantic comedy")
    kept = allowed(shelf.facets, [both])
    for item, is_kept in zip(shelf.catalog.items, kept, strict=True):
        assert is_kept == (not {"romance", "comedy"} <= set(item.genres))


def test_what_is_excluded_is_never_shown_and_the_turn_decides_the_draw(shelf: Shelf) -> None:
    need = need_of(shelf, query="adventure")
    first = slate_ids(shelf, need)
    again = slate_ids(shelf, need, excluded=frozenset(first))
    assert not set(first) & set(again)
    hot = {"temperature": 5.0, "turn_id": "a turn"}
    assert slate_ids(shelf, need, **hot) == slate_ids(shelf, need, **hot)


def test_only_the_last_place_has_a_propensity(shelf: Shelf) -> None:
    slate = make_slate(
        shelf,
        need_of(shelf, query="adventure"),
        "adventure",
        excluded=frozenset(),
        size=3,
        temperature=0.5,
        turn_id="t",
    )
    chances = [e.propensity for e in slate.entries]
    assert chances[:2] == [None, None]
    assert chances[2] is not None
    assert 0 < chances[2] <= 1


def test_a_fixed_slate_keeps_its_order(shelf: Shelf) -> None:
    ids = [shelf.catalog.items[r].item_id for r in (3, 1, 2)]
    slate = fixed_slate(shelf, need_of(shelf), "", ids)
    assert [e.item.item_id for e in slate.entries] == ids


@given(
    scores=st.lists(st.floats(-5, 5), min_size=3, max_size=12),
    temperature=st.floats(0.05, 3),
    seed=st.integers(0, 2**16),
)
@settings(deadline=None)
def test_propensities_are_the_softmax_of_the_values(
    scores: list[float], temperature: float, seed: int
) -> None:
    array = np.array(scores)
    vectors = np.zeros((len(scores), 2), dtype=np.float32)
    [place] = choose(
        array,
        vectors,
        1,
        temperatures=(temperature,),
        rng=np.random.default_rng(seed),
        relevance=1.0,
    )
    spread = array.std()
    value = (array - array.mean()) / (spread if spread > 0 else 1.0)
    odds = np.exp((value - value.max()) / temperature)
    assert place.propensity == pytest.approx(odds[place.position] / odds.sum(), rel=1e-6)


def test_a_slate_prefers_what_is_unlike_the_places_above() -> None:
    scores = np.array([1.0, 0.99, 0.9])
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    rng = np.random.default_rng(0)
    places = choose(scores, vectors, 2, temperatures=(0.0,), rng=rng, relevance=0.3)
    assert [p.position for p in places] == [0, 2]


def test_candidates_meet_a_hard_constraint_whenever_any_item_does(shelf: Shelf) -> None:
    keep = np.zeros(len(shelf.catalog), dtype=np.bool_)
    keep[-1] = True
    rows = draw(need_of(shelf, query="x"), shelf.index, shelf.facets, keep, per_source=2)
    assert rows.tolist() == [len(shelf.catalog) - 1]


def test_reasons_name_what_was_asked_for(shelf: Shelf) -> None:
    wish = Signal("facet", 1.0, field="genre", value="horror")
    need = need_of(shelf, wish)
    row = int(np.flatnonzero(shelf.facets.match(wish))[0])
    reasons = reasons_for(row, need.taste, "", shelf.facets, shelf.index.vectors)
    assert reasons[0] == Reason("facet", value="horror", field="genre")
    nobody = empty_taste(shelf.vectors.dimension)
    assert reasons_for(row, nobody, "", shelf.facets, shelf.index.vectors) == ()


def test_an_item_is_said_to_fit_or_to_be_popular_only_where_it_is(shelf: Shelf) -> None:
    nobody = empty_taste(shelf.vectors.dimension)
    row, q = 0, shelf.index.vectors[0]
    liked = np.zeros(len(shelf.catalog), dtype=np.float32)
    liked[1] = 2.0

    def reasons(row: int, q: np.ndarray) -> tuple[Reason, ...]:
        return reasons_for(
            row, nobody, "a wish", shelf.facets, shelf.index.vectors, q=q, popularity=liked
        )

    assert reasons(row, q) == (Reason("need", value="a wish"),)
    assert reasons(row, -q) == ()
    assert reasons(1, -shelf.index.vectors[1]) == (Reason("popular"),)


def test_objections_name_refusals_first(shelf: Shelf) -> None:
    need = need_of(shelf, NO_HORROR)
    row = int(np.flatnonzero(shelf.facets.match(replace(NO_HORROR, polarity=1.0)))[0])
    item = shelf.catalog.items[row]
    found = objections_to(item, need.taste, {item.item_id: "seen"}, shelf.facets)
    assert found == ("you have seen it", "you do not want horror")


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(1990, 1999, "1990–1999"), (2000, None, "from 2000"), (None, 120, "up to 120"), (7, 7, "7")],
)
def test_ranges_in_words(low: float | None, high: float | None, text: str) -> None:
    assert range_text(Signal("range", 1.0, field="year", min=low, max=high)) == text


def test_a_row_without_the_number_is_in_no_range(catalog: Catalog) -> None:
    bare = Catalog([replace(catalog.items[0], year=None), *catalog.items[1:]])
    inside = FacetRows(bare).inside("year", None, None)
    assert not inside[0]
    assert inside[1:].all()


def test_popularity_is_standardised_or_absent(catalog: Catalog) -> None:
    known = log_popularity(catalog)
    assert known is not None
    assert abs(float(known.mean())) < 1e-5
    without = Catalog([replace(item, popularity=None) for item in catalog.items])
    assert log_popularity(without) is None


@given(
    scores=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
    named=st.sets(st.integers(0, 5), min_size=1, max_size=5),
    wish=st.sampled_from(["horror", "comedy", "drama"]),
)
@settings(deadline=None)
def test_wishes_decide_nothing_about_items_named_before(
    shelf: Shelf, scores: list[float], named: set[int], wish: str
) -> None:
    wished = Signal("facet", 1.0, field="genre", value=wish)
    learned = np.zeros(len(shelf.catalog), dtype=np.float32)
    learned[:6] = scores
    need = replace(need_of(shelf, wished, query="a quiet film"), learned=learned)
    rows = np.arange(6)

    def order(need: Need) -> list[int]:
        ranked = rank(rows, need, shelf.index.vectors, shelf.facets, LEARNED_WEIGHTS)
        np.testing.assert_allclose(ranked.contributions.sum(axis=1), ranked.scores)
        return [int(row) for row in ranked.rows]

    plain, predicted = order(need), order(replace(need, named=tuple(named)))
    others = [row for row in plain if row not in named]
    assert [row for row in predicted if row not in named] == others
    best = max(learned[row] for row in others)
    for row in named:
        if abs(learned[row] - best) > 1e-3:
            assert (predicted.index(row) < predicted.index(others[0])) == (learned[row] > best)


def test_a_refusal_lowers_an_item_named_before(shelf: Shelf) -> None:
    rows = np.arange(len(shelf.catalog))
    scary = int(np.flatnonzero(shelf.facets.match(replace(NO_HORROR, polarity=1.0)))[0])
    learned = np.zeros(len(rows), dtype=np.float32)

    def place(*signals: Signal) -> int:
        need = replace(need_of(shelf, *signals), learned=learned, named=(scary,))
        ranked = rank(rows, need, shelf.index.vectors, shelf.facets, LEARNED_WEIGHTS)
        return int(np.flatnonzero(ranked.rows == scary)[0])

    assert place(replace(NO_HORROR, hard=False)) > place()


def test_only_a_replay_asks_what_is_named_again(shelf: Shelf) -> None:
    named = Understanding(("seek",), mentioned=(shelf.catalog.items[3].item_id,))
    session = Session("c1", (Turn("t1", "that one", named),))
    taste = empty_taste(shelf.vectors.dimension)
    assert session_need(shelf, session, taste).named == ()
    assert session_need(shelf, session, taste, again=True).named == (3,)
