from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
import pytest
from fakes import FakeEncoder, tiny_catalog
from numpy.typing import NDArray

from retrieval import index as module
from retrieval.catalog import Catalog, Item, item_text
from retrieval.encoder import Encoder, Progress
from retrieval.errors import UserError
from retrieval.index import (
    IndexMismatch,
    ItemIndex,
    build_index,
    describe_device,
    index_kind,
    load_index,
    save_index,
)


class AxisEncoder:
    """Item n of m points at angle n/m of a half turn: neighbours are known by construction."""

    name = "axis"
    fingerprint = "axis"
    dimension = 4

    def __init__(self, count: int) -> None:
        self.count = count

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        return np.vstack([self.at(int(text.split()[1].rstrip("."))) for text in texts])

    def at(self, number: float) -> NDArray[np.float32]:
        angle = np.pi * number / self.count
        return np.array([np.cos(angle), np.sin(angle), 0, 0], dtype=np.float32)


def numbered(count: int) -> Catalog:
    return Catalog([Item(str(n), f"Film {n}") for n in range(count)], name="numbered")


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF8,Flat"])
def test_every_kind_of_index_finds_the_neighbours(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "index_kind", lambda count: kind)
    encoder = AxisEncoder(1000)
    index = build_index(numbered(1000), encoder)
    rows, scores = index.search(np.vstack([encoder.at(500.2), encoder.at(7.9)]), 3)
    assert rows.tolist() == [[500, 501, 499], [8, 7, 9]]
    assert rows.dtype == np.int64
    expected = [encoder.at(500.2) @ encoder.at(n) for n in (500, 501, 499)]
    assert np.allclose(scores[0], expected, atol=1e-5)


def test_no_more_rows_than_items_and_one_query_is_enough(
    index: ItemIndex, catalog: Catalog, encoder: FakeEncoder
) -> None:
    rows, scores = index.search(encoder.encode(["a film"])[0], 1000)
    assert rows.shape == scores.shape == (1, len(catalog))
    assert sorted(rows[0]) == list(range(len(catalog)))
    assert (np.diff(scores[0]) <= 0).all()


def test_queries_of_another_dimension_are_refused(index: ItemIndex) -> None:
    with pytest.raises(ValueError, match="3 dimensions, items 64"):
        index.search(np.zeros((1, 3), dtype=np.float32), 1)


def test_the_exact_index_agrees_with_the_dot_products(
    index: ItemIndex, catalog: Catalog, encoder: FakeEncoder
) -> None:
    query = encoder.encode(["a clown in a small town"])
    rows, scores = index.search(query, len(catalog))
    assert np.allclose(scores[0], (index.vectors @ query[0])[rows[0]], atol=1e-6)
    assert catalog.items[rows[0, 0]].title == "It"


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF8,Flat"])
def test_saved_and_loaded_it_gives_the_same_answers(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "index_kind", lambda count: kind)
    catalog, encoder = numbered(1000), AxisEncoder(1000)
    index = build_index(catalog, encoder)
    save_index(index, tmp_path / "index")
    loaded = load_index(tmp_path / "index", catalog, encoder)
    queries = np.vstack([encoder.at(n + 0.3) for n in range(0, 1000, 37)])
    for before, after in zip(index.search(queries, 9), loaded.search(queries, 9), strict=True):
        assert np.array_equal(before, after)
    assert np.array_equal(index.vectors, loaded.vectors)
    assert index.index_id == loaded.index_id
    save_index(loaded, tmp_path / "index")
    assert os.listdir(tmp_path) == ["index"]


@pytest.mark.parametrize("which", ["encoder", "real_encoder"])
def test_real_and_fake_vectors_survive_saving(
    which: str, catalog: Catalog, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    encoder: Encoder = request.getfixturevalue(which)
    index = build_index(catalog, encoder)
    save_index(index, tmp_path / "index")
    queries = encoder.encode([item_text(item) for item in catalog.items])
    rows, scores = load_index(tmp_path / "index", catalog, encoder).search(queries, 1)
    assert rows[:, 0].tolist() == list(range(len(catalog)))
    assert np.allclose(scores, 1, atol=1e-5)


def test_an_index_of_another_catalogue_is_refused_with_both_names(
    index: ItemIndex, encoder: FakeEncoder, tmp_path: Path
) -> None:
    save_index(index, tmp_path / "index")
    with pytest.raises(IndexMismatch) as caught:
        load_index(tmp_path / "index", numbered(14), encoder)
    assert "tiny" in caught.value.message and "numbered" in caught.value.message
    assert "catalog build" in caught.value.mend


def test_an_index_of_another_encoder_is_refused_with_both_names(
    index: ItemIndex, catalog: Catalog, tmp_path: Path
) -> None:
    save_index(index, tmp_path / "index")
    with pytest.raises(IndexMismatch) as caught:
        load_index(tmp_path / "index", catalog, FakeEncoder(name="other-encoder"))
    assert "fake-encoder" in caught.value.message and "other-encoder" in caught.value.message


def test_a_changed_item_makes_another_catalogue(index: ItemIndex, tmp_path: Path) -> None:
    save_index(index, tmp_path / "index")
    first, *others = tiny_catalog().items
    changed = Catalog([Item(first.item_id, first.title), *others], name="tiny")
    with pytest.raises(IndexMismatch):
        load_index(tmp_path / "index", changed, FakeEncoder())


@pytest.mark.parametrize("part", ["manifest.json", "vectors.npy", "items.faiss"])
@pytest.mark.parametrize("damage", ["absent", "empty", "other"])
def test_an_absent_or_damaged_index_is_reported(
    index: ItemIndex, catalog: Catalog, encoder: FakeEncoder, tmp_path: Path, part: str, damage: str
) -> None:
    save_index(index, tmp_path / "index")
    (tmp_path / "index" / part).unlink()
    if damage != "absent":
        (tmp_path / "index" / part).write_bytes(b"" if damage == "empty" else b'{"format": 0}')
    with pytest.raises(UserError, match="no usable index"):
        load_index(tmp_path / "index", catalog, encoder)


def test_an_index_of_an_older_form_is_not_used(
    index: ItemIndex, catalog: Catalog, encoder: FakeEncoder, tmp_path: Path
) -> None:
    save_index(index, tmp_path / "index")
    path = tmp_path / "index" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))
    with pytest.raises(UserError, match="no usable index"):
        load_index(tmp_path / "index", catalog, encoder)


def test_a_failed_save_leaves_the_old_index(
    index: ItemIndex, catalog: Catalog, encoder: FakeEncoder, tmp_path: Path
) -> None:
    save_index(index, tmp_path / "index")
    with pytest.raises(UserError, match="cannot be written"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "save", _refuse)
        save_index(index, tmp_path / "index")
    assert os.listdir(tmp_path) == ["index"]
    assert load_index(tmp_path / "index", catalog, encoder).index_id == index.index_id


def _refuse(*_: object) -> None:
    raise OSError("No space left on device")


def test_the_kind_of_index_grows_with_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 0)
    kinds = [index_kind(n) for n in (500, 49_999, 50_000, 999_999, 1_000_000)]
    assert kinds == ["Flat", "Flat", "HNSW32", "HNSW32", "IVF4000,Flat"]
    assert "processor" in describe_device()


def test_a_gpu_is_used_where_faiss_has_one(
    catalog: Catalog, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = []
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    monkeypatch.setattr(faiss, "StandardGpuResources", lambda: "resources", raising=False)

    def to_gpu(resources: str, device: int, engine: object) -> object:
        moved.append((resources, device))
        return faiss.clone_index(engine)

    monkeypatch.setattr(faiss, "index_cpu_to_gpu", to_gpu, raising=False)
    index = build_index(catalog, encoder)
    assert index.search(encoder.encode(["clown"]), 1)[0].shape == (1, 1)
    assert moved == [("resources", 0)]
    assert "1 GPU" in describe_device()
    assert index_kind(500_000) == "Flat"


def test_progress_is_passed_on(catalog: Catalog, encoder: FakeEncoder) -> None:
    seen: list[tuple[int, int]] = []
    build_index(catalog, encoder, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(catalog), len(catalog))
