"""Taste: what holds, what moves, and that no dislike raises what it names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.catalog import Catalog
from retrieval.facets import FacetRows
from retrieval.index import ItemIndex
from retrieval.ranking import Need, Weights, rank
from retrieval.signals import Signal, TurnSignals, normalise, signal_from_dict, signal_to_dict
from retrieval.target_vectors import CatalogVectors
from retrieval.taste import (
    ALPHA_SESSION,
    changes,
    empty_taste,
    fold,
    hold,
    move,
)

HORROR = Signal("facet", -1.0, field="genre", value="horror", evidence="I hate horror")
ALIEN = Signal("item", 1.0, title="Alien", item_id="alien", evidence="loved Alien")


@pytest.fixture(scope="module")
def vectors(catalog: Catalog, index: ItemIndex, encoder: FakeEncoder) -> CatalogVectors:
    return CatalogVectors(catalog, index, encoder, FacetRows(catalog))


def turn(number: int, *signals: Signal, conversation: str = "c1") -> TurnSignals:
    return TurnSignals(f"t{number}", conversation, signals)


def any_signal(catalog: Catalog) -> st.SearchStrategy[Signal]:
    polarity = st.floats(-1, 1).filter(lambda p: abs(p) > 0.2)
    scope = st.sampled_from([None, "session", "lasting"])
    item = st.builds(
        Signal,
        st.just("item"),
        polarity,
        st.floats(0.1, 1),
        scope,
        item_id=st.sampled_from([i.item_id for i in catalog.items]),
    )
    genres = list(catalog.facets["genre"].counts)
    facet = st.builds(
        Signal,
        st.just("facet"),
        polarity,
        st.floats(0.1, 1),
        scope,
        field=st.just("genre"),
        value=st.sampled_from(genres),
    )
    words = st.sampled_from(["slow", "funny", "in space", "a twist"])
    text = st.builds(Signal, st.just("text"), polarity, st.floats(0.1, 1), scope, value=words)
    return st.one_of(item, facet, text)


def test_a_newer_statement_replaces_the_older() -> None:
    liked = replace(HORROR, polarity=1.0)
    beliefs = hold([turn(1, HORROR), turn(2, liked)], "c1")
    assert [(b.turn_id, b.signal.polarity) for b in beliefs] == [("t2", 1.0)]


def test_of_two_opinions_in_one_turn_the_refusal_holds() -> None:
    liked = replace(HORROR, polarity=1.0)
    for signals in ((HORROR, liked), (liked, HORROR)):
        assert [b.signal.polarity for b in hold([turn(1, *signals)], "c1")] == [-1.0]


def test_what_is_implicit_never_replaces_what_was_said() -> None:
    opened = replace(ALIEN, polarity=0.3, source="opened")
    refused = replace(ALIEN, polarity=-1.0)
    beliefs = hold([turn(1, refused), turn(2, opened)], "c1")
    assert [b.signal.polarity for b in beliefs] == [-1.0]


def test_a_session_signal_counts_in_its_conversation_alone(vectors: CatalogVectors) -> None:
    tonight = replace(HORROR, polarity=1.0, scope="session")
    here = fold([turn(1, tonight)], vectors, conversation_id="c1")
    there = fold([turn(1, tonight)], vectors, conversation_id="c2")
    assert len(here.beliefs) == 1
    assert here.s.any()
    assert not here.u.any()
    assert there.beliefs == ()
    assert not (there.s.any() or there.u.any())


def test_a_range_and_a_hard_wish_hold_here_and_a_refusal_everywhere() -> None:
    nineties = Signal("range", 1.0, field="year", min=1990, max=1999)
    only = replace(HORROR, polarity=1.0, hard=True, value="comedy")
    always = replace(only, scope="lasting", value="drama")
    said = [turn(1, nineties, only, always, replace(HORROR, hard=True))]
    assert len(hold(said, "c1")) == 4
    assert {b.signal.value for b in hold(said, "c2")} == {"drama", "horror"}


def test_a_removed_belief_moves_nothing(vectors: CatalogVectors) -> None:
    [belief] = hold([turn(1, ALIEN)], "c1")
    taste = fold(
        [turn(1, ALIEN)], vectors, conversation_id="c1", removed=frozenset([belief.belief_id])
    )
    assert taste.beliefs == ()
    assert not taste.u.any()


def test_a_title_that_the_catalogue_lacks_is_believed_but_not_encoded(
    vectors: CatalogVectors,
) -> None:
    unknown = Signal("item", 1.0, title="Grimsby Nights")
    taste = fold([turn(1, unknown)], vectors, conversation_id="c1")
    assert [b.signal.title for b in taste.beliefs] == ["Grimsby Nights"]
    assert not taste.u.any()


def test_changes_name_what_is_new_changed_and_gone() -> None:
    before = hold([turn(1, HORROR, ALIEN)], "c1")
    after = hold([turn(1, HORROR), turn(2, replace(HORROR, polarity=1.0))], "c1")
    found = [(c.belief.signal.value or "Alien", c.before, c.after) for c in changes(before, after)]
    assert found == [("horror", -1.0, 1.0), ("Alien", 1.0, None)]


def test_the_update_is_the_rule_of_the_design() -> None:
    e = np.array([0.6, 0.0], dtype=np.float32)
    target = np.array([0.0, 1.0], dtype=np.float32)
    moved = move(e, [target], [0.5], ALPHA_SESSION)
    np.testing.assert_allclose(moved, e + 0.5 * 0.5 * (target - e), atol=1e-6)
    assert move(e, [], [], 0.5) is e


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_order_within_a_turn_does_not_matter(
    catalog: Catalog, vectors: CatalogVectors, data: st.DataObject
) -> None:
    signals = data.draw(st.lists(any_signal(catalog), max_size=6))
    shuffled = data.draw(st.permutations(signals))
    one = fold([turn(1, *signals)], vectors, conversation_id="c1")
    other = fold([turn(1, *shuffled)], vectors, conversation_id="c1")
    assert one.beliefs == other.beliefs
    for name in ("u", "s", "n_u", "n_s"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-5)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_vectors_are_never_longer_than_one_and_dislikes_never_move_likes(
    catalog: Catalog, vectors: CatalogVectors, data: st.DataObject
) -> None:
    turns = [
        turn(n, *data.draw(st.lists(any_signal(catalog), max_size=4)))
        for n in range(data.draw(st.integers(1, 6)))
    ]
    taste = fold(turns, vectors, conversation_id="c1")
    for vector in (taste.u, taste.s, taste.n_u, taste.n_s):
        assert np.linalg.norm(vector) <= 1 + 1e-5
    liking = [
        replace(t, signals=tuple(s for s in t.signals if s.polarity > 0))
        for t in turns
        if all(s.polarity > 0 for s in t.signals)
    ]
    if len(liking) == len(turns):
        assert not (taste.n_u.any() or taste.n_s.any())


def _score(taste_turns: list[TurnSignals], vectors: CatalogVectors, row: int) -> float:
    taste = fold(taste_turns, vectors, conversation_id="c1")
    age = {t.turn_id: len(taste_turns) - 1 - n for n, t in enumerate(taste_turns)}
    need = Need(None, taste, age)
    ranked = rank(
        np.array([row]), need, vectors.index.vectors, FacetRows(vectors.catalog), Weights()
    )
    return float(ranked.scores[0])


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_dislike_never_raises_what_it_names(
    catalog: Catalog, vectors: CatalogVectors, data: st.DataObject
) -> None:
    earlier = [
        turn(n, *data.draw(st.lists(any_signal(catalog), max_size=3)))
        for n in range(data.draw(st.integers(0, 4)))
    ]
    signal = replace(data.draw(any_signal(catalog)), polarity=-1.0)
    named = np.flatnonzero(FacetRows(catalog).match(signal))
    # The dislike is new: nothing earlier speaks of the same target.
    earlier = [
        replace(t, signals=tuple(s for s in t.signals if _target(s) != _target(signal)))
        for t in earlier
    ]
    for row in named[:3]:
        before = _score([*earlier, turn(9)], vectors, int(row))
        after = _score([*earlier, turn(9, signal)], vectors, int(row))
        assert after <= before + 1e-5


def _target(signal: Signal) -> tuple[str | None, str | None]:
    return (signal.item_id, signal.value)


def test_the_weights_refuse_what_would_turn_a_dislike_into_a_wish() -> None:
    with pytest.raises(ValueError, match=r"at least 0\.25"):
        Weights(refused=0.1)
    with pytest.raises(ValueError, match="not negative"):
        Weights(refused=-0.26)
    with pytest.raises(ValueError, match="refused facets"):
        Weights(refused=3.0, refused_facets=1.0)


def test_an_empty_taste_is_all_zero() -> None:
    taste = empty_taste(3)
    assert taste.beliefs == ()
    assert not np.concatenate([taste.u, taste.s, taste.n_u, taste.n_s]).any()


@pytest.mark.parametrize(
    ("one", "other"),
    [("The Matrix", "matrix"), ("Amélie", "AMELIE"), ("WALL-E", "wall e"), ("Up!", "up")],
)
def test_names_are_compared_without_case_accents_punctuation_and_article(
    one: str, other: str
) -> None:
    assert normalise(one) == normalise(other)


def test_an_article_alone_is_a_name() -> None:
    assert normalise("The") == "the"
    assert normalise("A") == "a"


def test_signals_survive_their_json_form() -> None:
    for signal in (HORROR, ALIEN, replace(ALIEN, source="like", seen=True, rating=4.0)):
        assert signal_from_dict(signal_to_dict(signal)) == signal
