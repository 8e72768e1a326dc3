"""Predicts whether somebody likes an item, and whether they take it up, as MLP(e_u ⊙ e_i).

e_i is an item's projected vector, e_u the signed sum of those a person liked and refused. Beside
their product stands the behaviour embedding e = W·b + b₀ of the item: b counts every kind of
feedback it ever had. Two outputs share all of this: the rating and the click.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Values = NDArray[np.float32]

KINDS = ("recommended", "named", "seen", "unseen", "liked", "disliked")


@dataclass(frozen=True)
class RatingModel:
    """Learned arrays: t dimensions of the items' vectors, d of the embeddings, h hidden units.

    project (t, d); behaviour (kinds, d), behaviour_bias (d,); first (2d, h), first_bias (h,);
    second (h, 2), second_bias (2,).
    """

    project: Values
    behaviour: Values
    behaviour_bias: Values
    first: Values
    first_bias: Values
    second: Values
    second_bias: Values

    def predict(
        self, vectors: Values, counts: Values, rated: Sequence[tuple[int, float]]
    ) -> Values:
        """P(liked) and P(taken up) (n, 2) of n items, given signed ratings as (row, sign) pairs.

        `vectors` (n, t) describe the items, `counts` (n, kinds) their feedback so far. Without
        ratings the person is unknown and the behaviour embedding decides alone.
        """
        items = vectors @ self.project
        behaviour = np.log1p(counts) @ self.behaviour + self.behaviour_bias
        joined = np.concatenate([items * self._person(items, rated), behaviour], axis=1)
        hidden = np.maximum(joined @ self.first + self.first_bias, 0)
        return np.asarray(expit(hidden @ self.second + self.second_bias), dtype=np.float32)

    def _person(self, items: Values, rated: Sequence[tuple[int, float]]) -> Values:
        """e_u (d,): the signed sum of rated items over the root of how many they are."""
        if not rated:
            return np.zeros(items.shape[1], dtype=np.float32)
        rows, signs = [row for row, _ in rated], np.array([sign for _, sign in rated])
        return np.asarray(signs @ items[rows] / np.linalg.norm(signs), dtype=np.float32)
