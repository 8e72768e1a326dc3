"""CSV to raw rows, line by line, so that a broken line costs itself and not its neighbours."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from retrieval.catalog_rows import BadRow, RawRow, Row, undecodable
from retrieval.errors import UserError

_LONGEST = 500  # lines a quoted value may span before its quote counts as never closed


def csv_rows(data: bytes) -> Iterator[Row]:
    """The rows under the header; comma, semicolon and tab are told apart by the header."""
    text = data.decode("utf-8", errors="surrogateescape").replace("\r\n", "\n")
    lines = (text if "\n" in text else text.replace("\r", "\n")).split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return
    delimiter = max(",;\t", key=lines[start].count)
    names, used = _header(lines, start, delimiter)
    place = start + used
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        row, used = _row(lines, place, delimiter, names)
        yield row
        place += used


def _header(lines: list[str], start: int, delimiter: str) -> tuple[list[str], int]:
    values, used, reason = _record(lines, start, delimiter)
    names = [name.strip() for name in values]
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"The column {twice} stands twice in the header.", "Rename one of them.")
    if reason:
        raise UserError(f"The header of the CSV file is broken: {reason}.", "Mend line 1.")
    return names, used


def _row(lines: list[str], place: int, delimiter: str, names: list[str]) -> tuple[Row, int]:
    values, used, reason = _record(lines, place, delimiter)
    line = place + 1
    if not reason and len(values) != len(names):
        reason = f"{len(values)} values for {len(names)} columns"
    reason = reason or undecodable(" ".join(values)) or ""
    if reason:
        return BadRow(line, reason), 1 if len(values) != len(names) else used
    filled = {name: value for name, value in zip(names, values, strict=True) if name}
    return RawRow(line, filled), used


def _record(lines: list[str], place: int, delimiter: str) -> tuple[list[str], int, str]:
    """The values that begin on a line, the number of lines they span, and what is wrong."""
    text = lines[place]
    for used in range(1, _LONGEST + 1):
        if used == 1 or '"' in lines[place + used - 1]:
            try:
                return next(csv.reader([text], delimiter=delimiter, strict=True)), used, ""
            except csv.Error as error:
                if "unexpected end of data" not in str(error):
                    break
        if place + used >= len(lines):
            break
        text += "\n" + lines[place + used]
    return [], 1, "broken CSV: its quotes do not match"
