"""The raw rows of a catalogue file: each a line number and its columns, or a reason why not."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from retrieval.errors import UserError

_KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".yaml": "yaml",
    ".yml": "yaml",
}
_FORMS = "Catalogues are CSV, JSON Lines, Parquet or YAML files, plain or gzipped (.gz)."
_SURROGATE = re.compile("[\ud800-\udfff]")
_YAML_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out; `line` counts lines from 1, rows where a file has no lines."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it stands in the file."""

    line: int
    values: Mapping[str, object]


Row = RawRow | BadRow


def read_rows(path: Path) -> tuple[list[RawRow], list[BadRow]]:
    """All rows of a catalogue file, good and bad, each in the order of the file.

    Raises UserError when the file as a whole cannot be read.
    """
    from retrieval.catalog_csv import csv_rows

    readers: dict[str, Callable[[bytes], Iterator[Row]]] = {
        "csv": csv_rows,
        "jsonl": _json_rows,
        "parquet": _parquet_rows,
        "yaml": _yaml_rows,
    }
    read = readers[_kind(path)]
    rows = list(read(_content(path)))
    good = [row for row in rows if isinstance(row, RawRow)]
    return good, [row for row in rows if isinstance(row, BadRow)]


def undecodable(text: str) -> str | None:
    """Why a text decoded with "surrogateescape" is not clean, or None if it is."""
    found = None if text.isascii() else _SURROGATE.search(text)
    if found is None:
        return None
    column = found.start() + 1
    if "\udc80" <= found[0] <= "\udcff":
        return f"not UTF-8: byte 0x{ord(found[0]) - 0xDC00:02x} at character {column}"
    return f"broken encoding: half a character at character {column}"


def _kind(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    kind = _KINDS.get(suffixes[-1]) if suffixes else None
    if kind is None:
        raise UserError(f"{path} is of no known form.", _FORMS)
    return kind


def _content(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"{path} cannot be read: {reason}.", "Check the path.") from error
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"{path} is broken: {error}.", "Compress it anew.") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").encode("utf-8")
    return data.removeprefix(b"\xef\xbb\xbf")


def _json_rows(data: bytes) -> Iterator[Row]:
    if data.lstrip()[:1] == b"[":
        yield from _json_array(data)
        return
    for line, raw in enumerate(data.split(b"\n"), start=1):
        if raw.strip():
            yield _json_row(line, raw.decode("utf-8", errors="surrogateescape"))


def _json_row(line: int, text: str) -> Row:
    if reason := undecodable(text):
        return BadRow(line, reason)
    try:
        return _row(line, json.loads(text), escapes="\\u" in text)
    except (ValueError, RecursionError) as error:
        return BadRow(line, f"broken JSON: {error}")


def _json_array(data: bytes) -> Iterator[Row]:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"The file is a JSON array that is broken: {error}.", "Write one JSON object a line."
        ) from error
    yield from (_row(place, value) for place, value in enumerate(values, start=1))


def _row(line: int, value: object, escapes: bool = True) -> Row:
    """A parsed row; `escapes` says that it may hold half a character written as an escape."""
    if not isinstance(value, dict):
        return BadRow(line, f"not a row of columns but {_described(value)}")
    if escapes and (fault := undecodable(json.dumps(value, ensure_ascii=False))):
        return BadRow(line, fault)
    return RawRow(line, {str(key): content for key, content in value.items()})


def _described(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _parquet_rows(data: bytes) -> Iterator[Row]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        line = 0
        for batch in file.iter_batches():
            for values in batch.to_pylist():
                line += 1
                yield RawRow(line, values)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"The Parquet file is broken: {reason}.", "Write it anew.") from error


def _yaml_rows(data: bytes) -> Iterator[Row]:
    import yaml

    text = data.decode("utf-8", errors="surrogateescape")
    try:
        yield from _yaml_nodes(text)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        yield from _yaml_chunks(text, error)


def _yaml_nodes(text: str) -> list[Row]:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    rows: list[Row] = []
    for document in yaml.compose_all(text, Loader=loader):
        for node in _yaml_items(document):
            line = node.start_mark.line + 1
            try:
                rows.append(_row(line, _yaml_value(node, {})))
            except RecursionError:
                rows.append(BadRow(line, "refers to itself"))
    return rows


def _yaml_items(document: Any) -> list[Any]:
    """The nodes of the rows: a list, a list under one key, or the document itself."""
    if document is None:
        return []
    if document.id == "sequence":
        return list(document.value)
    if document.id == "mapping" and len(document.value) == 1:
        inner = document.value[0][1]
        if inner.id == "sequence":
            return list(inner.value)
    return [document]


def _yaml_value(node: Any, known: dict[int, object]) -> object:
    """A node as text, list or dict; scalars stay text, so that the title "No" stays a title."""
    if node.id == "scalar":
        return None if not node.style and node.value in _YAML_NULLS else node.value
    if id(node) not in known:
        if node.id == "sequence":
            known[id(node)] = [_yaml_value(child, known) for child in node.value]
        else:
            known[id(node)] = {
                str(_yaml_value(key, known)): _yaml_value(value, known) for key, value in node.value
            }
    return known[id(node)]


def _yaml_chunks(text: str, error: Exception) -> Iterator[Row]:
    """A broken file read item by item, so that one bad item costs no other."""
    import yaml

    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line == "-" or line.startswith("- ")]
    if not starts:
        reason = " ".join(str(error).split())
        raise UserError(f"The YAML file is broken: {reason}.", "Mend it there.") from error
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        chunk = "\n".join(lines[start:end])
        fault = undecodable(chunk)
        try:
            rows = [BadRow(1, fault)] if fault else _yaml_nodes(chunk)
        except yaml.YAMLError as problem:
            rows = [BadRow(1, f"broken YAML: {' '.join(str(problem).split())}")]
        yield from (replace(row, line=start + row.line) for row in rows)
