"""Curves of a training for TensorBoard, beside its checkpoints and then in the run's folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

CURVES = "tensorboard"  # the folder's name, among the checkpoints and in a run's folder

Write = Callable[[int, Mapping[str, float]], None]  # a step, and the figures there by their names


@contextmanager
def curves(checkpoints: Path, first: int = 0) -> Iterator[Write]:
    """What writes curves; a training that goes on from `first` replaces what came after it.

    Nothing is written where TensorBoard is not installed.
    """
    if find_spec("tensorboard") is None:
        yield lambda step, figures: None
        return
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(checkpoints / CURVES), purge_step=first or None)

    def write(step: int, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            if math.isfinite(value):
                writer.add_scalar(name, value, step)
        writer.flush()  # a kill loses nothing of it

    try:
        yield write
    finally:
        writer.close()
