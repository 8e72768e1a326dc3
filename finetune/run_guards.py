"""What keeps runs apart and makes their troubles one clear line: locks, memory, a full disk."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from finetune.run_environment import free_memory
from finetune.run_folder import runs_folder, to_json
from retrieval.atomic import write_whole
from retrieval.errors import UserError

_GIB = 2**30
# Bytes a run takes at least, measured on real runs; the chat trainer reckons its own besides.
LEAST_MEMORY = {
    "chat": _GIB,
    "encoder": 3 * _GIB,
    "understander": 3 * _GIB,
    "ranker": _GIB,
}


def check_memory(kind: str, free: int | None = None) -> None:
    """Say before a run starts that it would not fit in memory; `free` bytes, else what is free."""
    free = free_memory() if free is None else free
    if free is not None and free < LEAST_MEMORY[kind]:
        raise UserError(
            f"A {kind} run takes {LEAST_MEMORY[kind] / _GIB:.1f} GiB of memory,"
            f" {free / _GIB:.1f} GiB are free.",
            "Free some, or run it on another machine.",
        )


class Busy(UserError):
    """Another process holds the only place."""


@contextmanager
def one_at_a_time(home: Path, name: str = "run") -> Iterator[None]:
    """Hold the only place for a run, or for a watch; a process that dies frees it.

    Raises Busy naming the process that holds it.
    """
    folder = runs_folder(home)
    note = folder / f".{name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder / f".{name}.lock"), timeout=0):
            write_whole(note, to_json({"pid": os.getpid()}))
            try:
                yield
            finally:
                note.unlink(missing_ok=True)
    except Timeout as error:
        raise Busy(
            f"Another {name} is under way here{_holder(note)}.", "Wait for its end, or stop it."
        ) from error


def is_free(home: Path, name: str = "run") -> bool:
    """Whether the only place is free at this moment."""
    try:
        with one_at_a_time(home, name):
            return True
    except Busy:
        return False


@contextmanager
def disk_watched(home: Path) -> Iterator[None]:
    """A full disk is one clear line, however deep in a library it was met."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if not _disk_is_full(error):
            raise
        raise UserError(
            f"The disk of {home} is full; the run was given up and what serves is unchanged.",
            "Make room, then start it again.",
        ) from error


def _disk_is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in str(error):  # from safetensors and torch
            return True
        error = error.__cause__ or error.__context__
    return False


def _holder(note: Path) -> str:
    try:
        return f" (process {json.loads(note.read_text(encoding='utf-8'))['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
