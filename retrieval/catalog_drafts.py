"""Rows on their way to items: known columns read, faults found, every id made unique."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from retrieval import catalog_values as cells
from retrieval.catalog_mapping import KNOWN_COLUMNS, LIST_COLUMNS, ColumnMapping
from retrieval.catalog_rows import BadRow, RawRow

_READERS: Mapping[str, Callable[[object], object]] = {
    "id": cells.text_of,
    "title": cells.text_of,
    "description": cells.text_of,
    "original_title": cells.text_of,
    "image": cells.address_of,
    "url": cells.address_of,
    "year": cells.year_of,
    "runtime": cells.minutes_of,
    "price": cells.price_of,
    "popularity": cells.number_of,
}


@dataclass(slots=True)
class Draft:
    """One row: the known columns read, the other columns as they stand.

    `unreadable` names the known columns whose cell holds something else than it should.
    """

    line: int
    known: dict[str, Any] = field(default_factory=dict)
    other: dict[str, object] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    @property
    def fault(self) -> str | None:
        """Why this row cannot become an item; None if it can."""
        title = self.known.get("title")
        if not title:
            return "no title"
        return "broken encoding in the title" if "\ufffd" in title else None


def draft_of(row: RawRow, targets: Mapping[str, str], plan: ColumnMapping) -> Draft:
    """Read the cells of a row; the first filled cell wins, but lists from several are joined."""
    draft = Draft(row.line)
    for name, value in row.values.items():
        if name in targets:
            separator, renamed = plan.separators.get(name), plan.values.get(name)
            if renamed:
                value = [renamed.get(text, text) for text in cells.list_of(value, separator)]
            _fill(draft, targets[name], value, separator)
    for target, value in plan.constants.items():
        if target not in draft.known:
            _fill(draft, target, value, None)
    return draft


def with_ids(drafts: list[Draft]) -> tuple[list[Draft], list[BadRow]]:
    """Drafts with ids that all differ, and the rows that repeat an id or a whole row.

    A row without an id gets one from its title and year, with a number where that is taken.
    """
    taken: dict[str, Draft] = {}
    for draft in drafts:
        if "id" in draft.known:
            taken.setdefault(draft.known["id"], draft)
    good: list[Draft] = []
    bad: list[BadRow] = []
    for draft in drafts:
        first = taken[draft.known["id"]] if "id" in draft.known else _name(draft, taken)
        if first is draft:
            good.append(draft)
        elif "id" in draft.known:
            reason = f"the id {draft.known['id']} stands already on line {first.line}"
            bad.append(BadRow(draft.line, reason))
        else:
            bad.append(BadRow(draft.line, f"says the same as line {first.line}"))
    return good, bad


def item_slug(title: str, year: int | None) -> str:
    """A readable id that depends on title and year alone: `the-shining-1980`."""
    plain = unicodedata.normalize("NFKD", re.sub("['’]", "", title.casefold()))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    slug = re.sub(r"[\W_]+", "-", plain).strip("-")
    slug = slug or hashlib.sha256(title.encode()).hexdigest()[:12]
    return slug if year is None else f"{slug}-{year}"


def _fill(draft: Draft, target: str, value: object, separator: str | None) -> None:
    if target != "title" and cells.is_missing(value):
        return
    if target in LIST_COLUMNS:
        values = draft.known.get(target, ()) + cells.list_of(value, separator)
        draft.known[target] = tuple(dict.fromkeys(values))
    elif target not in KNOWN_COLUMNS:
        draft.other.setdefault(target, cells.list_of(value, separator) if separator else value)
    elif target not in draft.known:
        read = _READERS[target](value)
        if read is None:
            draft.unreadable.add(target)
        elif read != "":
            draft.known[target] = read


def _name(draft: Draft, taken: dict[str, Draft]) -> Draft:
    """Give the draft a free id and return it, or return the earlier draft that it repeats."""
    slug = item_slug(draft.known["title"], draft.known.get("year"))
    item_id, copies = slug, 1
    while item_id in taken:
        first = taken[item_id]
        if {**first.known, "id": ""} == {**draft.known, "id": ""} and first.other == draft.other:
            return first
        copies += 1
        item_id = f"{slug}-{copies}"
    draft.known["id"] = item_id
    taken[item_id] = draft
    return draft


def unreadable_cells(drafts: list[Draft]) -> dict[str, int]:
    """For each known column, how many cells hold something else than they should."""
    return dict(Counter(target for draft in drafts for target in draft.unreadable))
