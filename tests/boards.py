"""Reads TensorBoard's curves back."""

from __future__ import annotations

from pathlib import Path

from finetune.board import CURVES


def steps_of(folder: Path, name: str) -> list[int]:
    """The steps at which a curve has a value, as TensorBoard shows them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

    found = EventAccumulator(str(folder / CURVES)).Reload()
    return [event.step for event in found.Scalars(name)]
