"""The raw rows of a catalogue file: each a line number and its columns, or a reason why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out; `line` counts from 1, in records for Parquet."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it stands in the file."""

    line: int
    values: dict[str, object]


def read_rows(path: Path) -> tuple[list[RawRow], list[BadRow]]:
    """All rows of a file of JSON Lines, in order."""
    good: list[RawRow] = []
    bad: list[BadRow] = []
    for line, text in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not text.strip():
            continue
        try:
            good.append(RawRow(line, dict(json.loads(text))))
        except ValueError as error:
            bad.append(BadRow(line, f"not JSON: {error}"))
    return good, bad
