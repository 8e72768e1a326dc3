"""Facts of items as one sparse matrix: genres, people, years, title words, graph links."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse

from retrieval.catalog import Catalog, Item
from retrieval.content_overlap import title_words

_SELF_LOOP = 24  # the relation that ties every entity to itself
_GRAPH = ("entity2id.json.gz", "dbpedia.json", "dbpedia_subkg.json.gz")


def fact_matrix(catalog: Catalog, folder: Path, graph: bool = True) -> sparse.csr_array:
    """Unit rows (n, f), each fact weighing by how rare it is; facts of one item alone are left out.

    `folder` holds DBpedia's sub-graph; without its files, or without `graph`, only the catalogue's
    own facts count.
    """
    links = _links(folder) if graph and all((folder / f).exists() for f in _GRAPH) else {}
    facts = [list(dict.fromkeys([*_facts(i), *links.get(i.item_id, ())])) for i in catalog.items]
    return _weighted(facts)


def _facts(item: Item) -> list[str]:
    found = [f"genre:{g}" for g in item.genres]
    found += [f"person:{p}" for p in item.values("person")]
    found += [f"director:{p}" for p in item.directors]
    if item.year is not None:  # two overlapping grids, so that near years share one at least
        found += [f"year:{item.year // 5 * 5}", f"year:{(item.year + 2) // 5 * 5 + 2}"]
    return found + [f"title:{w}" for w in title_words(item.title)]


def _links(folder: Path) -> dict[str, list[str]]:
    """Item id -> its entity and the entities that it links to, as facts."""
    numbers, of_item, graph = (_json(folder / name) for name in _GRAPH)
    found = {}
    for item_id, entity in of_item.items():
        number = numbers.get(entity)
        if number is not None:
            near = [t for r, t in graph.get(str(number), ()) if r != _SELF_LOOP]
            found[str(item_id)] = [f"entity:{e}" for e in (*near, number)]
    return found


def _json(path: Path) -> dict[str, Any]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return dict(json.load(stream))
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _weighted(facts: Sequence[Sequence[str]]) -> sparse.csr_array:
    often = Counter(f for found in facts for f in found)
    column = {f: k for k, f in enumerate(f for f, n in often.items() if n > 1)}
    entries = [(row, f) for row, found in enumerate(facts) for f in found if f in column]
    weights = np.array([np.log(len(facts) / often[f]) for _, f in entries], dtype=np.float32)
    places = ([row for row, _ in entries], [column[f] for _, f in entries])
    matrix = sparse.csr_array((weights, places), shape=(len(facts), max(len(column), 1)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    return sparse.csr_array(sparse.diags_array(1 / np.maximum(lengths, 1e-6)) @ matrix)
