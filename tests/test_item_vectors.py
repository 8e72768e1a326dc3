"""Item vectors move towards who named them, keep their length and stay near their words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from toy_redial import write_toy_redial

from finetune import item_vectors
from finetune.item_vectors import moved


def unit_rows(seed: int, n: int = 8, d: int = 6) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, d))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


LISTS = st.lists(st.lists(st.integers(0, 7), max_size=5, unique=True), max_size=12)


@given(seed=st.integers(0, 99), lists=LISTS, beta=st.floats(0, 1), least=st.floats(0.1, 1.0))
@settings(deadline=None)
def test_vectors_keep_their_length_and_their_bound(
    seed: int, lists: list[list[int]], beta: float, least: float
) -> None:
    before = unit_rows(seed)
    after = moved(before, lists, beta, least)
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), 1, atol=1e-5)
    assert ((before * after).sum(axis=1) >= least - 1e-5).all()
    liked = {row for rows in lists if len(rows) > 1 for row in rows}
    alone = [row for row in range(8) if row not in liked]
    np.testing.assert_allclose(after[alone], before[alone], atol=1e-6)


def test_beta_nought_moves_nothing() -> None:
    before = unit_rows(1)
    np.testing.assert_allclose(moved(before, [[0, 1, 2]], 0.0, 0.5), before, atol=1e-6)


def test_what_is_liked_together_comes_nearer_and_more_likers_move_more() -> None:
    before = unit_rows(2)
    few, many = (moved(before, [[0, 1]] * k, 0.6, 0.1) for k in (1, 30))
    assert before[0] @ before[1] < few[0] @ few[1] < many[0] @ many[1]


def test_the_command_measures_each_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_toy_redial(tmp_path)
    monkeypatch.setattr(item_vectors, "load_encoder", FakeEncoder)
    monkeypatch.setattr(
        item_vectors,
        "split",
        lambda found, by: (found[:-20], [c for c in found if c.messages][-20:]),
    )
    assert item_vectors.main(["--redial", str(tmp_path)]) == 0
    assert capsys.readouterr().err.count("recall@10") == len(item_vectors.STEPS)
