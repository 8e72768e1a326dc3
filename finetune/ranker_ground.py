"""What no training of a ranker changes: items, their content and vectors, vectors of queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finetune.kept_arrays import kept
from finetune.ranker_data import Example
from retrieval.catalog import Catalog
from retrieval.content_overlap import ContentOverlap
from retrieval.encoder import Encoder
from retrieval.learned_ranker import centred
from retrieval.title_join import LearnedItem

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Ground:
    """A catalogue of n items with its content and vectors (n, t), and vectors (t,) of queries.

    Vectors are centred by `item_mean` and those of queries by `text_mean`.
    """

    catalog: Catalog
    content: ContentOverlap
    vectors: Array
    queries: Mapping[str, Array]
    text_mean: Array
    item_mean: Array

    def text(self, example: Example) -> Array | None:
        """The vector of what the user said last, None where it was not encoded."""
        return self.queries.get(example.context.query)

    def items(self) -> tuple[LearnedItem, ...]:
        """The items as a ranker's weights name them."""
        return tuple(LearnedItem(i.item_id, i.title, i.year) for i in self.catalog.items)


def ground(
    catalog: Catalog,
    item_vectors: Array,
    encoder: Encoder,
    queries: Sequence[str],
    *,
    progress: Callable[[int, int], None] | None = None,
    keep: Path | None = None,
) -> Ground:
    """Encode the queries; `item_vectors` (n, t) are the same encoder's.

    The queries' vectors are kept in the file `keep`, or taken from it where it is there.
    """
    known = sorted({q for q in queries if q.strip()})
    item_mean = item_vectors.mean(axis=0)
    said = np.zeros((0, item_vectors.shape[1]), np.float32)
    if known:
        said = kept(keep, lambda: {"said": encoder.encode(known, progress)})["said"]
    text_mean = said.mean(axis=0) if known else np.zeros_like(item_mean)
    return Ground(
        catalog,
        ContentOverlap(catalog),
        centred(item_vectors, item_mean),
        dict(zip(known, said - text_mean, strict=True)),
        np.asarray(text_mean, np.float32),
        np.asarray(item_mean, np.float32),
    )
