"""What is to be ranked for in a turn: the same for people and for replayed conversations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.session import Session
from bot.understanding import Understanding
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.facets import FacetRows
from retrieval.index import ItemIndex
from retrieval.ranking import Need, Weights
from retrieval.target_vectors import CatalogVectors
from retrieval.taste import Taste, Vector, fold


@dataclass(frozen=True)
class Shelf:
    """A catalogue with everything that ranks it; n items, vectors of d dimensions."""

    catalog: Catalog
    index: ItemIndex
    encoder: Encoder
    facets: FacetRows
    vectors: CatalogVectors
    weights: Weights
    popularity: NDArray[np.float32] | None


def make_shelf(
    catalog: Catalog, index: ItemIndex, encoder: Encoder, weights: Weights | None = None
) -> Shelf:
    """Prepare a catalogue, its index and encoder for ranking."""
    facets = FacetRows(catalog)
    vectors = CatalogVectors(catalog, index, encoder, facets)
    popularity = log_popularity(catalog)
    return Shelf(catalog, index, encoder, facets, vectors, weights or Weights(), popularity)


def log_popularity(catalog: Catalog) -> NDArray[np.float32] | None:
    """Standardised log(1 + popularity) (n,), items without one at the mean; None without any."""
    known = [item.popularity for item in catalog.items]
    if not any(known):
        return None
    logs = np.array([np.nan if p is None or p < 0 else np.log1p(p) for p in known])
    deviation = float(np.nanstd(logs)) or 1.0
    standard = (logs - np.nanmean(logs)) / deviation
    return np.asarray(np.nan_to_num(standard, nan=0.0), dtype=np.float32)


def taste_of(shelf: Shelf, session: Session) -> Taste:
    """The taste that a session's signals fold to."""
    return fold(
        session.signals,
        shelf.vectors,
        conversation_id=session.conversation_id,
        removed=session.removed,
    )


def need_of(shelf: Shelf, session: Session, taste: Taste) -> Need:
    """What the last turn of a session asks to rank for."""
    turns = session.turns
    age = {turn.turn_id: len(turns) - 1 - place for place, turn in enumerate(turns)}
    query = query_of(session)
    return Need(
        q=_encode(shelf, query), taste=taste, age=age, learned=None, popularity=shelf.popularity
    )


def query_of(session: Session) -> str:
    """The words of the newest turn that asked for something; "another one" keeps the need."""
    for turn in reversed(session.turns):
        understanding: Understanding | None = turn.understanding
        if understanding is not None and understanding.query and understanding.language == "en":
            return understanding.query
    return ""


def _encode(shelf: Shelf, query: str) -> Vector | None:
    return np.asarray(shelf.encoder.encode([query])[0], dtype=np.float32) if query else None
