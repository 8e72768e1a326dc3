"""Predictions on disk: one JSON line a turn, the evidence beside them, and half-done replays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import UserError

Key = tuple[str, int]  # conversation and message_index
Manifest = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class SlateItem:
    """One of the first items of a ranking, with its title and why it is there."""

    item_id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class ReplayedTurn:
    """What one recommender message was replayed to.

    `ranked` are item ids, best first. `targets` were really recommended in that message, under
    `target_titles`; `named` were named by anybody before it. `preferences` is how many were held
    of the user by then, `context` the last few (role, text) before the message, `slate` the first
    of `ranked`. `scores` go with `ranked`, and `diversity` is that of its first ten; () and None
    where the system does not tell.
    """

    conversation: str
    message_index: int
    ranked: tuple[str, ...]
    targets: tuple[str, ...]
    target_titles: tuple[str, ...]
    named: tuple[str, ...]
    preferences: int
    context: tuple[tuple[str, str], ...]
    slate: tuple[SlateItem, ...]
    scores: tuple[float, ...] = ()
    diversity: float | None = None

    @property
    def key(self) -> Key:
        """What names the turn in a predictions file."""
        return self.conversation, self.message_index


def evidence_path(predictions: Path) -> Path:
    """Where the evidence of a predictions file lies: beside it, under its name."""
    return predictions.with_name(predictions.name + ".turns.jsonl")


def write_predictions(path: Path, manifest: Manifest, turns: Sequence[ReplayedTurn]) -> None:
    """Write the predictions and their evidence, each whole or not at all."""
    lines = (
        {"conversation": t.conversation, "message_index": t.message_index, "ranked": t.ranked}
        for t in turns
    )
    _write_whole(path, (json.dumps(line) for line in lines))
    evidence = ({k: v for k, v in asdict(t).items() if k != "ranked"} for t in turns)
    _write_whole(
        evidence_path(path), (json.dumps(line) for line in ({"replay": manifest}, *evidence))
    )


def read_predictions(path: Path) -> dict[Key, tuple[str, ...]]:
    """The ranked ids of each turn. Raises UserError naming the first line that is wrong."""
    found: dict[Key, tuple[str, ...]] = {}
    for number, line in enumerate(_lines(path), 1):
        try:
            data = json.loads(line)
            key = (str(data["conversation"]), int(data["message_index"]))
            found[key] = tuple(str(i) for i in data["ranked"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"Line {number} of {path} is no prediction: {error}.",
                'Each line is {"conversation", "message_index", "ranked"}; make it with '
                "`sommelier replay`.",
            ) from error
    if not found:
        raise UserError(f"{path} holds no prediction.", "Make it with `sommelier replay`.")
    return found


def read_evidence(predictions: Path) -> tuple[Manifest, tuple[ReplayedTurn, ...]] | None:
    """The manifest and turns of a replay, their rankings read from `predictions`.

    None if no evidence lies beside the file, or if it belongs to other predictions.
    """
    path = evidence_path(predictions)
    if not path.is_file():
        return None
    ranked = read_predictions(predictions)
    try:
        head, *rest = (json.loads(line) for line in _lines(path))
        turns = tuple(_turn(data, ranked) for data in rest)
        manifest: Manifest = head["replay"]
    except (ValueError, KeyError, TypeError):
        return None
    return (manifest, turns) if len(turns) == len(ranked) else None


class Progressing:
    """A replay under way, on disk from chunk to chunk so that an interrupted one goes on.

    The file is `<predictions>.partial`: the manifest, then a line a turn. What was written under
    another manifest is discarded, and so is a chunk that is not whole; `sizes` says how many turns
    each chunk has. `done` are the chunks found, in order.
    """

    def __init__(self, predictions: Path, manifest: Manifest, sizes: Sequence[int]) -> None:
        self.path = predictions.with_name(predictions.name + ".partial")
        left = self._found(manifest)
        self.done: list[tuple[ReplayedTurn, ...]] = []
        for size in sizes:
            if len(left) < size:
                break
            self.done.append(tuple(left[:size]))
            left = left[size:]
        kept = (json.dumps(asdict(turn)) for chunk in self.done for turn in chunk)
        _write_whole(self.path, (json.dumps({"replay": manifest}), *kept))

    def add(self, turns: Sequence[ReplayedTurn]) -> None:
        """Keep the turns of the next chunk; on disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(turn)) + "\n" for turn in turns)
            file.flush()
            os.fsync(file.fileno())

    def finish(self) -> None:
        """Remove the file: the replay is written down elsewhere."""
        self.path.unlink(missing_ok=True)

    def _found(self, manifest: Manifest) -> list[ReplayedTurn]:
        if not self.path.is_file():
            return []
        turns: list[ReplayedTurn] = []
        for number, line in enumerate(_lines(self.path)):
            try:
                data = json.loads(line)
                if number:
                    turns.append(_turn(data))
                elif data["replay"] != dict(manifest):
                    return []
            except (ValueError, KeyError, TypeError):
                break  # cut while it was written
        return turns


def _turn(
    data: Mapping[str, Any], ranked: Mapping[Key, tuple[str, ...]] | None = None
) -> ReplayedTurn:
    key = (str(data["conversation"]), int(data["message_index"]))
    return ReplayedTurn(
        *key,
        ranked=tuple(data["ranked"]) if ranked is None else ranked[key],
        targets=tuple(data["targets"]),
        target_titles=tuple(data["target_titles"]),
        named=tuple(data["named"]),
        preferences=int(data["preferences"]),
        context=tuple((role, text) for role, text in data["context"]),
        slate=tuple(SlateItem(**item) for item in data["slate"]),
        scores=tuple(data["scores"]),
        diversity=data["diversity"],
    )


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from (line for line in file if line.strip())
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error


def _write_whole(path: Path, lines: Iterator[str] | Sequence[str]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        draft.replace(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose another place."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
