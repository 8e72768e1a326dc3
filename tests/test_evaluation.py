"""Accuracy and lists on turns whose measures are known by construction, and comparisons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.comparison import compare
from bot.evaluation import evaluate, list_quality, target_ranks
from bot.predictions import ReplayedTurn
from bot.tradeoff import tradeoff
from retrieval.catalog import Catalog
from retrieval.errors import UserError
from retrieval.index import ItemIndex
from retrieval.metrics import MISSED

ITEMS = tuple(f"i{n}" for n in range(40))


def turn(
    name: str,
    *targets: str,
    named: tuple[str, ...] = (),
    ranked: tuple[str, ...] = ITEMS,
    preferences: int = 0,
    index: int = 1,
) -> ReplayedTurn:
    return ReplayedTurn(name, index, ranked, targets, targets, named, preferences, (), ())


def test_both_protocols() -> None:
    turns = [
        turn("a", "i0", "i5", named=("i0", "i1"), preferences=1),
        turn("b", "i39", "nowhere", preferences=2),
    ]
    assert [r.rank for r in target_ranks(turns, "all")] == [0, 5, 39, MISSED]
    assert [r.rank for r in target_ranks(turns, "new")] == [3, 39, MISSED]  # i0, i1 taken out
    found = evaluate(turns, 40).accuracy
    assert found["all"].targets == 4
    assert found["new"].targets == 3
    assert found["all"].measures["recall@1"].value == 1 / 4
    assert found["all"].measures["recall@10"].value == 2 / 4
    assert found["new"].measures["recall@50"].value == pytest.approx(2 / 3)
    assert found["new"].measures["mrr"].value == pytest.approx((1 / 4 + 1 / 40) / 3)
    assert {n: (c, e.value) for n, (c, e) in found["all"].by_preferences.items()} == {
        1: (2, 1.0),
        2: (2, 0.0),
    }


def test_a_protocol_without_targets_is_absent() -> None:
    found = evaluate([turn("a", "i0", named=("i0",))], 40)
    assert set(found.accuracy) == {"all"}


def test_lists() -> None:
    quality = list_quality([turn("a", "i0", named=("i0", "i39")), turn("b", "i3")], 40)
    assert quality.coverage == 10 / 40
    assert quality.repeats == pytest.approx((1 / 10 + 0) / 2)
    assert quality.top_share == pytest.approx(1 / 10)
    assert quality.gini == pytest.approx(0.75)  # a quarter has everything, in equal parts
    assert quality.diversity is None
    assert list_quality([replace(turn("a", "i0"), diversity=0.5)], 40).diversity == 0.5


def shifted(turns: list[ReplayedTurn]) -> list[ReplayedTurn]:
    """Every target one place further down."""
    return [replace(t, ranked=("other", *t.ranked)) for t in turns]


def test_a_clear_difference_has_a_verdict() -> None:
    rng = np.random.default_rng(1)
    turns = [turn(f"c{n}", f"i{rng.integers(0, 9)}") for n in range(60)]
    worse = compare(turns, shifted(turns))
    assert worse.verdict == "worse"
    assert compare(shifted(turns), turns).verdict == "better"
    mrr = worse.differences["all"]["mrr"]
    assert mrr.change.value == pytest.approx(mrr.after - mrr.before)
    assert mrr.change.high < 0
    assert worse.turns == worse.conversations == 60
    assert all(change.moved < 0 for change in worse.changes)
    moved = [abs(change.moved) for change in worse.changes]
    assert moved == sorted(moved, reverse=True)


def test_without_evidence_it_says_how_much_is_missing() -> None:
    turns = [turn(f"c{n}", "i4") for n in range(30)]
    other = [replace(t, ranked=("i4", *ITEMS[:4], *ITEMS[5:])) for t in turns[:1]] + turns[1:]
    other[1] = replace(other[1], ranked=ITEMS[5:] + ITEMS[:4])
    found = compare(turns, other).differences["new"]["ndcg@10"]
    assert found.verdict == "not enough evidence"
    assert found.more is not None
    assert found.more > 0
    assert compare(turns, turns).verdict == "not enough evidence"
    assert compare(turns[:1], shifted(turns[:1])).verdict == "not enough evidence"


def test_gains_and_losses_are_both_shown() -> None:
    turns = [turn(f"c{n}", "i4") for n in range(30)]
    up = [replace(t, ranked=("i4", *ITEMS)) for t in turns[:3]]
    found = compare(turns, up + shifted(turns[3:]), most=10)
    assert len(found.changes) == 10
    assert sum(change.moved > 0 for change in found.changes) == 3


def test_only_shared_turns_are_compared() -> None:
    one, two, three = turn("a", "i0"), turn("b", "i0"), turn("c", "i0")
    found = compare([one, two], [two, three])
    assert (found.turns, found.left_out) == (1, 2)
    with pytest.raises(UserError, match="no turn in common"):
        compare([one], [three])


def test_the_curve_of_diversity_and_its_pareto_set(catalog: Catalog, index: ItemIndex) -> None:
    ids = tuple(item.item_id for item in catalog.items)
    scores = tuple(float(len(ids) - n) for n in range(len(ids)))
    turns = [replace(turn("a", ids[1], ranked=ids), scores=scores)]
    points = tradeoff(turns, catalog, index.vectors)
    assert [p.relevance for p in points] == sorted(p.relevance for p in points)
    assert [p.default for p in points].count(True) == 1
    least, most = points[-1], points[0]
    assert least.relevance == 1.0
    assert most.diversity >= least.diversity
    best = [p for p in points if p.efficient]
    assert best
    for point in best:
        others = [(o.ndcg, o.diversity, o.coverage) for o in points]
        mine = (point.ndcg, point.diversity, point.coverage)
        assert not any(
            o != mine and all(a >= b for a, b in zip(o, mine, strict=True)) for o in others
        )
    assert tradeoff([turn("a", "i0")], catalog, index.vectors) == ()
