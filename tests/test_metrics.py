"""Metrics are right on lists whose answer is known, and their intervals behave."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import metrics


def test_a_target_is_found_where_its_rank_says() -> None:
    ranks = [0, 9, 10, metrics.MISSED]
    assert metrics.recall(ranks, 10).tolist() == [1, 1, 0, 0]
    assert metrics.reciprocal_rank(ranks).tolist() == [1, 0.1, 1 / 11, 0]
    assert metrics.ndcg(ranks).tolist() == [1, 1 / math.log2(11), 0, 0]


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_recall_grows_with_k_and_bounds_ndcg(ranks: list[int]) -> None:
    one, ten, fifty = (metrics.recall(ranks, k) for k in (1, 10, 50))
    assert (one <= ten).all() and (ten <= fifty).all()
    assert (metrics.ndcg(ranks) <= ten).all() and (one <= metrics.ndcg(ranks)).all()


def test_sklearn_agrees_on_ndcg() -> None:
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    for rank in (0, 3, 9, 15):
        relevant = np.zeros((1, 40))
        relevant[0, rank] = 1
        theirs = sklearn_metrics.ndcg_score(relevant, -np.arange(40.0)[None], k=10)
        assert metrics.ndcg([rank])[0] == pytest.approx(theirs)


def test_an_interval_holds_its_mean_and_widens_when_targets_hang_together() -> None:
    rng = np.random.default_rng(1)
    hits = np.repeat(rng.random(200) < 0.3, 5).astype(float)
    together = metrics.clustered_mean(hits, [k // 5 for k in range(1000)])
    apart = metrics.clustered_mean(hits, list(range(1000)))
    assert together.low < together.value < together.high
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert metrics.clustered_mean(hits, [k // 5 for k in range(1000)]) == together


def test_one_conversation_has_no_width_and_none_is_refused() -> None:
    only = metrics.clustered_mean([1.0, 0.0], ["a", "a"])
    assert only == metrics.Estimate(0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="no values"):
        metrics.clustered_mean([], [])


def test_equal_versions_differ_by_nothing() -> None:
    same = metrics.paired_difference([1, 0, 1], [1, 0, 1], ["a", "b", "c"])
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_accuracy_names_every_measure() -> None:
    found = metrics.accuracy([0, 40, 2], ["a", "a", "b"])
    assert set(found) == {"recall@1", "recall@10", "recall@50", "mrr", "ndcg@10"}
    assert found["recall@50"].value == 1


def test_even_and_uneven_showing() -> None:
    even = [[0, 1], [2, 3]]
    assert metrics.coverage(even, 4) == 1 and metrics.gini(even, 4) == pytest.approx(0)
    uneven = [[0], [0], [0]]
    assert metrics.coverage(uneven, 4) == 0.25
    assert metrics.gini(uneven, 4) == pytest.approx(0.75)
    assert metrics.top_share([[0, 1], [0, 2]], 100) == 0.5
    assert metrics.gini([], 4) == 0


def test_rare_items_are_novel_and_unlike_items_diverse() -> None:
    counts = [100, 1, 1]
    assert metrics.novelty([[1, 2]], counts) > metrics.novelty([[0]], counts)
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert metrics.intra_list_diversity([[0, 1]], vectors) == pytest.approx(0)
    assert metrics.intra_list_diversity([[0, 2]], vectors) == pytest.approx(1)
    assert metrics.intra_list_diversity([[0]], vectors) == 0
