"""Writes a catalogue's file anew with descriptions where there were none; all else stays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retrieval import catalog_values as cells
from retrieval.atomic import write_whole
from retrieval.catalog_files import CatalogRead
from retrieval.catalog_mapping import ColumnMapping, column_targets, read_mapping
from retrieval.catalog_rows import read_rows
from retrieval.errors import UserError


def write_filled(
    source: Path, mapping: Path | None, read: CatalogRead, texts: Mapping[str, str], out: Path
) -> None:
    """Write every row of `source` as JSON Lines under its own column names, to be read likewise.

    `texts` are descriptions by item id; a row that has one keeps it. UserError where `out` cannot
    be written; it is then as it was.
    """
    rows = [json.dumps(row, ensure_ascii=False) for row in _filled(source, mapping, read, texts)]
    try:
        write_whole(out, ("\n".join(rows) + "\n").encode("utf-8"))
    except OSError as error:
        raise UserError(
            f"{out} cannot be written: {error.strerror}.", "Name another file with --out."
        ) from error


def _filled(
    source: Path, mapping: Path | None, read: CatalogRead, texts: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    rows, _ = read_rows(source)
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    targets = column_targets(names, read_mapping(mapping) if mapping else ColumnMapping())
    column = next((n for n, target in targets.items() if target == "description"), "description")
    left_out = {bad.line for bad in read.bad_rows}
    items = iter(read.catalog.items)
    for row in rows:
        values = {name: _plain(value) for name, value in row.values.items()}
        if row.line not in left_out:
            text = texts.get(next(items).item_id, "")
            if text and cells.is_missing(row.values.get(column)):
                values[column] = text
        yield values


def _plain(value: object) -> Any:
    """A cell as JSON can hold it; dates and the like as text."""
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | dict | None) else str(value)
