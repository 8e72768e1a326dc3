"""The columns that a learned ranker reads: one row an item, from a conversation and a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.co_preference import FADE, CoPreference, gather
from retrieval.content_overlap import ContentOverlap
from retrieval.context_model import ContextModel
from retrieval.ranking_context import Mention, RankingContext, tokens

Values = NDArray[np.float32]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "conversation": ("towers",),  # log P(item comes next) by the context model
    "co_preference": (
        "co_all",  # log P(recommended | all wanted), newer ones counting more
        "co_sum",  # root of the same, not divided by how many there are
        "co_seeker",  # given what the seeker named
        "co_last",  # given what was named last
        "co_together",  # log P(in a conversation with them), whoever named it
        "co_similar",  # root of the cosine of being named
    ),
    "content": ContentOverlap.NAMES,
    "text": ("text_item", "text_named"),  # encoder: query with item, wanted items with item
    "popularity": ("popular", "recent", "by_seekers", "never_named"),
    "named_before": (
        "again_seeker",
        "again_recommender",
        "again_last_message",
        "again_often",
        "again_last_seeker",
        "again_near",
    ),
}
FEATURES: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)
CIRCUMSTANCES = 5

_OTHERS = 0.8  # what the recommender named counts less than what the seeker named


@dataclass(frozen=True)
class FeatureSource:
    """A catalogue of n items with all that was learned about it.

    `vectors` (n, t) are the encoder's item vectors, centred and of length 1; `models` are averaged.
    """

    co_preference: CoPreference
    models: tuple[ContextModel, ...]
    content: ContentOverlap
    vectors: Values

    def matrix(self, context: RankingContext, text: Values | None) -> Values:
        """The features (n, f), ordered as FEATURES; `text` (t,) is the query's centred vector."""
        weights = wanted_weights(context.wanted)
        return np.stack(
            [
                np.mean([m.log_probabilities(context, text) for m in self.models], axis=0),
                *self._co_columns(context, weights),
                *self.content.features(context, weights),
                *self._text_columns(context, weights, text),
                *self._popularity,
                *_named_before(context, len(self.vectors)),
            ],
            axis=1,
            dtype=np.float32,
        )

    def _co_columns(self, context: RankingContext, weights: Values) -> Sequence[Values]:
        co, wanted = self.co_preference, context.wanted
        prior = co.prior
        total = max(float(weights.sum()), 1e-6)
        likely = gather(co.directed, wanted, weights)
        seekers = [m for m in wanted if m.by_user]
        by_seeker = gather(co.directed, seekers, [1.0] * len(seekers)) / max(len(seekers), 1)
        last = gather(co.directed, wanted[-1:], [1.0] * len(wanted[-1:]))
        together = gather(co.together, wanted, weights) / total
        return (
            np.log(likely / total + prior),
            np.sqrt(likely),
            np.log(by_seeker + prior),
            np.log(last + prior),
            np.log(together + prior),
            np.sqrt(gather(co.similar, wanted, weights)),
        )

    def _text_columns(
        self, context: RankingContext, weights: Values, text: Values | None
    ) -> Sequence[Values]:
        n = len(self.vectors)
        near = np.zeros(n, dtype=np.float32)
        if text is not None:
            near = self.vectors @ (text / (np.linalg.norm(text) + 1e-6))
        if not context.wanted:
            return near, np.zeros(n, dtype=np.float32)
        middle = weights @ self.vectors[[m.row for m in context.wanted]]
        return near, self.vectors @ (middle / float(weights.sum()))

    @cached_property
    def _popularity(self) -> Sequence[Values]:
        co = self.co_preference
        never = (co.interactions == 0).astype(np.float32)
        return np.log(co.recommended + 0.5), np.log(co.recent + 0.1), np.log(co.named + 0.5), never


def wanted_weights(wanted: Sequence[Mention]) -> Values:
    """How much each wanted mention counts (m,): newer ones and the seeker's own more."""
    return np.array(
        [
            FADE ** (len(wanted) - 1 - k) * (1.0 if m.by_user else _OTHERS)
            for k, m in enumerate(wanted)
        ],
        dtype=np.float32,
    )


def circumstances(context: RankingContext) -> Values:
    """What the weights of the features may depend on (CIRCUMSTANCES,), the same for every item."""
    recommended = sum(not m.by_user for m in context.mentioned)
    words = sum(len(tokens(m.bare)) for m in context.messages)
    just_named = any(m.turn == context.turn - 1 for m in context.mentioned[-1:])
    return np.array(
        [
            np.log1p(context.turn),
            np.log1p(len(context.named)),
            np.log1p(recommended),
            float(just_named),
            np.log1p(words) / 5,
        ],
        dtype=np.float32,
    )


def _named_before(context: RankingContext, n: int) -> Values:
    """The columns of "named_before" (6, n)."""
    found = np.zeros((6, n), dtype=np.float32)
    kept = {m.row for m in context.wanted}
    for mention in context.mentioned:
        if mention.row in kept:
            row = mention.row
            found[0 if mention.by_user else 1, row] = 1
            found[2, row] = mention.turn == context.turn - 1
            found[3, row] += 1
            found[4, row] = mention.by_user
            found[5, row] = 1 / (context.turn - mention.turn)
    found[3] = np.log1p(found[3])
    return found
