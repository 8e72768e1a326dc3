"""Which column of a file is which column of the catalogue: by name, usual synonym or mapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrieval.catalog import DEFAULT_LABELS
from retrieval.errors import UserError

LIST_COLUMNS = (
    "genres", "directors", "cast", "people", "keywords", "language", "country", "aliases",
)  # fmt: skip
TEXT_COLUMNS = ("id", "title", "description", "image", "url", "original_title")
NUMBER_COLUMNS = ("year", "runtime", "price", "popularity")
KNOWN_COLUMNS = TEXT_COLUMNS + NUMBER_COLUMNS + LIST_COLUMNS

_SYNONYMS: Mapping[str, str] = {
    "name": "title",
    "genre": "genres",
    "director": "directors",
    "actors": "cast",
    "actor": "cast",
    "stars": "cast",
    "person": "people",
    "author": "people",
    "authors": "people",
    "writer": "people",
    "writers": "people",
    "keyword": "keywords",
    "tags": "keywords",
    "languages": "language",
    "countries": "country",
    "alias": "aliases",
    "overview": "description",
    "summary": "description",
    "synopsis": "description",
    "plot": "description",
    "extract": "description",
    "thumbnail": "image",
    "image_url": "image",
    "poster": "image",
    "link": "url",
    "release_year": "year",
    "release_date": "year",
    "publication_year": "year",
}
_KEYS = ("noun", "labels", "columns", "separators", "values", "drop", "constants")
_MEND = "A mapping file may hold: " + ", ".join(_KEYS) + "."


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a mapping file says.

    `columns` renames a column of the file, `separators` splits one into a list at another sign
    than "|", `values` renames values of a column, `drop` names columns to leave out, `constants`
    gives every item a value that its row lacks. The keys of all but `labels` and `constants` are
    columns as the file calls them.
    """

    noun: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    constants: Mapping[str, object] = field(default_factory=dict)


def read_mapping(path: Path) -> ColumnMapping:
    """Read and check a mapping file (YAML); raises UserError on anything it does not know."""
    import yaml

    try:
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) or {}  # all texts
    except OSError as error:
        raise UserError(f"The mapping {path} cannot be read.", "Check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"The mapping {path} is not YAML: {reason}.", _MEND) from error
    if not isinstance(data, dict):
        raise UserError(f"The mapping {path} is no table of settings.", _MEND)
    for key in data:
        if key not in _KEYS:
            raise UserError(f"The mapping {path} has an unknown key: {key}.", _MEND)
    return _checked(data, path)


def column_targets(names: Iterable[str], mapping: ColumnMapping) -> dict[str, str]:
    """For each column of a file that is kept, in order, the catalogue's column it fills.

    A column that the mapping names goes where it says, one with a known name to itself, and one
    with a usual synonym there unless something else fills that place. Several may fill a list.
    """
    present = list(names)
    absent = [
        c for c in (*mapping.columns, *mapping.separators, *mapping.values) if c not in present
    ]
    if absent:
        raise UserError(
            f"The mapping names the column {absent[0]}, which the file does not have.",
            f"The file has: {', '.join(present[:30])}.",
        )
    kept = [name for name in present if name not in mapping.drop]
    targets = {name: mapping.columns[name] for name in kept if name in mapping.columns}
    for name in kept:
        if name not in targets and (plain := _plain(name)) in KNOWN_COLUMNS:
            targets.setdefault(name, plain)
    for name in kept:
        if name not in targets:
            synonym = _SYNONYMS.get(_plain(name))
            free = synonym in LIST_COLUMNS or synonym not in targets.values()
            targets[name] = synonym if synonym and free else name
    return {name: targets[name] for name in kept}


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _checked(data: Mapping[str, Any], path: Path) -> ColumnMapping:
    labels, values = _texts(data, "labels", path), _table(data, "values", path)
    for label in labels:
        if label not in DEFAULT_LABELS:
            raise UserError(
                f"The mapping {path} labels an unknown button: {label}.",
                f"The buttons are: {', '.join(DEFAULT_LABELS)}.",
            )
    drop, noun = data.get("drop") or [], data.get("noun") or None
    if not isinstance(drop, list):
        raise UserError(f"`drop` in the mapping {path} is no list.", "Write it as [name, name].")
    if noun is not None and not isinstance(noun, str):
        raise UserError(f"`noun` in the mapping {path} is no text.", "Write e.g. noun: book.")
    return ColumnMapping(
        noun=noun,
        labels=labels,
        columns=_texts(data, "columns", path),
        separators=_texts(data, "separators", path),
        values={name: _texts(values, name, path) for name in values},
        drop=frozenset(map(str, drop)),
        constants=_table(data, "constants", path),
    )


def _texts(data: Mapping[str, Any], key: str, path: Path) -> dict[str, str]:
    """A table whose values are texts."""
    table = _table(data, key, path)
    for name, value in table.items():
        if not isinstance(value, str) or not value:
            raise UserError(
                f"`{name}` under `{key}` in the mapping {path} has no text.",
                'Write `name: "text"`.',
            )
    return table


def _table(data: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    table = data.get(key) or {}
    if not isinstance(table, dict):
        raise UserError(f"`{key}` in the mapping {path} is no table.", "Write `name: value` lines.")
    return {str(name): value for name, value in table.items()}
