"""Fuses a matrix of features into one score an item: a linear part and small networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

CLIP = 6.0  # standard deviations beyond which a feature says no more


@dataclass(frozen=True)
class Fusion:
    """f features, c circumstances, h hidden units; several networks are side by side and averaged.

    mean, deviation (f + c,); linear (s, f); first (s, f + c, h), first_bias (s, h);
    second (s, h, h), second_bias (s, h); out (s, h).
    """

    mean: Values
    deviation: Values
    linear: Values
    first: Values
    first_bias: Values
    second: Values
    second_bias: Values
    out: Values

    ARRAYS: ClassVar[tuple[str, ...]] = (
        "mean",
        "deviation",
        "linear",
        "first",
        "first_bias",
        "second",
        "second_bias",
        "out",
    )

    def score(self, features: Values, circumstances: Values) -> Values:
        """Scores (n,) of n items from `features` (n, f) and `circumstances` (c,)."""
        f = features.shape[1]
        x = np.clip((features - self.mean[:f]) / self.deviation[:f], -CLIP, CLIP)
        c = (circumstances - self.mean[f:]) / self.deviation[f:]
        total = x @ self.linear.mean(axis=0)
        for k in range(len(self.first)):
            # the circumstances are the same for all items: they join the bias
            h = np.maximum(x @ self.first[k, :f] + (c @ self.first[k, f:] + self.first_bias[k]), 0)
            h = np.maximum(h @ self.second[k] + self.second_bias[k], 0)
            total = total + h @ self.out[k] / len(self.first)
        return np.asarray(total, dtype=np.float32)

    def without(self, features: Values, columns: list[int]) -> Values:
        """`features` with some columns at their mean, where they say nothing."""
        neutral = features.copy()
        neutral[:, columns] = self.mean[columns]
        return neutral

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything as named arrays."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def fusion_from(arrays: Mapping[str, NDArray[np.generic]]) -> Fusion:
    """The inverse of `Fusion.arrays`; raises KeyError where an array is missing."""
    return Fusion(**{name: np.asarray(arrays[name], np.float32) for name in Fusion.ARRAYS})
