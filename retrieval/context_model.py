"""Two towers: a conversation and the items of a catalogue as vectors whose product says what comes.

The conversation's vector adds up the items named (weighted by who named them and how long ago), the
words said and the encoder's vector of the seeker's latest messages. An item's vector was learned
from its facts, its text and how it was recommended. Trained in `finetune/context_training.py`; here
is only the reading, in numpy.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, log_softmax

from retrieval.ranking_context import RankingContext, tokens

Values = NDArray[np.float32]

DISTANCES = 4  # mentions 1, 2-3, 4-7 and 8 or more places back weigh differently
BAGS = 3  # words of the seeker, of the recommender, of the seeker's last message
NEIGHBOURS = 10  # known items whose vectors stand in for an item that was never learned


@dataclass(frozen=True)
class Words:
    """The known words and pairs of words, and how much each tells (v,)."""

    index: Mapping[str, int]
    weight: Values

    def bags(self, context: RankingContext) -> tuple[NDArray[np.int64], Values]:
        """Indices into BAGS stacked vocabularies and their weights; each bag has length 1."""
        last = max((k for k, m in enumerate(context.messages) if m.by_user), default=-1)
        members = (
            [m.bare for m in context.messages if m.by_user],
            [m.bare for m in context.messages if not m.by_user],
            [context.messages[last].bare] if last >= 0 else [],
        )
        parts = [self._bag(texts, k * len(self.index)) for k, texts in enumerate(members)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _bag(self, texts: Sequence[str], offset: int) -> tuple[NDArray[np.int64], Values]:
        counts = Counter(i for t in texts for g in grams(t) if (i := self.index.get(g)) is not None)
        rows = np.fromiter(counts, dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weights = (1 + np.log(often)) * self.weight[rows] if len(rows) else often
        return rows + offset, np.asarray(weights / (np.linalg.norm(weights) + 1e-6), np.float32)


def grams(text: str) -> list[str]:
    """The words of a text and its pairs of neighbouring words."""
    words = tokens(text)
    return words + [f"{a}_{b}" for a, b in itertools.pairwise(words)]


def mention_bucket(by_user: bool, places_back: int) -> int:
    """Which of the 2·DISTANCES weights a mention takes; the latest is 1 place back."""
    distance = min(int(np.log2(places_back) + 1), DISTANCES - 1)
    return distance if by_user else DISTANCES + distance


def circumstances(context: RankingContext) -> Values:
    """(3,) how many items were named, how many messages there are, whether there is text."""
    counts = (len(context.wanted), context.turn)
    return np.array([*np.log1p(counts), float(bool(context.messages))], dtype=np.float32)


@dataclass(frozen=True)
class ContextModel:
    """The learned arrays: n items, d dimensions, v words, t dimensions of the encoder.

    item_in, item_out (n, d); bias (n,); words (BAGS·v, d); text (t, d); mentions (2·DISTANCES,);
    circumstances (3, d); hidden (d, d), (d,), (d, d), (d,).
    """

    vocabulary: Words
    item_in: Values
    item_out: Values
    bias: Values
    words: NDArray[np.float16]
    text: Values
    mentions: Values
    circumstances: Values
    hidden: tuple[Values, Values, Values, Values]

    ARRAYS = ("item_in", "item_out", "bias", "words", "text", "mentions", "circumstances")

    @cached_property
    def _items(self) -> Values:
        return np.ascontiguousarray(self.item_out.T)

    def log_probabilities(self, context: RankingContext, text: Values | None) -> Values:
        """log P(i is recommended next) (n,); `text` (t,) is the centred vector of the query."""
        return np.asarray(
            log_softmax(self.vector(context, text) @ self._items + self.bias), dtype=np.float32
        )

    def vector(self, context: RankingContext, text: Values | None) -> Values:
        """The conversation's vector (d,)."""
        h = self._mentioned(context) + self._said(context)
        if text is not None:
            h = h + text @ self.text
        h = h + circumstances(context) @ self.circumstances
        w1, b1, w2, b2 = self.hidden
        inner = h @ w1 + b1
        return np.asarray(h + (inner * 0.5 * (1 + erf(inner / np.sqrt(2)))) @ w2 + b2, np.float32)

    def _mentioned(self, context: RankingContext) -> Values:
        wanted = context.wanted
        if not wanted:
            return np.zeros(self.item_in.shape[1], dtype=np.float32)
        n = len(wanted)
        buckets = [mention_bucket(m.by_user, n - k) for k, m in enumerate(wanted)]
        weights = self.mentions[buckets]
        total = weights @ self.item_in[[m.row for m in wanted]]
        return np.asarray(total / (np.linalg.norm(weights) + 1e-3), dtype=np.float32)

    def _said(self, context: RankingContext) -> Values:
        rows, weights = self.vocabulary.bags(context)
        return np.asarray(weights @ self.words[rows].astype(np.float32), dtype=np.float32)

    def aligned(self, rows: NDArray[np.int64], item_vectors: Values) -> ContextModel:
        """The same for another catalogue: `rows` (m,) says which of our items each is, -1 none.

        An item that was never learned takes the mean of the learned ones nearest to it by
        `item_vectors` (m, t), the encoder's; its bias is that of an item never recommended.
        """
        known = np.flatnonzero(rows >= 0)
        arrays = [a[np.maximum(rows, 0)].copy() for a in (self.item_in, self.item_out, self.bias)]
        for row in np.flatnonzero(rows < 0):
            near = known[np.argsort(-(item_vectors[known] @ item_vectors[row]))[:NEIGHBOURS]]
            arrays[0][row], arrays[1][row] = (arrays[k][near].mean(axis=0) for k in (0, 1))
            arrays[2][row] = self.bias.min()
        return replace(self, item_in=arrays[0], item_out=arrays[1], bias=arrays[2])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything but the vocabulary's words as named arrays, in half precision."""
        found = {name: getattr(self, name) for name in self.ARRAYS}
        found |= {f"hidden.{k}": a for k, a in enumerate(self.hidden)}
        found["vocabulary"] = self.vocabulary.weight
        return {name: np.asarray(a, dtype=np.float16) for name, a in found.items()}


def context_model_from(
    words: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]
) -> ContextModel:
    """The inverse of `ContextModel.arrays`; raises KeyError where an array is missing."""

    def single(name: str) -> Values:
        return np.asarray(arrays[name], dtype=np.float32)

    named = {name: single(name) for name in ContextModel.ARRAYS if name != "words"}
    return ContextModel(
        vocabulary=Words({w: k for k, w in enumerate(words)}, single("vocabulary")),
        words=np.asarray(arrays["words"], dtype=np.float16),
        hidden=(single("hidden.0"), single("hidden.1"), single("hidden.2"), single("hidden.3")),
        **named,
    )
