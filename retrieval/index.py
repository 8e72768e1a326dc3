"""The vector index over a catalogue's items: FAISS, saved with a manifest and checked at load."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalog import Catalog, item_text
from retrieval.encoder import Encoder
from retrieval.errors import UserError

HNSW_FROM = 50_000  # below, an exact scan answers within milliseconds
IVF_FROM = 1_000_000  # above, HNSW's graph costs more memory than it is worth

_FORMAT = 1
_MANIFEST = "manifest.json"
_FAISS = "items.faiss"
_VECTORS = "vectors.npy"


class IndexMismatch(UserError):
    """A saved index was built from another catalogue or by another encoder."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from; saved beside it and compared at load."""

    catalog: str
    catalog_fingerprint: str
    encoder: str
    encoder_fingerprint: str
    dimension: int
    count: int
    kind: str
    format: int = _FORMAT

    @property
    def index_id(self) -> str:
        """A short hash of the content, independent of what catalogue and encoder are called."""
        content = (self.catalog_fingerprint, self.encoder_fingerprint, self.kind, self.format)
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


class ItemIndex:
    """Searches item vectors by inner product; row numbers are the catalogue's."""

    def __init__(self, vectors: NDArray[np.float32], engine: Any, manifest: Manifest) -> None:
        self.vectors = vectors
        self.manifest = manifest
        self.index_id = manifest.index_id
        self._engine = engine
        self._searcher = _to_device(engine)

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k best rows for each query, best first: rows (m, k) and inner products (m, k).

        `queries` is (m, d) or one vector (d,). k is cut to the number of items; a place that an
        approximate index cannot fill holds row -1.
        """
        matrix = np.ascontiguousarray(np.atleast_2d(queries), dtype=np.float32)
        if matrix.shape[1] != self.manifest.dimension:
            raise ValueError(f"queries have {matrix.shape[1]} dimensions")
        scores, rows = self._searcher.search(matrix, min(k, self.manifest.count))
        return rows.astype(np.int64, copy=False), scores


def index_kind(count: int) -> str:
    """The faiss factory string for a number of items."""
    if count < HNSW_FROM:
        return "Flat"
    if count < IVF_FROM:
        return "HNSW32"
    return f"IVF{int(4 * np.sqrt(count))},Flat"


def build_index(
    catalog: Catalog, encoder: Encoder, progress: Callable[[int, int], None] | None = None
) -> ItemIndex:
    """Embed every item and index the vectors; `progress(done, total)` counts items."""
    vectors = encoder.encode([item_text(item) for item in catalog.items], progress)
    manifest = _manifest(catalog, encoder)
    return ItemIndex(vectors, _train(vectors, manifest.kind), manifest)


def save_index(index: ItemIndex, folder: Path) -> None:
    """Write the index whole or not at all: into a temporary folder that is then renamed."""
    import faiss

    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        faiss.write_index(index._engine, str(partial / _FAISS))
        np.save(partial / _VECTORS, index.vectors)
        record = {**asdict(index.manifest), "index_id": index.index_id}
        (partial / _MANIFEST).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def load_index(folder: Path, catalog: Catalog, encoder: Encoder) -> ItemIndex:
    """Open a saved index, memory-mapped; raises IndexMismatch if it is of something else."""
    import faiss

    manifest = _read_manifest(folder)
    _check(manifest, _manifest(catalog, encoder))
    vectors = np.load(folder / _VECTORS, mmap_mode="r")
    engine = faiss.read_index(str(folder / _FAISS), faiss.IO_FLAG_MMAP)
    return ItemIndex(vectors, engine, manifest)


def describe_device() -> str:
    """Where searches run, in words."""
    import faiss

    count = faiss.get_num_gpus()
    if count:
        return f"faiss {faiss.__version__} on {count} GPU{'s' if count > 1 else ''}"
    return f"faiss {faiss.__version__} on the processor"


def _manifest(catalog: Catalog, encoder: Encoder) -> Manifest:
    return Manifest(
        catalog=catalog.name,
        catalog_fingerprint=catalog.fingerprint,
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        count=len(catalog),
        kind=index_kind(len(catalog)),
    )


def _train(vectors: NDArray[np.float32], kind: str) -> Any:
    import faiss

    engine = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if not engine.is_trained:
        engine.train(vectors)
    engine.add(vectors)
    return engine


def _to_device(engine: Any) -> Any:
    import faiss

    if faiss.get_num_gpus() == 0:
        return engine
    return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, engine)


def _read_manifest(folder: Path) -> Manifest:
    try:
        record = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        record.pop("index_id")
        return Manifest(**record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"There is no usable index in {folder}.", "Build it with `sommelier catalog build`."
        ) from error


def _check(found: Manifest, wanted: Manifest) -> None:
    mend = "Build it anew with `sommelier catalog build`."
    if found.catalog_fingerprint != wanted.catalog_fingerprint:
        raise IndexMismatch(
            f"The index is of the catalogue {found.catalog} "
            f"({found.catalog_fingerprint[:8]}), but the catalogue in use is {wanted.catalog} "
            f"({wanted.catalog_fingerprint[:8]}).",
            mend,
        )
    if found.encoder_fingerprint != wanted.encoder_fingerprint:
        raise IndexMismatch(
            f"The index was built with the encoder {found.encoder} "
            f"({found.encoder_fingerprint[:8]}), but the encoder in use is {wanted.encoder} "
            f"({wanted.encoder_fingerprint[:8]}).",
            mend,
        )
