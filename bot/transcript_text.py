"""From a file's bytes to text, JSON values and CSV rows, going on after whatever is broken."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import UserError

ProblemKind = Literal[
    "broken line",
    "encoding",
    "empty turn",
    "unknown item",
    "unknown speaker",
    "repeated id",
    "too long",
]

_GZIP = b"\x1f\x8b"
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_MAX_ROW_LINES = 50  # a quoted field that is still open after these lines was never closed
_BETWEEN = re.compile(r"[\s,\[\]]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that was left out or mended: its 1-based line, and why."""

    line: int
    kind: ProblemKind
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Value:
    """One JSON value and the 1-based line on which it begins."""

    line: int
    content: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One CSV row by column name and the 1-based line on which it begins."""

    line: int
    cells: dict[str, str]


def read_text(path: Path) -> tuple[str, list[Problem]]:
    """The text of a plain or gzipped file, and what was odd about its bytes.

    UTF-8 or UTF-16 with its mark; a line that is not UTF-8 is read as Windows-1252 and reported.
    Raises UserError if the file cannot be read at all.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error
    problems: list[Problem] = []
    if raw.startswith(_GZIP):
        raw, cut = _unzip(raw)
        if cut:
            reason = "the compressed file ends too early or is damaged here; the rest is lost"
            problems.append(Problem(raw.count(b"\n") + 1, "broken line", reason))
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _plain_newlines(raw.decode(encoding, errors="replace")), problems
    try:
        return _plain_newlines(raw.decode()), problems
    except UnicodeDecodeError:
        return _decode_lines(raw, problems), problems


def json_values(text: str) -> Iterator[Value | Problem]:
    """The JSON objects of a text in order: JSON Lines, one array, or one object over many lines.

    After a broken object reading goes on at the next line that begins like it.
    """
    decoder = json.JSONDecoder()
    position, line, counted = 0, 1, 0
    while True:
        between = _BETWEEN.match(text, position)
        position = between.end() if between else position
        if position >= len(text):
            return
        line += text.count("\n", counted, position)
        counted = position
        try:
            content, position = decoder.raw_decode(text, position)
            yield Value(line, content)
        except (ValueError, RecursionError) as error:
            what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            yield Problem(line, "broken line", f"not valid JSON ({what})")
            position = _next_start(text, position)


def csv_rows(text: str, delimiter: str, required: tuple[str, ...]) -> Iterator[Row | Problem]:
    """The rows under a header line. Raises UserError when the header lacks a required column.

    In a tab-separated file a line is always a row. Elsewhere a quoted field may go over several
    lines; a quote that never closes costs its own line only.
    """
    lines = text.split("\n")
    header = [_unquoted(name).strip().lower() for name in lines[0].split(delimiter)]
    missing = [name for name in required if name not in header]
    if missing:
        raise UserError(
            f"The file has no column {', '.join(missing)}.",
            f"Its first line must name the columns {', '.join(required)}; check --format.",
        )
    at = 1
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        cells, used = _row_cells(lines, at, delimiter, len(header))
        if cells is None:
            reason = f"does not have {len(header)} cells"
            yield Problem(at + 1, "broken line", reason)
        else:
            yield Row(at + 1, dict(zip(header, cells, strict=True)))
        at += used


def _unzip(raw: bytes) -> tuple[bytes, bool]:
    """The content of a gzip file, member by member, as far as it goes, and whether it was cut."""
    pieces = []
    while raw.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        try:
            pieces.append(member.decompress(raw))
        except zlib.error:
            return b"".join(pieces), True
        if not member.eof:
            return b"".join(pieces), True
        raw = member.unused_data
    return b"".join(pieces), False


def _decode_lines(raw: bytes, problems: list[Problem]) -> str:
    decoded = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        try:
            decoded.append(line.decode())
        except UnicodeDecodeError:
            decoded.append(line.decode("cp1252", errors="replace"))
            problems.append(Problem(number, "encoding", "not UTF-8, read as Windows-1252"))
    return _plain_newlines("\n".join(decoded))


def _plain_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _next_start(text: str, broken: int) -> int:
    """Where to go on after the broken value at `broken`.

    At the margin that is the next line at the margin: in JSON Lines the next line, in one object
    over many lines what follows it. An element of an array is followed by the next `{` with its
    indentation.
    """
    begin = text.rfind("\n", 0, broken) + 1
    indent = text[begin:broken] if not text[begin:broken].strip() else ""
    following = rf"\n{indent}(?=\{{)" if indent else r"\n(?=[^\s\]}])"
    found = re.compile(following).search(text, broken)
    return len(text) if found is None else found.end()


def _row_cells(
    lines: list[str], at: int, delimiter: str, width: int
) -> tuple[list[str] | None, int]:
    """The cells of the row at line `at` and how many lines it takes; None if it is broken."""
    if delimiter == "\t":
        split = [_unquoted(cell) for cell in lines[at].split("\t")]
        return (split if len(split) == width else None), 1
    for used in range(1, _MAX_ROW_LINES + 1):
        try:
            cells = _strict_cells("\n".join(lines[at : at + used]), delimiter)
        except csv.Error:
            break
        if cells is not None:
            return (cells if len(cells) == width else None), used
    return None, 1


def _strict_cells(record: str, delimiter: str) -> list[str] | None:
    """The cells of one record, None while a quote is open; raises csv.Error if it is no CSV."""
    try:
        return next(csv.reader(io.StringIO(record), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "end of data" in str(error):
            return None
        raise


def _unquoted(cell: str) -> str:
    """A tab-separated cell without the quotes that a CSV writer put around it."""
    inner = cell[1:-1]
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted else cell
