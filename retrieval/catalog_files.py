"""Catalogue files to a Catalog: columns recognised, values read, bad rows reported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retrieval import catalog_values as cells
from retrieval.catalog import Catalog, Item
from retrieval.catalog_drafts import Draft, draft_of, unreadable_cells, with_ids
from retrieval.catalog_mapping import LIST_COLUMNS, ColumnMapping, column_targets, read_mapping
from retrieval.catalog_rows import BadRow, read_rows
from retrieval.errors import UserError

BUILTIN = Path(__file__).parent / "catalogs" / "films.jsonl"

_FILM_COLUMNS = {"directors", "cast", "runtime"}
_BOOK_COLUMNS = {"author", "authors", "isbn"}

Lists = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CatalogRead:
    """What reading a file gave: the catalogue, the rows left out, and cells not understood.

    `unreadable` counts, for each known column, cells that hold something else than they should.
    """

    catalog: Catalog
    bad_rows: tuple[BadRow, ...]
    unreadable: Mapping[str, int] = field(default_factory=dict)


def read_catalog(path: Path, mapping: Path | None = None) -> CatalogRead:
    """Read a catalogue file, through a mapping file if there is one.

    Raises UserError when a file cannot be read, has no column for the title or no good row.
    """
    plan = read_mapping(mapping) if mapping else ColumnMapping()
    rows, bad = read_rows(path)
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    targets = column_targets(names, plan) if rows else {}
    if rows and "title" not in targets.values():
        raise UserError(
            f"{path} has no column `title`; it has: {', '.join(names[:30])}.",
            "Say in a mapping file which column holds the titles: `columns: {its name: title}`.",
        )
    drafts = [draft_of(row, targets, plan) for row in rows]
    bad += [BadRow(draft.line, draft.fault) for draft in drafts if draft.fault]
    good, repeated = with_ids([draft for draft in drafts if not draft.fault])
    bad = sorted(bad + repeated, key=lambda row: row.line)
    if not good:
        example = f": line {bad[0].line}, {bad[0].reason}" if bad else " at all"
        raise UserError(f"{path} has no good row{example}.", "Every row needs a title.")
    catalog = Catalog(
        _items(good),
        noun=plan.noun or _noun(names, targets.values()),
        labels=plan.labels,
        name=path.name,
    )
    return CatalogRead(catalog, tuple(bad), unreadable_cells(good))


def builtin_catalog() -> Catalog:
    """The 500 films that come with the project."""
    return read_catalog(BUILTIN).catalog


def _items(drafts: list[Draft]) -> list[Item]:
    numeric = _numeric_columns(drafts)
    lists = [_lists(draft, numeric) for draft in drafts]
    spelling = _spellings(lists)
    return [
        _item(draft, {name: _spelled(name, vs, spelling) for name, vs in facets.items()}, numeric)
        for draft, facets in zip(drafts, lists, strict=True)
    ]


def _item(draft: Draft, facets: Lists, numeric: set[str]) -> Item:
    known = {k: v for k, v in draft.known.items() if k != "id" and k not in LIST_COLUMNS}
    known.update((k, v) for k, v in facets.items() if k in LIST_COLUMNS)
    extra: dict[str, float | tuple[str, ...]] = {}
    for name, value in draft.other.items():
        if name not in numeric:
            extra[name] = facets[name]
        elif (number := cells.number_of(value)) is not None:
            extra[name] = number
    return Item(item_id=draft.known["id"], extra=extra, **known)


def _numeric_columns(drafts: Iterable[Draft]) -> set[str]:
    """The other columns in which every filled cell is a number."""
    numeric: dict[str, bool] = {}
    for draft in drafts:
        for name, value in draft.other.items():
            if numeric.get(name, True):
                numeric[name] = cells.number_of(value) is not None
    return {name for name, whole in numeric.items() if whole}


def _lists(draft: Draft, numeric: set[str]) -> dict[str, tuple[str, ...]]:
    """The facets of a draft, known ones and others."""
    known = {name: values for name, values in draft.known.items() if name in LIST_COLUMNS}
    others = {n: cells.list_of(v) for n, v in draft.other.items() if n not in numeric}
    return {**known, **others}


def _spellings(lists: Iterable[Lists]) -> dict[tuple[str, str], str]:
    """For each facet value, however capitalised, its most frequent spelling."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for facets in lists:
        for name, values in facets.items():
            for value in values:
                counts[name, value.casefold()][value] += 1
    return {key: max(found, key=lambda v: (found[v], v)) for key, found in counts.items()}


def _spelled(
    name: str, values: tuple[str, ...], spelling: Mapping[tuple[str, str], str]
) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spelling[name, value.casefold()] for value in values))


def _noun(names: Iterable[str], targets: Iterable[str]) -> str:
    """What to call an item where no mapping says it."""
    if _BOOK_COLUMNS & {name.lower() for name in names}:
        return "book"
    return "film" if _FILM_COLUMNS & set(targets) else "item"
