"""Which rows of a catalogue match a facet value, a range or a phrase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retrieval.catalog import Catalog
from retrieval.signals import Signal, normalise

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Spellings of genres that mean one of the standard names.
GENRE_SPELLINGS = {
    "sci fi": "science fiction",
    "scifi": "science fiction",
    "sf": "science fiction",
    "animated": "animation",
    "cartoon": "animation",
    "biopic": "biography",
    "documentaries": "documentary",
    "historical": "history",
    "romantic": "romance",
    "scary": "horror",
    "sports": "sport",
    "suspense": "thriller",
    "funny": "comedy",
    "comedies": "comedy",
    "musicals": "musical",
    "westerns": "western",
}
# One value that stands for two genres together.
COMPOUND_GENRES = {
    "romantic comedy": ("romance", "comedy"),
    "rom com": ("romance", "comedy"),
    "romcom": ("romance", "comedy"),
    "dark comedy": ("comedy",),
    "black comedy": ("comedy",),
}


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """`normalise`, remembered: catalogues repeat their values."""
    return normalise(text)


class FacetRows:
    """Rows by facet value and numbers by column, read once from a catalogue of n items."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._values: dict[str, dict[str, list[int]]] = {}
        for field in catalog.facets:
            by_value = self._values.setdefault(field, {})
            for row, item in enumerate(catalog.items):
                for value in item.values(field):
                    by_value.setdefault(folded(value), []).append(row)
        self._numbers = {
            field: np.array(
                [np.nan if (n := item.number(field)) is None else n for item in catalog.items]
            )
            for field in catalog.ranges
        }
        self._words: dict[str, list[int]] | None = None

    def match(self, signal: Signal) -> Mask:
        """The rows (n,) that a signal's target speaks about; all False where none is known."""
        if signal.kind == "item":
            mask = np.zeros(len(self.catalog), dtype=np.bool_)
            if signal.item_id is not None and signal.item_id in self.catalog:
                mask[self.catalog.row(signal.item_id)] = True
            return mask
        if signal.kind == "facet":
            return self._facet(signal.field or "", signal.value or "", signal.polarity)
        if signal.kind == "range":
            return self.inside(signal.field or "", signal.min, signal.max)
        return self._phrase(signal.value or "")

    def inside(self, field: str, low: float | None, high: float | None) -> Mask:
        """The rows (n,) whose number lies in [low, high]; a row without the number does not."""
        numbers = self._numbers.get(field)
        if numbers is None:
            return np.zeros(len(self.catalog), dtype=np.bool_)
        with np.errstate(invalid="ignore"):
            above = numbers >= (-np.inf if low is None else low)
            return np.asarray(above & (numbers <= (np.inf if high is None else high)))

    def _facet(self, field: str, value: str, polarity: float) -> Mask:
        key = folded(value)
        if field == "genre":
            key = GENRE_SPELLINGS.get(key, key)
        found = self._values.get(field, {}).get(key)
        if found is None and field == "genre" and key in COMPOUND_GENRES:
            masks = [self._facet(field, part, polarity) for part in COMPOUND_GENRES[key]]
            # Liked, either part will do in its place; refused, only the two together.
            return np.asarray(np.logical_and.reduce(masks))
        if found is None:
            return self._phrase(value) if field in ("genre", "keywords") else self._mask(())
        return self._mask(found)

    def _phrase(self, phrase: str) -> Mask:
        """Rows whose keywords, genres or description hold every word of a phrase."""
        words = [w for w in folded(phrase).split() if len(w) > 2]
        if not words:
            return self._mask(())
        table = self._word_rows()
        found = set(table.get(words[0], ()))
        for word in words[1:]:
            found &= set(table.get(word, ()))
        return self._mask(sorted(found))

    def _word_rows(self) -> dict[str, list[int]]:
        if self._words is None:
            table: dict[str, list[int]] = {}
            for row, item in enumerate(self.catalog.items):
                text = " ".join((*item.keywords, *item.genres, item.description))
                for word in set(re.findall(r"\w+", folded(text))):
                    table.setdefault(word, []).append(row)
            self._words = table
        return self._words

    def _mask(self, rows: Sequence[int]) -> Mask:
        mask = np.zeros(len(self.catalog), dtype=np.bool_)
        mask[list(rows)] = True
        return mask


def allowed(rows: FacetRows, signals: Sequence[Signal]) -> Mask:
    """The rows (n,) that no hard signal forbids.

    A hard like must match and a hard dislike must not; a hard range must hold. A hard like of
    something that the whole catalogue lacks forbids everything: the caller says so.
    """
    mask = np.ones(len(rows.catalog), dtype=np.bool_)
    for signal in signals:
        match = rows.match(signal)
        mask &= match if signal.polarity > 0 else ~match
    return mask
