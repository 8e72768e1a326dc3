"""The vector index over a catalogue's items: FAISS, saved with a manifest and checked at load."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalog import Catalog, item_text
from retrieval.encoder import Encoder
from retrieval.errors import UserError

HNSW_FROM = 50_000  # an exact scan took 41 ms for 60,000 items on a busy core, HNSW 3 ms
IVF_FROM = 1_000_000  # from here on, building and holding HNSW's graph costs too much

_EF_SEARCH = 256  # HNSW: nodes looked at for a query, at least the number of results wanted
_PROBES = 64  # IVF: lists looked at for a query

_FORMAT = 2  # to be raised when the files or the text that is embedded change their form
_MANIFEST = "manifest.json"
_FAISS = "items.faiss"
_VECTORS = "vectors.npy"
_MEND = "Build it with `sommelier catalog build`."


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
        on_gpu = self._searcher is not engine
        self._lock: AbstractContextManager[Any] = Lock() if on_gpu else nullcontext()

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k best rows for each query, best first: rows (m, k) and inner products (m, k).

        `queries` is (m, d) or one vector (d,). k is cut to the number of items; a place that an
        approximate index cannot fill holds row -1.
        """
        matrix = np.ascontiguousarray(np.atleast_2d(queries), dtype=np.float32)
        if matrix.shape[1] != self.manifest.dimension:
            raise ValueError(
                f"queries have {matrix.shape[1]} dimensions, items {self.manifest.dimension}"
            )
        with self._lock:
            scores, rows = self._searcher.search(matrix, min(k, self.manifest.count))
        return rows.astype(np.int64, copy=False), scores

    def save(self, folder: Path) -> None:
        """Write engine, vectors and manifest into an existing folder."""
        import faiss

        faiss.write_index(self._engine, str(folder / _FAISS))
        np.save(folder / _VECTORS, self.vectors)
        record = {**asdict(self.manifest), "index_id": self.index_id}
        (folder / _MANIFEST).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def index_kind(count: int) -> str:
    """The faiss factory string for a number of items, by size and device."""
    if count < HNSW_FROM or (count < IVF_FROM and _gpus()):
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
    return ItemIndex(vectors, train_engine(vectors, manifest.kind), manifest)


def save_index(index: ItemIndex, folder: Path) -> None:
    """Write the index whole or not at all: into a folder beside, which then takes the place.

    Raises UserError when the disk refuses.
    """
    replaced = folder.with_name(f".{folder.name}-replaced-{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            index.save(partial)
            if folder.exists():
                os.replace(folder, replaced)
            os.replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            shutil.rmtree(replaced, ignore_errors=True)
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"The index cannot be written to {folder}: {str(error).splitlines()[0]}.",
            "Check the space and the rights there, or choose another folder with --home.",
        ) from error


def load_index(folder: Path, catalog: Catalog, encoder: Encoder) -> ItemIndex:
    """Open a saved index, memory-mapped.

    Raises IndexMismatch if it was built from another catalogue or by another encoder, and
    UserError if it is absent or damaged.
    """
    import faiss

    manifest = _read_manifest(folder)
    _check(manifest, _manifest(catalog, encoder))
    try:
        vectors = np.load(folder / _VECTORS, mmap_mode="r")
        engine = faiss.read_index(str(folder / _FAISS), faiss.IO_FLAG_MMAP_IFC)
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise _unusable(folder) from error
    if vectors.shape != (manifest.count, manifest.dimension) or engine.ntotal != manifest.count:
        raise _unusable(folder)
    return ItemIndex(vectors, engine, manifest)


def describe_device() -> str:
    """Where searches run, in words."""
    import faiss

    place = f"{_gpus()} GPU" if _gpus() else "the processor"
    return f"faiss {faiss.__version__} on {place}"


def _gpus() -> int:
    import faiss

    return int(faiss.get_num_gpus())


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


def train_engine(vectors: NDArray[np.float32], kind: str) -> Any:
    """A faiss index of a kind (its factory string) that holds the vectors (n, d)."""
    import faiss

    engine: Any = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if not engine.is_trained:
        engine.train(vectors)
    engine.add(vectors)
    if kind.startswith("HNSW"):
        engine.hnsw.efSearch = _EF_SEARCH
    if kind.startswith("IVF"):
        engine.nprobe = _PROBES
    return engine


def _to_device(engine: Any) -> Any:
    import faiss

    if not _gpus() or isinstance(engine, faiss.IndexHNSW):  # HNSW has no GPU form
        return engine
    return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, engine)


def _read_manifest(folder: Path) -> Manifest:
    try:
        record = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        record.pop("index_id")
        manifest = Manifest(**record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(folder) from error
    if manifest.format != _FORMAT:
        raise _unusable(folder)
    return manifest


def _unusable(folder: Path) -> UserError:
    return UserError(f"There is no usable index in {folder}.", _MEND)


def _check(found: Manifest, wanted: Manifest) -> None:
    if found.catalog_fingerprint != wanted.catalog_fingerprint:
        raise IndexMismatch(
            f"The index is of the catalogue {found.catalog} "
            f"({found.catalog_fingerprint[:8]}), but the catalogue in use is {wanted.catalog} "
            f"({wanted.catalog_fingerprint[:8]}).",
            _MEND,
        )
    if found.encoder_fingerprint != wanted.encoder_fingerprint:
        raise IndexMismatch(
            f"The index was built with the encoder {found.encoder} "
            f"({found.encoder_fingerprint[:8]}), but the encoder in use is {wanted.encoder} "
            f"({wanted.encoder_fingerprint[:8]}).",
            _MEND,
        )
