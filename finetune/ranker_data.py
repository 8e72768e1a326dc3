"""ReDial's conversations as training examples for the ranker, and splits that do not flatter."""

from __future__ import annotations

import gzip
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bot.transcripts import Transcript, read_transcripts
from retrieval.catalog import Catalog
from retrieval.catalog_files import read_catalog
from retrieval.errors import UserError
from retrieval.ranking_context import Mention, RankingContext, Utterance, utterance

Split = Literal["worker", "last"]

LAST = 600  # texted conversations that the split by order holds out
_WORKER_SHARE = 480  # conversations that the split by worker holds out, at least
_FILES = ("train.jsonl.gz", "mentions_train.jsonl.gz", "catalog.jsonl.gz")


@dataclass(frozen=True)
class Conversation:
    """One conversation; `number` is its place in time, and without text it has no `messages`."""

    number: int
    workers: frozenset[int]
    mentions: tuple[Mention, ...]
    messages: tuple[Utterance, ...] = ()


@dataclass(frozen=True)
class Example:
    """What was known before a message, and the rows of the items named in it.

    `fresh` says of each target whether nobody had named it before.
    """

    conversation: int
    context: RankingContext
    targets: tuple[int, ...]
    fresh: tuple[bool, ...]
    by_user: bool = False


@dataclass(frozen=True)
class Corpus:
    """The catalogue and all conversations in the order of their ids."""

    catalog: Catalog
    conversations: tuple[Conversation, ...]


def read_corpus(folder: Path) -> Corpus:
    """Read the files of ReDial's folder that _FILES names; raises UserError where one is absent."""
    absent = [name for name in _FILES if not (folder / name).exists()]
    if absent:
        raise UserError(
            f"{folder} lacks {', '.join(absent)}.", "Name ReDial's folder: --redial DIR."
        )
    catalog = read_catalog(folder / "catalog.jsonl.gz").catalog
    texted = _texted(folder, catalog)
    known = {c.number for c in texted}
    bare = [c for c in _mentions_alone(folder, catalog) if c.number not in known]
    return Corpus(catalog, tuple(sorted([*texted, *bare], key=lambda c: c.number)))


def recommendations(conversation: Conversation) -> list[Example]:
    """An example for each message of the recommender that names items and is not the first."""
    return [e for e in examples(conversation) if not e.by_user and e.context.turn > 0]


def examples(conversation: Conversation) -> list[Example]:
    """An example for each message, or where there is no text each mention, that names items."""
    turns: dict[int, list[Mention]] = defaultdict(list)
    for mention in conversation.mentions:
        turns[mention.turn].append(mention)
    found = []
    for turn, named in sorted(turns.items()):
        before = tuple(m for m in conversation.mentions if m.turn < turn)
        seen = {m.row for m in before}
        rows = tuple(dict.fromkeys(m.row for m in named))
        context = RankingContext(before, conversation.messages[:turn])
        fresh = tuple(row not in seen for row in rows)
        found.append(Example(conversation.number, context, rows, fresh, named[0].by_user))
    return found


def split(
    conversations: Sequence[Conversation], by: Split, last: int = LAST
) -> tuple[list[Conversation], list[Conversation]]:
    """Conversations to train on and texted ones to validate on.

    "worker": nobody who speaks in one side's texts speaks in the other's. "last": the last by id;
    nothing from their time or later is trained on.
    """
    texted = [c for c in conversations if c.messages]
    if by == "last":
        first = texted[-last].number
        return [c for c in conversations if c.number < first], texted[-last:]
    held = held_out_workers(texted)
    inside = [c for c in texted if c.workers <= held]
    return [c for c in conversations if not c.workers & held], inside


def held_out_workers(texted: Sequence[Conversation], share: int = _WORKER_SHARE) -> frozenset[int]:
    """Workers who mostly spoke with one another, so that few conversations cross the split.

    Grows a set from random workers by whoever spoke most with it, relative to all they spoke; of
    twenty tries the one with the fewest crossing conversations is taken.
    """
    rng = np.random.default_rng(3)
    spoke: dict[int, Counter[int]] = defaultdict(Counter)
    for conversation in texted:
        for a in conversation.workers:
            spoke[a].update(conversation.workers - {a})
    tries = [_grow(texted, spoke, share, rng) for _ in range(20)]
    return min(tries, key=lambda held: _crossing(texted, held))


def blocks(conversations: Sequence[Conversation], k: int) -> list[list[Conversation]]:
    """`k` folds of neighbouring ids: neighbours share workers and fashions, so folds must too."""
    bounds = [round(len(conversations) * i / k) for i in range(k + 1)]
    return [list(conversations[a:b]) for a, b in itertools.pairwise(bounds)]


def _grow(
    texted: Sequence[Conversation],
    spoke: dict[int, Counter[int]],
    share: int,
    rng: np.random.Generator,
) -> frozenset[int]:
    workers = sorted(spoke)
    held = {workers[rng.integers(len(workers))]}
    while sum(c.workers <= held for c in texted) < share and len(held) < len(workers):
        near: Counter[int] = Counter()
        for worker in held:
            near.update({w: n for w, n in spoke[worker].items() if w not in held})
        if near:
            noise = {w: 0.3 * rng.random() for w in sorted(near)}
            held.add(max(noise, key=lambda w: (near[w] + noise[w]) / (spoke[w].total() + 3)))
        else:
            held.add(workers[rng.integers(len(workers))])
    return frozenset(held)


def _crossing(texted: Iterable[Conversation], held: frozenset[int]) -> int:
    return sum(bool(c.workers & held) and not c.workers <= held for c in texted)


def _texted(folder: Path, catalog: Catalog) -> list[Conversation]:
    read = read_transcripts(folder / "train.jsonl.gz", "redial", catalog).transcripts
    return [_conversation(t, catalog) for t in read]


def _conversation(transcript: Transcript, catalog: Catalog) -> Conversation:
    mentions = []
    messages = []
    for turn, message in enumerate(transcript.messages):
        by_user = message.role == "user"
        titles = [catalog.item(i).title for i in message.items]
        messages.append(utterance(by_user, message.text, titles))
        mentions += [Mention(catalog.row(i), by_user, turn) for i in message.items]
    workers = frozenset(int(m.speaker) for m in transcript.messages if m.speaker is not None)
    return Conversation(int(transcript.conversation), workers, tuple(mentions), tuple(messages))


def _mentions_alone(folder: Path, catalog: Catalog) -> list[Conversation]:
    found = []
    with gzip.open(folder / "mentions_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            mentions = tuple(
                Mention(catalog.row(e["movie"]), not e["recommender"], turn)
                for turn, e in enumerate(row["events"])
                if e["movie"] in catalog
            )
            found.append(Conversation(int(row["conversationId"]), frozenset(), mentions))
    return found
