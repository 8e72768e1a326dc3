"""Arrays that took long to make, kept in a file for a training that is killed and goes on."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.atomic import write_whole

Arrays = Mapping[str, NDArray[Any]]


def kept(path: Path | None, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a file, else those that `make` gives, which are put there whole or not at all.

    Without a path nothing is kept. Raises OSError where the disk is full.
    """
    if path is None:
        return make()
    if path.is_file():
        with np.load(path) as found:
            return dict(found)
    made = make()
    content = io.BytesIO()
    np.savez(content, **made)  # type: ignore[arg-type]  # an array may well be named allow_pickle
    write_whole(path, content.getvalue())
    return made
