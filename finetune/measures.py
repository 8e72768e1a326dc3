"""Measures a candidate beside what serves on held-out examples: ranking, understanding, latency."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bot.bot import Parts
from bot.evaluation import target_ranks
from bot.predictions import ReplayedTurn
from bot.replay import replay
from bot.replay_bot import Heard, ReplayedBot
from bot.transcript_values import Transcript
from bot.understand_file import understand_file
from bot.understanding import Request, Understander, Understanding
from bot.understanding_score import score
from finetune.evidence import Tally
from finetune.example_values import MessageExample
from retrieval.metrics import recall

Progress = Callable[[int, int, str], None]
Tallies = dict[str, Tally]

_DEPTH = 10
_TIMED = 12  # turns or messages whose answer is timed under both models


@dataclass(frozen=True, slots=True)
class Measured:
    """Evidence by measure, the deciding one first, and the median time of one answer in ms.

    `losses` are figures of the two models, before and after, that may not rise by more than is
    given with them: what was known before must not be forgotten.
    """

    tallies: Mapping[str, Tallies]
    milliseconds: tuple[float, float]
    losses: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


class RememberingUnderstander:
    """Understands a message once for two systems that understand alike."""

    def __init__(self, inner: Understander) -> None:
        self.name = inner.name
        self._inner = inner
        self._known: dict[Request, Understanding] = {}

    def understand(self, request: Request) -> Understanding:
        """What the understander within says, from memory where it was asked before."""
        if request not in self._known:
            self._known[request] = self._inner.understand(request)
        return self._known[request]


def measure_ranking(
    before: Parts,
    after: Parts,
    transcripts: Sequence[Transcript],
    right: Mapping[str, Collection[str]],
    progress: Progress,
) -> Measured:
    """recall@10 of new items over replayed conversations, as a share of the targets.

    `right` holds the items of each conversation that were right to recommend; others are no
    targets, since what we chose to show ourselves would only speak for what serves.
    """
    if before.understander is after.understander:
        reader: Understander = RememberingUnderstander(before.understander)
        readers = (reader, reader)
    else:
        readers = (before.understander, after.understander)
    names = ("what serves", "the candidate")
    systems = [
        ReplayedBot(parts.shelf, understander, name)
        for parts, understander, name in zip((before, after), readers, names, strict=True)
    ]
    hits = [_hits(_replayed(system, transcripts, progress), right) for system in systems]
    tallies = {name: Tally(hits[0][name], hits[1][name]) for name in hits[0]}
    return Measured({"recall@10": tallies}, _ranking_times(systems, transcripts))


def measure_understanding(
    before: Parts, after: Parts, messages: Sequence[MessageExample], progress: Progress
) -> Measured:
    """Micro-F1 of targets, phrases and intents over held-out labelled messages."""
    sides = (before.understander, after.understander)
    catalog = before.shelf.catalog
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)
    times: tuple[list[float], list[float]] = ([], [])
    for done, example in enumerate(messages, start=1):
        for side, understander in enumerate(sides):
            began = time.perf_counter()
            [line] = understand_file([json.dumps(example.case)], catalog, understander)
            times[side].append((time.perf_counter() - began) * 1000)
            twice, around = _f1(example, json.loads(line))
            sums[example.conversation][2 * side] += twice
            sums[example.conversation][2 * side + 1] += around
        progress(done, len(messages), "understanding as what serves and as the candidate")
    tallies = {name: Tally((a, b), (c, d)) for name, (a, b, c, d) in sums.items()}
    return Measured({"micro-F1": tallies}, (median(times[0]), median(times[1])))


def _f1(example: MessageExample, found: Mapping[str, object]) -> tuple[float, float]:
    """Twice the true positives, and that plus what was extra or missed."""
    labels = {"intent": example.case["intent"], "signals": example.case["signals"]}
    scored = score([(labels, found)])
    parts = (scored.targets, scored.texts, scored.intents)
    twice = sum(2 * c.hit for c in parts)
    return float(twice), float(twice + sum(c.extra + c.missed for c in parts))


def _replayed(
    system: ReplayedBot, transcripts: Sequence[Transcript], progress: Progress
) -> Sequence[ReplayedTurn]:
    told = f"replaying {system.name}"
    return replay(system, transcripts, progress=lambda done, total: progress(done, total, told))


def _hits(
    turns: Sequence[ReplayedTurn], right: Mapping[str, Collection[str]]
) -> dict[str, tuple[float, float]]:
    """(hits, targets) by conversation."""
    found: dict[str, tuple[float, float]] = {}
    for target in target_ranks(turns, "new"):
        if target.item_id not in right.get(target.turn.conversation, target.turn.targets):
            continue
        hit, all_of = found.get(target.turn.conversation, (0.0, 0.0))
        hit += float(recall([target.rank], _DEPTH)[0])
        found[target.turn.conversation] = (hit, all_of + 1)
    return found


def _ranking_times(
    systems: Sequence[ReplayedBot], transcripts: Sequence[Transcript]
) -> tuple[float, float]:
    """The median milliseconds of one ranking under both systems, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for transcript in transcripts[:_TIMED]:
        for system, spent in zip(systems, times, strict=True):
            state = _heard(system, transcript)
            began = time.perf_counter()
            system.rank([state])
            spent.append((time.perf_counter() - began) * 1000)
    return (median(times[0]), median(times[1])) if times[0] else (0.0, 0.0)


def _heard(system: ReplayedBot, transcript: Transcript) -> Heard:
    """The state before the first recommendation of a conversation."""
    state = system.start(transcript.conversation)
    asked = {message.index for message in transcript.recommendations()}
    for message in transcript.messages:
        if message.index in asked:
            break
        state = system.hear(state, message)
    return state
