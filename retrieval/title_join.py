"""Finds which item of a catalogue is which learned item, by id with title, or title with year."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from retrieval.catalog import Catalog, Item
from retrieval.signals import normalise


@dataclass(frozen=True, slots=True)
class LearnedItem:
    """What is kept of an item to know it again."""

    item_id: str
    title: str
    year: int | None


def join(catalog: Catalog, learned: Sequence[LearnedItem]) -> NDArray[np.int64]:
    """For each item of the catalogue (n,) the place of its learned item, -1 where there is none.

    An equal id counts only with an equal title, since other catalogues number their items too. A
    title counts with a year at most one apart, which is how far sources differ.
    """
    by_id = {item.item_id: k for k, item in enumerate(learned)}
    by_title: dict[str, list[int]] = defaultdict(list)
    for k, item in enumerate(learned):
        by_title[normalise(item.title)].append(k)
    also = _packaged_ids()
    found = [_find(item, learned, by_id, by_title, also) for item in catalog.items]
    return np.array(found, dtype=np.int64)


def _find(
    item: Item,
    learned: Sequence[LearnedItem],
    by_id: dict[str, int],
    by_title: dict[str, list[int]],
    also: dict[str, list[str]],
) -> int:
    same_title = by_title.get(normalise(item.title), [])
    place = by_id.get(item.item_id)
    if place is not None and place in same_title:
        return place
    for other in also.get(item.item_id, ()):
        if other in by_id:
            return by_id[other]
    for apart in (0, 1):
        for place in same_title:
            year = learned[place].year
            if item.year is not None and year is not None and abs(year - item.year) <= apart:
                return place
    return -1


def _packaged_ids() -> dict[str, list[str]]:
    """The built-in catalogue's ids -> ids of the same film in the conversations."""
    text = files("retrieval.catalogs").joinpath("redial_ids.json").read_text(encoding="utf-8")
    return dict(json.loads(text))
