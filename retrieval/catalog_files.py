"""Catalogue files to a Catalog: columns recognised, values read, bad rows reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.catalog import Catalog, Item
from retrieval.catalog_rows import BadRow, read_rows
from retrieval.errors import UserError

BUILTIN = Path(__file__).parent / "catalogs" / "films.jsonl"

_LISTS = ("genres", "directors", "cast", "people", "keywords", "language", "country", "aliases")


@dataclass(frozen=True, slots=True)
class CatalogRead:
    """What reading a file gave: the catalogue, and the rows that were left out."""

    catalog: Catalog
    bad_rows: tuple[BadRow, ...]


def read_catalog(path: Path, mapping: Path | None = None) -> CatalogRead:
    """Read a catalogue file; raises UserError when it cannot be read or has no good row."""
    rows, bad = read_rows(path)
    items = [_item(row.values) for row in rows]
    if not items:
        raise UserError(f"{path} has no good row.", "Every row needs a title.")
    return CatalogRead(Catalog(items, noun="film", name=path.name), tuple(bad))


def builtin_catalog() -> Catalog:
    """The 500 films that come with the project."""
    return read_catalog(BUILTIN).catalog


def _item(values: Mapping[str, Any]) -> Item:
    known = {k: v for k, v in values.items() if k in Item.__slots__ and v is not None}
    for name in _LISTS:
        value = known.get(name, ())
        known[name] = (value,) if isinstance(value, str) else tuple(value)
    return Item(item_id=str(values.get("id") or values["title"]), **known)
