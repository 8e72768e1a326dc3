"""Co-preference counts what came after what, and keeps its direction and its numbers."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.co_preference import FADE, co_preference_from, gather, learn
from retrieval.ranking_context import Mention


def talk(*named: tuple[int, bool]) -> list[Mention]:
    return [Mention(row, by_user, turn) for turn, (row, by_user) in enumerate(named)]


def test_direction_matters() -> None:
    co = learn([talk((0, True), (1, False))] * 6, 3)
    asked_first = gather(co.directed, [Mention(0, True, 0)], [1.0])
    asked_second = gather(co.directed, [Mention(1, True, 0)], [1.0])
    assert asked_first[1] == pytest.approx(6 / 9) and not asked_second.any()
    together = gather(co.together, [Mention(1, True, 0)], [1.0])
    assert together[0] == pytest.approx(6 / 11)


def test_counts_and_prior() -> None:
    co = learn([talk((0, True), (1, False), (1, False)), talk((1, True), (2, False))], 4)
    assert co.recommended.tolist() == [0, 1, 1, 0] and co.named.tolist() == [1, 1, 0, 0]
    assert co.recent[2] > co.recent[1] > 0
    assert co.prior.sum() == pytest.approx(1) and (co.prior > 0).all()
    assert co.interactions.tolist() == [1, 2, 1, 0]


def test_what_was_named_longer_ago_counts_less() -> None:
    co = learn([talk((0, True), (1, True), (2, False))] * 50, 3)
    far, near = (gather(co.directed, [Mention(k, True, 0)], [1.0])[2] for k in (0, 1))
    assert far == pytest.approx(50 * FADE / (50 * FADE + 3)) and far < near


def test_arrays_and_alignment_keep_the_numbers() -> None:
    co = learn([talk((0, True), (1, False), (2, False))] * 4, 3)
    again = co_preference_from(co.arrays())
    np.testing.assert_allclose(again.directed.toarray(), co.directed.toarray(), rtol=1e-3)
    moved = co.aligned(np.array([2, -1, 0, 1]))
    assert moved.recommended.tolist() == [1 * 4, 0, 0, 4]
    assert moved.directed[[0], [2]] == co.directed[[2], [0]]
    assert not moved.together[:, [1]].toarray().any()
