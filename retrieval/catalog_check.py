"""What `sommelier catalog check` says of a file: counts, gaps, doubles, facets and ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.catalog import Catalog, Item
from retrieval.catalog_files import CatalogRead, read_catalog
from retrieval.catalog_rows import BadRow
from retrieval.signals import normalise

_COLUMNS = (
    "description", "year", "genres", "directors", "cast", "people", "keywords", "language",
    "country", "runtime", "price", "image", "url", "original_title", "aliases", "popularity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CatalogReport:
    """The findings about one catalogue file.

    `missing` counts, for each column in use, the items without a value; `doubles` lists titles
    with their year that more than one item has; `facets` gives the number of distinct values and
    whether visitors may be asked about it.
    """

    name: str
    noun: str
    fingerprint: str
    items: int
    bad_rows: tuple[BadRow, ...]
    unreadable: Mapping[str, int]
    missing: Mapping[str, int]
    doubles: tuple[str, ...]
    facets: Mapping[str, tuple[int, bool]]
    ranges: Mapping[str, tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of the report."""
        return asdict(self)

    def lines(self, most: int = 20) -> list[str]:
        """The report for people, with at most so many bad rows and doubles spelled out."""
        lines = [f"{self.name}: {self.items} items ({self.noun}), {len(self.bad_rows)} bad rows"]
        lines += _shortened([f"  line {b.line}: {b.reason}" for b in self.bad_rows], most)
        lines += [f"  {n} values of {c} not understood" for c, n in self.unreadable.items()]
        lines += [f"  {n} items without {column}" for column, n in self.missing.items() if n]
        lines += _shortened([f"  more than once: {title}" for title in self.doubles], most)
        for name, (count, askable) in self.facets.items():
            use = "asked about" if askable else "matched by exact name, never asked about"
            lines.append(f"  facet {name}: {count} values, {use}")
        lines += [f"  range {n}: {low:g} to {high:g}" for n, (low, high) in self.ranges.items()]
        return lines


def check_catalog(path: Path, mapping: Path | None = None) -> CatalogReport:
    """Read a catalogue file and report on it; raises UserError as `read_catalog` does."""
    return report_on(read_catalog(path, mapping))


def report_on(read: CatalogRead) -> CatalogReport:
    """The report on a catalogue that was read already."""
    catalog = read.catalog
    return CatalogReport(
        name=catalog.name,
        noun=catalog.noun,
        fingerprint=catalog.fingerprint,
        items=len(catalog),
        bad_rows=read.bad_rows,
        unreadable=read.unreadable,
        missing=_missing(catalog),
        doubles=_doubles(catalog.items),
        facets={name: (len(f.counts), f.askable) for name, f in catalog.facets.items()},
        ranges=dict(catalog.ranges),
    )


def _missing(catalog: Catalog) -> dict[str, int]:
    """Counts for the columns that at least one item fills."""
    empty = {
        column: sum(getattr(item, column) in (None, "", ()) for item in catalog.items)
        for column in _COLUMNS
    }
    others = dict.fromkeys(name for item in catalog.items for name in item.extra)
    empty |= {name: sum(name not in item.extra for item in catalog.items) for name in others}
    return {column: count for column, count in empty.items() if count < len(catalog)}


def _doubles(items: tuple[Item, ...]) -> tuple[str, ...]:
    counts = Counter((normalise(item.title), item.year) for item in items)
    twice = [item for item in items if counts[normalise(item.title), item.year] > 1]
    shown = (f"{item.title} ({item.year})" if item.year else item.title for item in twice)
    return tuple(dict.fromkeys(shown))


def _shortened(lines: list[str], most: int) -> list[str]:
    rest = len(lines) - most
    return lines if rest <= 0 else [*lines[:most], f"  and {rest} more"]
