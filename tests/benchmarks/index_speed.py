"""Time and recall of each kind of index, on random unit vectors around random centres.

    PYTHONPATH=. .venv/bin/python tests/benchmarks/index_speed.py [COUNT ...]

For each count: seconds to build, milliseconds for one query's 400 best, and the share of the
exact 400 best among them. Decides the sizes at which retrieval.index changes its kind.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from numpy.typing import NDArray

from retrieval.index import ItemIndex, Manifest, describe_device, train_engine

DIMENSION, CENTRES, QUERIES, WANTED = 384, 40, 50, 400


def around(
    centres: NDArray[np.float32], count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Unit vectors (count, d), each near one of the centres."""
    found = centres[rng.integers(CENTRES, size=count)]
    found += 0.7 * rng.standard_normal((count, DIMENSION), dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def measure(kind: str, items: NDArray[np.float32], queries: NDArray[np.float32]) -> None:
    start = time.perf_counter()
    engine = train_engine(items, kind)
    built = time.perf_counter() - start
    manifest = Manifest("", "", "", "", DIMENSION, len(items), kind)
    index = ItemIndex(items, engine, manifest)
    start = time.perf_counter()
    rows = np.vstack([index.search(query, WANTED)[0] for query in queries])
    each = (time.perf_counter() - start) / len(queries)
    exact = np.argsort(-(queries @ items.T), axis=1)[:, :WANTED]
    shares = [len(np.intersect1d(a, b)) / WANTED for a, b in zip(rows, exact, strict=True)]
    print(f"{len(items):>9,} {kind:<12} {built:7.1f} s {each * 1e3:7.2f} ms {np.mean(shares):6.3f}")


def main(counts: list[int]) -> None:
    rng = np.random.default_rng(0)
    print(describe_device())
    for count in counts:
        centres = rng.standard_normal((CENTRES, DIMENSION), dtype=np.float32)
        items, queries = around(centres, count, rng), around(centres, QUERIES, rng)
        for kind in ("Flat", "HNSW32", f"IVF{int(4 * np.sqrt(count))},Flat"):
            measure(kind, items, queries)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [10_000, 50_000])
