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
_KEYS = ("noun", "labels", "columns", "separators", "drop", "constants")
_MEND = "A mapping file may hold: " + ", ".join(_KEYS) + "."


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a mapping file says.

    `columns` renames a column of the file, `separators` splits one into a list at another sign
    than "|", `drop` names columns to leave out, `constants` gives every item a value that its
    row lacks. The keys of all but `constants` are columns as the file calls them.
    """

    noun: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    constants: Mapping[str, object] = field(default_factory=dict)


def read_mapping(path: Path) -> ColumnMapping:
    """Read and check a mapping file (YAML); raises UserError on anything it does not know."""
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
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
    absent = [c for c in (*mapping.columns, *mapping.separators) if c not in present]
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
    tables = {key: _table(data, key, path) for key in ("labels", "columns", "separators")}
    for label in tables["labels"]:
        if label not in DEFAULT_LABELS:
            raise UserError(
                f"The mapping {path} labels an unknown button: {label}.",
                f"The buttons are: {', '.join(DEFAULT_LABELS)}.",
            )
    drop, noun, constants = data.get("drop") or [], data.get("noun"), data.get("constants") or {}
    if not isinstance(drop, list):
        raise UserError(f"`drop` in the mapping {path} is no list.", "Write it as [name, name].")
    if not isinstance(constants, dict):
        raise UserError(f"`constants` in {path} is no table.", "Write `column: value` lines.")
    if noun is not None and not isinstance(noun, str):
        raise UserError(f"`noun` in the mapping {path} is no text.", "Write e.g. noun: book.")
    return ColumnMapping(noun=noun, drop=frozenset(map(str, drop)), constants=constants, **tables)


def _table(data: Mapping[str, Any], key: str, path: Path) -> dict[str, str]:
    table = data.get(key) or {}
    if not isinstance(table, dict) or not all(isinstance(v, str) and v for v in table.values()):
        raise UserError(
            f"`{key}` in the mapping {path} is no table of texts.", "Write `name: text` lines."
        )
    return {str(name): value for name, value in table.items()}
