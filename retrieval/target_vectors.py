"""Unit vectors for what signals are about: an item, the centre of a facet, an encoded phrase."""

from __future__ import annotations

import numpy as np

from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.facets import FacetRows
from retrieval.index import ItemIndex
from retrieval.signals import Signal, target_key
from retrieval.taste import Vector

_REMEMBERED = 20_000  # targets; the same few recur in every conversation


class CatalogVectors:
    """Target vectors over one catalogue, index and encoder; remembers what it computed."""

    def __init__(
        self, catalog: Catalog, index: ItemIndex, encoder: Encoder, rows: FacetRows
    ) -> None:
        self.catalog = catalog
        self.index = index
        self.encoder = encoder
        self.rows = rows
        self.dimension = encoder.dimension
        self._known: dict[tuple[str, ...], Vector | None] = {}

    def vector(self, signal: Signal) -> Vector | None:
        """The target's unit vector (d,), or None where it has none.

        A title that the catalogue lacks has none: the title alone is never encoded as a wish.
        """
        if signal.kind == "range":
            return None
        key = target_key(signal)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = self._compute(signal)
        return self._known[key]

    def text_of(self, signal: Signal) -> str | None:
        """The text that is encoded for a signal's target, None where none is or it is known."""
        if signal.kind in ("item", "range") or target_key(signal) in self._known:
            return None
        if signal.kind == "facet" and (signal.field == "person" or self.rows.match(signal).any()):
            return None
        return signal.value or ""

    def _compute(self, signal: Signal) -> Vector | None:
        if signal.kind == "item":
            known = signal.item_id is not None and signal.item_id in self.catalog
            return self._row(self.catalog.row(signal.item_id or "")) if known else None
        text = self.text_of(signal)
        if text is None:
            return self._centre(signal)
        return np.asarray(self.encoder.encode([text])[0], dtype=np.float32)

    def _row(self, row: int) -> Vector:
        return np.asarray(self.index.vectors[row], dtype=np.float32)

    def _centre(self, signal: Signal) -> Vector | None:
        """The normalised mean of the items that have the facet's value."""
        found = np.flatnonzero(self.rows.match(signal))
        if found.size == 0:
            return None
        mean = np.asarray(self.index.vectors[found], dtype=np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length, dtype=np.float32) if length > 0 else None
