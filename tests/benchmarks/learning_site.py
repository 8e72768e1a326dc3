"""A site that ReDial's seekers talk to: conversations as events, and rankers scored on them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.events import FeedbackGiven, Row
from bot.need import Shelf, context_of, make_shelf, need_of, query_of, taste_of
from bot.recommend import allowed_rows
from bot.replay_bot import Heard, ReplayedBot
from bot.session import Session
from bot.trained_understander import TrainedUnderstander
from bot.transcript_values import Transcript
from bot.transcripts import read_transcripts
from finetune.redial_forms import with_forms
from retrieval.catalog import Catalog
from retrieval.catalog_files import read_catalog
from retrieval.encoder import Encoder, load_encoder
from retrieval.index import ItemIndex
from retrieval.learned_ranker import LearnedRanker, RankerWeights
from retrieval.ranking import LEARNED_WEIGHTS, Weights, features
from retrieval.ranking_context import RankingContext

Scores = NDArray[np.float32]

_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_UNTIMED = 30.0  # seconds between messages where the file keeps no times
_BETWEEN = timedelta(minutes=30)  # from the start of one conversation to the next


class KeepingEncoder:
    """An encoder that encodes a text once and keeps its vector."""

    def __init__(self, inner: Encoder) -> None:
        self.name, self.fingerprint, self.dimension = inner.name, inner.fingerprint, inner.dimension
        self._inner = inner
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Unit rows (n, d)."""
        new = list(dict.fromkeys(t for t in texts if t not in self._known))
        if new:
            self._known |= dict(zip(new, self._inner.encode(new, progress), strict=True))
        return np.stack([self._known[t] for t in texts])


@dataclass(frozen=True)
class Asked:
    """A turn in which something was recommended, ready to be ranked by any ranker.

    `alone` (n,) are the scores of content without a ranker, `beside` (n,) what content adds beside
    one; items that hard wishes forbid are at minus infinity, as are those named before.
    """

    conversation: str
    context: RankingContext
    alone: Scores
    beside: Scores
    shut: NDArray[np.bool_]
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Visit:
    """One conversation: its events, the sessions before each recommendation, what it ended with."""

    conversation: str
    user: str
    rows: tuple[Row, ...]
    states: tuple[tuple[Heard, tuple[str, ...]], ...]
    form: tuple[FeedbackGiven, ...]

    def events(self, form: Sequence[FeedbackGiven] | None = None) -> tuple[Row, ...]:
        """The rows with the form, or another one, pressed as buttons at the end."""
        pressed = self.form if form is None else form
        last = self.rows[-1]
        more = (
            Row(last.seq + k, last.at, self.user, event, f"{last.event_id}+{k}")
            for k, event in enumerate(pressed, start=1)
        )
        return (*self.rows, *more)


class Site:
    """The catalogue, its content-only shelf and everything that was computed once."""

    def __init__(self, catalog: Catalog, index: ItemIndex, encoder: Encoder | None = None) -> None:
        self.catalog, self.index = catalog, index
        self.encoder = KeepingEncoder(encoder or load_encoder())
        self.shelf: Shelf = make_shelf(catalog, index, self.encoder)
        self._bot = ReplayedBot(self.shelf, TrainedUnderstander(catalog), "site")
        self._asked: dict[str, list[Asked]] = {}

    def visit(self, transcript: Transcript, number: float, times: Sequence[float]) -> Visit:
        """Let a conversation happen; `times` are its messages' seconds since its start."""
        start = _FIRST_DAY + number * _BETWEEN
        user = next((m.speaker for m in transcript.messages if m.role == "user"), None)
        user = user or transcript.conversation
        asked = {m.index for m in transcript.recommendations()}
        state, states = self._bot.start(transcript.conversation), []
        moments: list[str] = []
        for message in transcript.messages:
            if message.index in asked:
                states.append((state, message.items))
            state = self._bot.hear(state, replace(message, feedback=()))
            at = start + timedelta(seconds=times[message.index])
            moments += [at.isoformat()] * (len(state.rows) - len(moments))
        rows = tuple(
            Row(int(number * 1000) + k, at, f"{user}", row.event, f"{transcript.conversation}-{k}")
            for k, (row, at) in enumerate(zip(state.rows, moments, strict=True))
        )
        form = tuple(
            FeedbackGiven(transcript.conversation, state.turn_id, item, kind, value)
            for message in transcript.messages
            for item, kind, value in message.feedback
        )
        return Visit(transcript.conversation, user, rows, tuple(states), form)

    def asked(self, visits: Iterable[Visit]) -> list[Asked]:
        """The turns of some visits, their texts encoded together."""
        visits = list(visits)
        new = [v for v in visits if v.conversation not in self._asked]
        sessions = {v.conversation: [(s.session(), t) for s, t in v.states] for v in new}
        texts = [t for found in sessions.values() for s, _ in found for t in self._texts(s)]
        self.encoder.encode([*texts, ""])
        for name, found in sessions.items():
            self._asked[name] = [self._prepared(name, s, targets) for s, targets in found]
        return [turn for v in visits for turn in self._asked[v.conversation]]

    def _texts(self, session: Session) -> Iterable[str]:
        yield query_of(session)
        yield context_of(self.catalog, session).query
        for turn in session.signals:
            for signal in turn.signals:
                yield self.shelf.vectors.text_of(signal) or ""

    def _prepared(self, name: str, session: Session, targets: Sequence[str]) -> Asked:
        need = need_of(self.shelf, session, taste_of(self.shelf, session))
        rows = np.arange(len(self.catalog), dtype=np.int64)
        found = features(rows, need, self.index.vectors, self.shelf.facets)
        context = context_of(self.catalog, session)
        shut = ~allowed_rows(self.shelf, need)[0]
        named = [m.row for m in context.mentioned]
        shut[named] = True
        fresh = {self.catalog.row(i) for i in targets} - set(named)
        return Asked(
            name,
            context,
            np.asarray(found @ Weights().vector(), np.float32),
            np.asarray(found @ LEARNED_WEIGHTS.vector(), np.float32),
            np.asarray(shut, np.bool_),
            tuple(sorted(fresh)),
        )


def top_ten(
    site: Site, turns: Sequence[Asked], weights: RankerWeights | None
) -> list[NDArray[np.int64]]:
    """The first ten rows for each turn as they would be served, with a ranker or by content."""
    ranker = weights and LearnedRanker(weights, site.catalog, site.index.vectors, site.encoder)
    found = []
    for turn in turns:
        scores = turn.alone.copy()
        if ranker is not None:
            learned = ranker.score(turn.context)
            scores = turn.beside + (learned - learned.mean()) / (float(learned.std()) or 1.0)
        scores[turn.shut] = -np.inf
        best = np.argpartition(-scores, 10)[:10]
        found.append(best[np.argsort(-scores[best], kind="stable")])
    return found


def read_site(data: Path) -> tuple[Catalog, list[Transcript], Mapping[str, Sequence[float]]]:
    """ReDial's catalogue, its conversations by id with forms, and the times of their messages."""
    catalog = read_catalog(data / "catalog.jsonl.gz").catalog
    file = data / "train.jsonl.gz"
    found = with_forms(read_transcripts(file, "redial", catalog).transcripts, file, catalog)
    times = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            talk: dict[str, Any] = json.loads(line)
            times[str(talk["conversationId"])] = [
                float(m.get("timeOffset", _UNTIMED * k)) for k, m in enumerate(talk["messages"])
            ]
    return catalog, sorted(found, key=lambda t: int(t.conversation)), times
