"""How likely an item that was named before is to be named again in the coming message.

People come back to a film to answer a question about it, to agree, or to say that it is like the
next one: that depends on who named it, when, and on what was said since, hardly on the film. So it
is told by a model of its own, whose scores stand against the fusion's as probabilities do. Trained
in `finetune/repeats_training.py`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from retrieval.ranking_context import Mention, RankingContext, tokens

Values = NDArray[np.float32]

MARKS = (
    *("now", "one_ago", "two_ago", "a_while_ago", "long_ago", "ago"),  # changes of speaker since
    *("by_user", "first_by_user", "twice", "often", "by_both", "named_again"),
    *("taken_up", "answered"),  # by the user; the recommender has spoken since
    *("now_by_user", "now_new", "now_asked", "now_alone", "now_words", "now_habit", "user_habit"),
    *("newest", "places_back", "only_one", "share", "newest_asked", "named_in_question"),
    # the same for all items
    *("changes", "named", "words", "asked", "after_own", "nothing_now"),
    *("recommended", "habit", "any_habit", "users_habit"),  # of naming again
)
# What was said now, of items the user named now and of others; the words that named it, by whom.
BAGS = 4
# The best new item is right in .048 of turns where its score claims .056 (finetune/LOG.md).
_CLAIMED = 0.2  # how much less, as a logarithm
_MARKED = str.maketrans({"?": " 'asks ", "!": " 'exclaims "})


@dataclass(frozen=True)
class Repeats:
    """A logistic model over f marks and v words.

    mean, deviation, weights (f,), bias (1,), words (v, BAGS).
    """

    vocabulary: Mapping[str, int]
    mean: Values
    deviation: Values
    weights: Values
    bias: Values
    words: Values

    ARRAYS: ClassVar[tuple[str, ...]] = ("mean", "deviation", "weights", "bias", "words")

    def log_odds(self, context: RankingContext) -> Values:
        """log P(named again) / P(something new) for each of `context.wanted` (k,), k > 0."""
        x = (marks(context) - self.mean) / self.deviation
        said = [self.words[ids, bag].sum() for ids, bag in self.said(context)]
        told = np.reshape(said, (-1, 2)).sum(axis=1)
        return np.asarray(x @ self.weights + self.bias + told, dtype=np.float32)

    def among(self, scores: Values, context: RankingContext) -> Values:
        """The fusion's scores (n,) with those of `context.wanted` set to what is due to them.

        The fusion's scores of what is new are log probabilities but for a constant, and a little
        too sure of themselves; so of two items the likelier one comes first, new or not. The order
        of what is new stays as it was.
        """
        rows = [m.row for m in context.wanted]
        if not rows or not context.messages:
            return scores
        new = np.ones(len(scores), dtype=np.bool_)
        new[rows] = False
        if not new.any():
            return scores
        changed = scores.copy()
        changed[rows] = self.log_odds(context) + logsumexp(scores[new]) + _CLAIMED
        return changed

    def said(self, context: RankingContext) -> Iterator[tuple[list[int], int]]:
        """For each wanted mention two bags of words and which weights they take."""
        now, known = uninterrupted(context), self.vocabulary
        text = " ".join(m.bare for m in context.messages[now:])
        block = [known[g] for g in said_grams(text) if g in known]
        for m in context.wanted:
            named_by = said_grams(context.messages[m.turn].bare)
            yield block, 0 if m.by_user and m.turn >= now else 1
            yield [known[g] for g in named_by if g in known], 2 if m.by_user else 3

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything but the words themselves as named arrays."""
        return {name: getattr(self, name) for name in self.ARRAYS}


def repeats_from(words: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]) -> Repeats:
    """The inverse of `Repeats.arrays`; raises KeyError where an array is missing."""
    index = {w: k for k, w in enumerate(words)}
    return Repeats(index, **{n: np.asarray(arrays[n], np.float32) for n in Repeats.ARRAYS})


def said_grams(text: str) -> list[str]:
    """Words, pairs of words and the marks of asking and exclaiming, each once."""
    words = tokens(text.translate(_MARKED))
    return list(dict.fromkeys([*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))]))


def uninterrupted(context: RankingContext) -> int:
    """The first of the messages that the latest speaker said without a break."""
    first = context.turn - 1
    while first > 0 and context.messages[first - 1].by_user == context.messages[-1].by_user:
        first -= 1
    return max(first, 0)


@dataclass(frozen=True)
class _Names:
    """Who named what how often, up to now."""

    count: Counter[int]
    first_by_user: Mapping[int, bool]
    by_user: frozenset[int]
    by_recommender: frozenset[int]
    named_again: frozenset[int]
    recommended: int
    habit: float
    user_habit: float


def _names(mentioned: Sequence[Mention]) -> _Names:
    first: dict[int, Mention] = {}
    for m in mentioned:
        first.setdefault(m.row, m)
    own = [m for m in mentioned if not m.by_user]
    again = [m for m in own if m.turn > first[m.row].turn]
    theirs = [m for m in mentioned if m.by_user]
    user_again = sum(m.turn > first[m.row].turn for m in theirs)
    return _Names(
        Counter(m.row for m in mentioned),
        {row: m.by_user for row, m in first.items()},
        frozenset(m.row for m in theirs),
        frozenset(m.row for m in own),
        frozenset(m.row for m in again),
        len(own),
        len(again) / (len(own) + 1),
        user_again / (len(theirs) + 1),
    )


def marks(context: RankingContext) -> Values:
    """The marks (k, f) of `context.wanted`, in the order of MARKS."""
    messages, wanted = context.messages, context.wanted
    turned = [a.by_user != b.by_user for a, b in itertools.pairwise(messages)]
    changes = np.cumsum([0, *turned])
    start, names = uninterrupted(context), _names(context.mentioned)
    after_own = not messages[-1].by_user
    asked = not after_own and any("?" in m.text for m in messages[start:])
    words = sum(len(tokens(m.bare)) for m in messages[start:]) / 10
    last_own = max((k for k, m in enumerate(messages) if not m.by_user), default=-1)
    here = sum(m.turn >= start for m in wanted)
    k = len(wanted)
    around = (
        *(np.log1p(changes[-1]), np.log1p(k), words, asked, after_own, here == 0),
        *(np.log1p(names.recommended), names.habit, names.habit > 0, names.user_habit),
    )

    def of(m: Mention, place: int) -> tuple[float, ...]:
        ago, row = changes[-1] - changes[m.turn], m.row
        now, newest = ago == 0, place == k - 1
        new = names.count[row] == 1
        return (
            *(now, ago == 1, ago == 2, 3 <= ago <= 5, ago > 5, np.log1p(ago)),
            *(m.by_user, names.first_by_user[row], names.count[row] > 1, names.count[row] > 2),
            *(row in names.by_user and row in names.by_recommender, row in names.named_again),
            *(m.by_user and not names.first_by_user[row], m.turn < last_own),
            *(now and m.by_user, now and new, now and m.by_user and asked),
            *(now and here == 1, now * words, now * names.habit, m.by_user * names.habit),
            *(newest, (k - 1 - place) / 5, k == 1, 1 / k, newest and asked and here == 0),
            "?" in messages[m.turn].text,
            *around,
        )

    rows = [of(m, place) for place, m in enumerate(wanted)]
    return np.array(rows, dtype=np.float32).reshape(-1, len(MARKS))
