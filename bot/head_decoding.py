"""Turns the heads' probabilities into intents and opinions, with the rules' own at their side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.head_features import Hints
from bot.mentions import Mention
from bot.opinions import Opinion
from bot.phrases import is_empty_word
from bot.stance import Stance
from bot.understanding import INTENTS, Intent

_ALONE: tuple[Intent, ...] = ("social", "other", "profile")
# An opinion that the rules read in so many words stays on less of the head's consent.
_PLAIN, _SPARED = 0.8, 0.4
_LINKS = frozenset(("and", "or", "but", "not", "nor", "to", "with"))

Probabilities = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Probable:
    """What the heads hold likely of one message.

    `intents` (10,), `signed` whether there is any signal, `words` (w, 3) and `opinions` (o, 3):
    nothing, wanted, refused.
    """

    intents: Probabilities
    signed: float
    words: Probabilities
    opinions: Probabilities


@dataclass(frozen=True, slots=True)
class HeadReading:
    """What the heads make of a message: its intents, and the opinions in place of the rules'."""

    intents: tuple[Intent, ...]
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on an output counts; tuned on held-out folds.

    `keep` is what a sign of the rules needs to stay, by kind of target, and `give` what the head
    needs to set another one; `word` what a word needs to belong to a phrase, `signed` what a
    message needs to get a phrase that the rules did not find; below `quiet` it gets no signal.
    """

    intents: tuple[float, ...] = (0.4,) * len(INTENTS)
    keep: tuple[float, ...] = (0.15, 0.15, 0.0, 0.3)
    give: tuple[float, ...] = (0.75, 0.7, 2.0, 0.5)
    word: float = 0.5
    signed: float = 0.5
    quiet: float = 0.05


_KINDS = ("item", "facet", "range", "text")


def decoded(hints: Hints, probable: Probable, limits: Thresholds) -> HeadReading:
    """The intents and opinions that the probabilities give under the thresholds."""
    return HeadReading(decoded_intents(probable, limits), decoded_opinions(hints, probable, limits))


def decoded_intents(probable: Probable, limits: Thresholds) -> tuple[Intent, ...]:
    """The intents above their thresholds, likeliest first; at least one."""
    ratio = probable.intents / np.array(limits.intents, np.float32)
    order = [INTENTS[i] for i in np.argsort(-ratio) if ratio[i] >= 1.0]
    best = INTENTS[int(np.argmax(ratio))]
    if best in _ALONE or not order:
        return (best,)
    return tuple(i for i in order if i not in ("social", "other"))


def decoded_opinions(hints: Hints, probable: Probable, limits: Thresholds) -> tuple[Opinion, ...]:
    """The rules' opinions as the head revises them, and the phrases that it adds."""
    if probable.signed < limits.quiet:
        return tuple(replace(o, stance=replace(o.stance, polarity=0.0)) for o in hints.opinions)
    revised = [
        _revised(opinion, probable.opinions[i], limits) for i, opinion in enumerate(hints.opinions)
    ]
    if probable.signed < limits.signed:
        return tuple(revised)
    return (*revised, *_phrases(hints, revised, probable, limits))


def _revised(opinion: Opinion, chance: Probabilities, limits: Thresholds) -> Opinion:
    stance, kind = opinion.stance, _KINDS.index(opinion.mention.kind)
    ruled = 0 if abs(stance.polarity) <= 0.15 else 1 if stance.polarity > 0 else 2
    likely = int(np.argmax(chance))
    if likely == ruled or opinion.mention.refused:
        return opinion
    plain = ruled and stance.explicit and stance.confidence >= _PLAIN
    if likely and chance[likely] >= (max(0.85, limits.give[kind]) if plain else limits.give[kind]):
        sign = 1.0 if likely == 1 else -1.0
        return replace(
            opinion,
            stance=replace(stance, polarity=0.7 * sign, confidence=float(chance[likely])),
        )
    if ruled and chance[ruled] < limits.keep[kind] * (_SPARED if plain else 1.0):
        return replace(opinion, stance=replace(stance, polarity=0.0))
    return opinion


def _phrases(
    hints: Hints, opinions: Sequence[Opinion], probable: Probable, limits: Thresholds
) -> Iterator[Opinion]:
    """Runs of words that the head holds for wanted or refused, outside what is there already."""
    taken = {
        p
        for o in opinions
        if o.mention.kind != "text" or abs(o.stance.polarity) > 0.15
        for p in range(o.mention.start, o.mention.end)
    } | {p for m in hints.named for p in range(m.start, m.end)}
    for first, last, label in _runs(hints, probable.words, limits.word):
        words = hints.plain.words
        start, end = words[first].start, words[last].end
        if any(p in taken for p in range(start, end)):
            continue
        sure = float(probable.words[first : last + 1, label].mean())
        mention = Mention(start, end, "text", hints.plain.lower[start:end], field="either")
        sign = 0.6 if label == 1 else -0.6
        clause = hints.masked.clause_at(start)
        sentence = hints.masked.text[clause.start : clause.end]
        yield Opinion(mention, Stance(sign, round(sure, 2)), sentence, sentence)


def _runs(hints: Hints, chances: Probabilities, limit: float) -> Iterator[tuple[int, int, int]]:
    """(first word, last word, label) of each run of one label, without empty words at its ends."""
    words, lower = hints.plain.words, hints.plain.lower
    labels = [0 if 1 - row[0] < limit else 1 if row[1] >= row[2] else 2 for row in chances]
    start = 0
    for i in range(1, len(words) + 1):
        broken = (
            i == len(words)
            or labels[i] != labels[start]
            or words[i].text in _LINKS
            or lower[words[i - 1].end : words[i].start].strip(" -'") != ""
        )
        if broken:
            inside = [j for j in range(start, i) if not is_empty_word(words[j].text)]
            inside = [j for j in inside if words[j].text not in _LINKS]
            if labels[start] and inside:
                yield inside[0], inside[-1], labels[start]
            start = i
