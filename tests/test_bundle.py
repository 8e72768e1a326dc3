"""The pointer to what serves: replaced whole, undone in one step, never trusted blindly."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

import pytest

from retrieval.atomic import write_whole
from retrieval.bundle import (
    POINTER,
    SHIPPED,
    Bundle,
    BundleMismatch,
    Part,
    check_files,
    check_part,
    earlier_bundles,
    folder_fingerprint,
    read_bundle,
    read_journal,
    roll_back,
    write_bundle,
)
from retrieval.errors import UserError


def make_part(home: Path, kind: str = "ranker", words: str = "a", **against: str) -> Part:
    folder = home / "runs" / f"{kind}-{words}" / "weights"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"words": words}))
    return Part(kind, folder, against, folder_fingerprint(folder))


def test_without_a_pointer_the_shipped_bundle_serves(tmp_path: Path) -> None:
    assert read_bundle(tmp_path) == Bundle()
    assert read_bundle(tmp_path).bundle_id == SHIPPED
    with pytest.raises(UserError, match="nothing to roll back"):
        roll_back(tmp_path)


def test_promoted_parts_are_read_again_and_undone_one_by_one(tmp_path: Path) -> None:
    ranker, llm = make_part(tmp_path), make_part(tmp_path, "llm", base="m")
    first = Bundle().with_part(ranker)
    write_bundle(tmp_path, first, {"run": "r1"})
    second = first.with_part(llm)
    write_bundle(tmp_path, second, {"run": "r2", "forced": True})
    assert read_bundle(tmp_path) == second
    assert read_bundle(tmp_path).previous == first.bundle_id
    assert [b.bundle_id for b in earlier_bundles(tmp_path)] == [first.bundle_id, SHIPPED]
    assert roll_back(tmp_path) == first
    assert read_bundle(tmp_path) == first
    assert roll_back(tmp_path) == Bundle()
    steps = [(entry["from"], entry["to"]) for entry in read_journal(tmp_path)]
    ids = (SHIPPED, first.bundle_id, second.bundle_id)
    assert steps == [(ids[0], ids[1]), (ids[1], ids[2]), (ids[2], ids[1]), (ids[1], ids[0])]
    assert read_journal(tmp_path)[1]["forced"] is True


def test_the_same_parts_make_the_same_id(tmp_path: Path) -> None:
    ranker, llm = make_part(tmp_path), make_part(tmp_path, "llm")
    one = Bundle().with_part(ranker).with_part(llm)
    two = Bundle().with_part(llm).with_part(ranker)
    assert one.bundle_id == two.bundle_id != Bundle().with_part(ranker).bundle_id


def test_a_moved_home_still_finds_its_parts(tmp_path: Path) -> None:
    home = tmp_path / "one"
    write_bundle(home, Bundle().with_part(make_part(home)))
    home.rename(tmp_path / "two")
    check_files(read_bundle(tmp_path / "two").parts["ranker"])


def test_a_rollback_takes_under_a_second(tmp_path: Path) -> None:
    write_bundle(tmp_path, Bundle().with_part(make_part(tmp_path)))
    began = time.monotonic()
    roll_back(tmp_path)
    assert time.monotonic() - began < 1


def test_a_mismatch_names_both_sides(tmp_path: Path) -> None:
    part = make_part(tmp_path, encoder="encoder-one")
    check_part(part, {"encoder": "encoder-one", "llm base": "other"})
    with pytest.raises(BundleMismatch, match=r"encoder-one.*encoder-two"):
        check_part(part, {"encoder": "encoder-two"})


def test_files_changed_by_hand_or_gone_are_refused_in_one_line(tmp_path: Path) -> None:
    part = make_part(tmp_path)
    check_files(part)
    (part.path / "manifest.json").write_text("{}")
    with pytest.raises(BundleMismatch, match="changed by hand") as raised:
        check_files(part)
    assert "\n" not in str(raised.value)
    (part.path / "manifest.json").unlink()
    with pytest.raises(BundleMismatch, match="cannot be read"):
        check_files(part)


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    part = make_part(tmp_path)
    (part.path / "adapter_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(BundleMismatch, match=r"adapter_model\.bin"):
        check_files(part)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(format=2),
        lambda data: data.update(bundle_id="0" * 12),
        lambda data: data["parts"].update(wine={}),
        lambda data: data["parts"]["ranker"].pop("fingerprint"),
    ],
)
def test_an_edited_pointer_is_one_line(tmp_path: Path, change: object) -> None:
    write_bundle(tmp_path, Bundle().with_part(make_part(tmp_path)))
    data = json.loads((tmp_path / POINTER).read_text())
    change(data)  # type: ignore[operator]
    (tmp_path / POINTER).write_text(json.dumps(data))
    with pytest.raises(UserError) as raised:
        read_bundle(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_torn_pointer_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / POINTER).write_text(text)
    with pytest.raises(UserError):
        read_bundle(tmp_path)


def test_a_full_disk_leaves_the_pointer_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path, Bundle().with_part(make_part(tmp_path)))
    before = (tmp_path / POINTER).read_bytes()
    part = make_part(tmp_path, "llm")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("retrieval.atomic.os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        write_bundle(tmp_path, read_bundle(tmp_path).with_part(part))
    monkeypatch.undo()
    assert (tmp_path / POINTER).read_bytes() == before
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(f".{POINTER}-")]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
