"""Which models serve: one pointer file names the trained parts, replaced whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from retrieval.atomic import write_whole
from retrieval.bundle_parts import (
    BundleMismatch,
    Part,
    check_files,
    check_part,
    folder_fingerprint,
    short,
)
from retrieval.errors import UserError

__all__ = [
    "Bundle",
    "BundleMismatch",
    "Part",
    "check_files",
    "check_part",
    "earlier_bundles",
    "folder_fingerprint",
    "read_bundle",
    "read_journal",
    "roll_back",
    "short",
    "write_bundle",
]

POINTER = "bundle.json"
SHIPPED = "shipped"  # the id of the bundle in which no part was trained here
PART_KINDS = ("llm", "encoder", "ranker", "understander")

_FORMAT = 1
_KEPT = 100  # entries of the journal, and steps that can be undone
_PATIENCE = 10  # seconds to wait for another process that writes the pointer


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts that serve, by kind; one that is absent is the shipped one.

    `previous` is the id of the bundle that a rollback leads to, None where there is none.
    """

    bundle_id: str = SHIPPED
    parts: Mapping[str, Part] = field(default_factory=dict)
    previous: str | None = None

    def part(self, kind: str) -> Part | None:
        """The trained part of a kind, None where the shipped one serves."""
        return self.parts.get(kind)

    def with_part(self, part: Part) -> Bundle:
        """The bundle that follows when this part takes the place of the one of its kind."""
        parts = {**self.parts, part.kind: part}
        return Bundle(bundle_id_of(parts), parts, self.bundle_id)


@dataclass(frozen=True, slots=True)
class _Pointer:
    """All that the file holds: what serves, what a rollback leads to, and what was done."""

    current: Bundle = field(default_factory=Bundle)
    undo: tuple[Bundle, ...] = ()
    journal: tuple[Mapping[str, Any], ...] = ()


def bundle_id_of(parts: Mapping[str, Part]) -> str:
    """Twelve hexadecimal digits that change with any part; "shipped" where there is none."""
    if not parts:
        return SHIPPED
    lines = sorted(f"{kind} {part.fingerprint}" for kind, part in parts.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def read_bundle(home: Path) -> Bundle:
    """The bundle that the pointer names, the shipped one where there is no pointer.

    Its parts are not looked at. Raises UserError where the pointer cannot be read.
    """
    return _read(home).current


def earlier_bundles(home: Path) -> tuple[Bundle, ...]:
    """What rollbacks lead to, the next one first; the shipped bundle is the last resort."""
    found = (*reversed(_read(home).undo), Bundle())
    return tuple({bundle.bundle_id: bundle for bundle in found}.values())


def read_journal(home: Path) -> tuple[Mapping[str, Any], ...]:
    """What was done to the pointer: when, which bundle, and why, oldest first."""
    return _read(home).journal


def write_bundle(home: Path, bundle: Bundle, note: Mapping[str, Any] | None = None) -> None:
    """Let a bundle serve; the one until now is kept for a rollback, `note` goes to the journal.

    Raises UserError where the pointer cannot be written; then nothing has changed.
    """
    with _changing(home) as pointer:
        undo = (*pointer.undo, pointer.current)[-_KEPT:]
        _write(home, _Pointer(bundle, undo, _noted(pointer, bundle, note or {})))


def roll_back(home: Path, note: Mapping[str, Any] | None = None) -> Bundle:
    """Let the bundle before this one serve again; UserError where there is none."""
    with _changing(home) as pointer:
        if not pointer.undo:
            raise UserError(
                "There is nothing to roll back to: the shipped models serve.",
                "See `sommelier finetune list`.",
            )
        *undo, before = pointer.undo
        _write(home, _Pointer(before, tuple(undo), _noted(pointer, before, note or {})))
        return replace(before, previous=undo[-1].bundle_id if undo else None)


@contextmanager
def _changing(home: Path) -> Iterator[_Pointer]:
    """The pointer as it is now, while no other process writes it."""
    lock = FileLock(str(home / f"{POINTER}.lock"), timeout=_PATIENCE)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with lock:
            yield _read(home)
    except Timeout as error:
        raise UserError("Another process is changing the bundle.", "Try again.") from error
    except OSError as error:
        raise UserError(
            f"The bundle cannot be written: {error.strerror or error}; nothing has changed.",
            f"Make room or mend the folder {home}.",
        ) from error


def _noted(pointer: _Pointer, bundle: Bundle, note: Mapping[str, Any]) -> tuple[Any, ...]:
    entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "from": pointer.current.bundle_id,
        "to": bundle.bundle_id,
        **note,
    }
    return (*pointer.journal, entry)[-_KEPT:]


def _write(home: Path, pointer: _Pointer) -> None:
    data = {
        "format": _FORMAT,
        **_to_dict(home, pointer.current),
        "undo": [_to_dict(home, bundle) for bundle in pointer.undo],
        "journal": list(pointer.journal),
    }
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    write_whole(home / POINTER, text.encode())


def _read(home: Path) -> _Pointer:
    path = home / POINTER
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            raise ValueError(f"its format is {data['format']}")
        undo = tuple(_from_dict(home, one) for one in data["undo"])
        previous = undo[-1].bundle_id if undo else None
        current = replace(_from_dict(home, data), previous=previous)
        return _Pointer(current, undo, tuple(data["journal"]))
    except FileNotFoundError:
        return _Pointer()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleMismatch(
            f"The pointer {path} cannot be read: {reason}.",
            "Remove it: then the shipped models serve, and a run can be promoted again.",
        ) from error


def _to_dict(home: Path, bundle: Bundle) -> dict[str, Any]:
    parts = {
        kind: {
            "path": os.path.relpath(part.path, home),  # so that the home folder can be moved
            "trained_against": dict(part.trained_against),
            "fingerprint": part.fingerprint,
        }
        for kind, part in sorted(bundle.parts.items())
    }
    return {"bundle_id": bundle.bundle_id, "parts": parts}


def _from_dict(home: Path, data: Mapping[str, Any]) -> Bundle:
    parts = {}
    for kind, one in data["parts"].items():
        if kind not in PART_KINDS:
            raise ValueError(f"there is no part {kind!r}")
        against = {str(k): str(v) for k, v in one["trained_against"].items()}
        path = Path(os.path.normpath(home / one["path"]))
        parts[kind] = Part(kind, path, against, str(one["fingerprint"]))
    found = bundle_id_of(parts)
    if found != data["bundle_id"]:
        raise ValueError(f"it is named {data['bundle_id']}, but its parts make {found}")
    return Bundle(found, parts)
