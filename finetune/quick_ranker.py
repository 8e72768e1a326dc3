"""Learns a ranker from a site's own conversations in minutes: statistics, content and a fusion."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bot.transcript_values import Transcript
from finetune.board import Write
from finetune.example_values import RatingExample, Sources
from finetune.fusion_training import (
    FusionConfig,
    Lists,
    candidate_lists,
    concatenated,
    train_fusion,
)
from finetune.kept_arrays import kept
from finetune.ranker_data import Conversation, Example, blocks, recommendations
from finetune.ranker_ground import Ground
from finetune.run_config import RankerConfig
from finetune.weighed_statistics import Gains, learn_weighed
from retrieval.catalog import Catalog
from retrieval.co_preference import CoPreference
from retrieval.context_model import BAGS, DISTANCES, ContextModel, Words
from retrieval.errors import UserError
from retrieval.fusion import Fusion
from retrieval.learned_ranker import RankerWeights
from retrieval.ranking_context import Mention, utterance
from retrieval.ranking_features import FeatureSource

Progress = Callable[[int, int, str], None]

LIKED = 0.25  # worth from which a recommendation was right, and below minus which it was wrong
_EXPLICIT = 0.8  # weight of a like: at this weight and above an opinion counts in full
_SMALLEST_BATCH, _BATCH, _STEPS = 8, 32, 30  # lists a step, and steps an epoch where lists are few
_FEWEST = 10  # recommendations below which nothing can be fitted


@dataclass(frozen=True)
class Corpus:
    """Conversations of one site in time, and what the items (by row) of each were worth."""

    conversations: tuple[Conversation, ...]
    gains: tuple[Gains, ...]


def corpus_of(sources: Sources, catalog: Catalog) -> Corpus:
    """The transcripts and ratings of one side of a split as numbers."""
    worth: dict[str, dict[int, float]] = defaultdict(dict)
    for rating in sources.ratings:
        if rating.item_id in catalog:
            worth[rating.conversation][catalog.row(rating.item_id)] = _worth(rating)
    numbered = enumerate(sources.transcripts)
    return Corpus(
        tuple(_conversation(n, t, catalog) for n, t in numbered),
        tuple(worth.get(t.conversation, {}) for t in sources.transcripts),
    )


def _worth(rating: RatingExample) -> float:
    return rating.rating * min(1.0, rating.weight / _EXPLICIT)


def _conversation(number: int, transcript: Transcript, catalog: Catalog) -> Conversation:
    mentions, messages = [], []
    for turn, message in enumerate(transcript.messages):
        known = [i for i in message.items if i in catalog]
        by_user = message.role == "user"
        messages.append(utterance(by_user, message.text, [catalog.item(i).title for i in known]))
        mentions += [Mention(catalog.row(i), by_user, turn) for i in known]
    return Conversation(number, frozenset(), tuple(mentions), tuple(messages))


def targets_of(corpus: Corpus, unreacted: float) -> list[Example]:
    """The recommendations that were right, as examples whose only targets are the right items."""
    found = []
    for conversation, gains in zip(corpus.conversations, corpus.gains, strict=True):
        for example in recommendations(conversation):
            worth = [gains.get(row, unreacted) for row in example.targets]
            right = [w >= LIKED for w in worth]
            if any(right):
                kept = tuple(r for r, ok in zip(example.targets, right, strict=True) if ok)
                fresh = tuple(f for f, ok in zip(example.fresh, right, strict=True) if ok)
                found.append(replace(example, targets=kept, fresh=fresh))
    return found


def chosen_targets(corpus: Corpus, config: RankerConfig, unreacted: float) -> list[Example]:
    """The examples that the fusion is fitted on: at most `config.lists`, spread over time."""
    found = targets_of(corpus, unreacted)
    if len(found) < _FEWEST:
        raise UserError(
            f"Only {len(found)} recommendations were liked so far; {_FEWEST} are the least.",
            "Let people talk more, or give transcripts.",
        )
    if len(found) <= config.lists:
        return found
    places = np.linspace(0, len(found) - 1, config.lists).astype(int)
    return [found[k] for k in places]


def learn(
    corpus: Corpus,
    targets: Sequence[Example],
    around: Ground,
    config: RankerConfig,
    *,
    unreacted: float,
    progress: Progress,
    keep: Path | None = None,
    write: Write = lambda step, figures: None,
) -> RankerWeights:
    """Statistics of all conversations, and a fusion fitted on features made out of fold.

    Each fold's features are kept in the folder `keep`, or taken from it where they are there.
    `write` is told the fusion's losses.
    """
    lists: list[Lists] = []
    folds = blocks(corpus.conversations, min(config.folds, len(corpus.conversations)))
    for number, held in enumerate(folds, 1):
        names = {c.number for c in held}
        mine = [e for e in targets if e.conversation in names]
        if mine:
            report = _told(progress, f"features {number} of {len(folds)}")
            make = partial(_features, mine, corpus, names, around, unreacted, report)
            file = None if keep is None else keep / f"features-{number}.npz"
            lists.append(Lists(**kept(file, make)))
    fusion = _fused(concatenated(lists), config, progress, write)
    source = _source(corpus, set(), around, unreacted)
    return RankerWeights(
        around.items(),
        source.co_preference,
        source.models,
        fusion,
        around.text_mean,
        around.item_mean,
    )


def _features(
    targets: Sequence[Example],
    corpus: Corpus,
    without: set[int],
    around: Ground,
    unreacted: float,
    report: Callable[[int, int], None],
) -> dict[str, Any]:
    """The fields of `Lists`, learned from the conversations that are not in `without`."""
    source = _source(corpus, without, around, unreacted)
    return vars(candidate_lists(targets, source, around.text, report))


def _fused(lists: Lists, config: RankerConfig, progress: Progress, write: Write) -> Fusion:
    steps = itertools.count(1)  # over all networks, one after the other

    def tell(done: int, total: int, loss: float) -> None:
        write(next(steps), {"loss/train": loss})
        progress(done, total, f"loss {loss:.3f}")

    how = FusionConfig(
        hidden=config.hidden,
        networks=config.networks,
        epochs=config.epochs,
        batch=max(_SMALLEST_BATCH, min(_BATCH, len(lists) // _STEPS)),
        rate=config.rate,
    )
    return train_fusion(lists, how, tell)


def _told(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(done, total, what)


def _source(corpus: Corpus, without: set[int], around: Ground, unreacted: float) -> FeatureSource:
    """All that is learned by counting, from the conversations that are not in `without`."""
    kept = [
        (c.mentions, g)
        for c, g in zip(corpus.conversations, corpus.gains, strict=True)
        if c.number not in without
    ]
    co = learn_weighed([m for m, _ in kept], [g for _, g in kept], len(around.catalog), unreacted)
    return FeatureSource(
        co, (popular(co, around.vectors.shape[1]),), around.content, around.vectors
    )


def popular(co: CoPreference, dimension: int) -> ContextModel:
    """A context model that knows only how often items are recommended, whatever was said.

    It stands where the towers would: they take longer to train than a site waits, and learn
    little from few conversations. `dimension` is that of the encoder.
    """
    n, none = len(co.recommended), np.zeros((1, 1), np.float32)
    empty = np.zeros((n, 1), np.float32)
    return ContextModel(
        vocabulary=Words({}, np.zeros(0, np.float32)),
        item_in=empty,
        item_out=empty,
        bias=np.log(co.prior),
        words=np.zeros((BAGS, 1), np.float16),
        text=np.zeros((dimension, 1), np.float32),
        mentions=np.zeros(2 * DISTANCES, np.float32),
        circumstances=np.zeros((3, 1), np.float32),
        hidden=(none, none[0], none, none[0]),
    )
