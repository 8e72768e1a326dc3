"""The rating model learns a taste that is known by construction, and is read as it was trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_redial import write_toy_redial

from finetune.ranker_data import read_corpus
from finetune.train_rating import (
    VARIANTS,
    Rated,
    Variant,
    area_under_curve,
    behaviour_counts,
    frozen,
    rated_items,
    read_forms,
    train_rating,
)

RNG = np.random.default_rng(2)
VECTORS = np.repeat(np.eye(2, 8, dtype=np.float32), 10, axis=0)
COUNTS = np.ones((20, 6), dtype=np.float32)


def talks(n: int) -> list[Rated]:
    """People who like one of two kinds of items, and take up what they like."""
    found = []
    for k in range(n):
        mine, other = int(RNG.integers(20)), int(RNG.integers(20))
        alike = (mine < 10) == (other < 10)
        found.append(Rated(k, other, ((mine, 1.0),), alike, alike))
    return found


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.head}-{v.behaviour}-{v.task}")
def test_every_variant_learns_what_is_there(variant: Variant) -> None:
    longer = Variant(variant.head, variant.behaviour, variant.task, epochs=40)
    network = train_rating(talks(400), VECTORS, COUNTS, longer)
    tested = talks(100)
    with torch.no_grad():
        scores = network(tested).numpy()
    column = 1 if variant.task == "click" else 0
    assert area_under_curve(scores[:, column], np.array([r.liked for r in tested])) > 0.9


def test_serving_gives_what_training_gave() -> None:
    network = train_rating(talks(100), VECTORS, COUNTS, Variant())
    asked = [Rated(0, row, ((3, 1.0), (15, -1.0)), True, True) for row in range(20)]
    with torch.no_grad():
        theirs = torch.sigmoid(network(asked)).numpy()
    ours = frozen(network).predict(VECTORS, COUNTS, [(3, 1.0), (15, -1.0)])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert np.isfinite(frozen(network).predict(VECTORS, COUNTS, [])).all()


def test_only_the_served_variant_is_frozen() -> None:
    with pytest.raises(ValueError, match="concatenated"):
        frozen(train_rating(talks(10), VECTORS, COUNTS, Variant("product", "none", "rating")))


def test_area_under_the_curve() -> None:
    truth = np.array([True, True, False, False])
    assert area_under_curve(np.array([4, 3, 2, 1], np.float32), truth) == 1
    assert area_under_curve(np.array([1, 1, 1, 1], np.float32), truth) == 0.5
    assert area_under_curve(np.array([1, 2], np.float32), np.array([True, True])) == 0.5


def test_forms_become_ratings_and_counts(tmp_path: Path) -> None:
    write_toy_redial(tmp_path, 3)
    catalog = read_corpus(tmp_path).catalog
    answers = [
        (0, {"suggested": 0, "seen": 1, "liked": 0}),
        (1, {"suggested": 1, "seen": 0, "liked": 1}),
        (2, {"suggested": 1, "seen": 2, "liked": 2}),
    ]
    assert rated_items(7, answers) == [Rated(7, 1, ((0, -1.0),), True, True)]
    counts = behaviour_counts([answers], 3)
    assert counts[0].tolist() == [0, 1, 1, 0, 0, 1] and counts[2].tolist() == [1, 0, 0, 0, 0, 0]
    assert set(read_forms(tmp_path, catalog)) == {0, 1, 2}
    assert json.dumps(read_forms(tmp_path, catalog)[0]) == "[]"
