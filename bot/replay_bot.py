"""The parts that serve people, put under replay: same events, understanding, taste and ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.belief_changes import forgotten_beliefs
from bot.evaluation import LIST
from bot.events import (
    BeliefRemoved,
    Event,
    FeedbackGiven,
    MessageReceived,
    Replied,
    Row,
    SlateShown,
    Understood,
)
from bot.moves import Reason
from bot.need import Shelf, context_of, need_of, query_of, taste_of
from bot.predictions import SlateItem
from bot.reasons import reasons_for
from bot.recommend import rank_everything
from bot.replay import DEPTH, SLATE, Ranking
from bot.session import Session, fold_session
from bot.transcript_values import TranscriptMessage, readable_title
from bot.turn import request_of
from bot.understanding import Understander, Understanding
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.metrics import intra_list_diversity
from retrieval.target_vectors import CatalogVectors
from retrieval.taste import Taste

_USER = "replayed"


class RememberingEncoder:
    """An encoder that encodes many texts together beforehand and then gives them one by one."""

    def __init__(self, inner: Encoder) -> None:
        self.name = inner.name
        self.fingerprint = inner.fingerprint
        self.dimension = inner.dimension
        self._inner = inner
        self._known: dict[str, NDArray[np.float32]] = {}

    def learn(self, texts: Sequence[str]) -> None:
        """Encode these texts in one go and forget all others."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = self._inner.encode(new)
        known = {text: self._known[text] for text in texts if text in self._known}
        self._known = known | dict(zip(new, vectors, strict=True))

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Unit rows (n, d), from memory where every text is known."""
        if all(text in self._known for text in texts) and texts:
            return np.stack([self._known[text] for text in texts])
        return self._inner.encode(texts, progress)


@dataclass(frozen=True, slots=True)
class Heard:
    """A conversation so far as events that no log holds.

    `turn_id` is the turn under way, `reply` and `items` what was answered in it until now.
    """

    conversation: str
    rows: tuple[Row, ...] = ()
    turn_id: str = ""
    reply: str = ""
    items: tuple[str, ...] = ()

    def begin(self, index: int, text: str) -> Heard:
        """The same with a new turn, begun by a message at a position of the transcript."""
        turn_id = f"m{index}"
        new = replace(self, turn_id=turn_id, reply="", items=())
        return new.then(MessageReceived(self.conversation, turn_id, text))

    def then(self, *events: Event) -> Heard:
        """The same with more events."""
        first = len(self.rows) + 1
        rows = (Row(first + n, "", _USER, event) for n, event in enumerate(events))
        return replace(self, rows=(*self.rows, *rows))

    def session(self) -> Session:
        """The session that the events fold to, as live."""
        return fold_session(self.rows, self.conversation)


class ReplayedBot:
    """A shelf and an understander as a system under replay; it has no event log to write to."""

    def __init__(self, shelf: Shelf, understander: Understander, name: str) -> None:
        self._encoder = RememberingEncoder(shelf.encoder)
        vectors = CatalogVectors(shelf.catalog, shelf.index, self._encoder, shelf.facets)
        learned = shelf.learned
        self._taught = self._encoder  # what the learned ranker encodes with
        if learned is not None:
            if learned.encoder.fingerprint != shelf.encoder.fingerprint:
                self._taught = RememberingEncoder(learned.encoder)
            learned = learned.with_encoder(self._taught)
        self._shelf = replace(shelf, encoder=self._encoder, vectors=vectors, learned=learned)
        self._understander = understander
        self.catalog: Catalog = shelf.catalog
        self.name = name

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The items' unit vectors (n, d)."""
        return self._shelf.index.vectors

    def start(self, conversation: str) -> Heard:
        """The state before anything was said."""
        return Heard(conversation)

    def hear(self, state: Heard, message: TranscriptMessage) -> Heard:
        """The state after a message: a turn begun by the user, or the answer to it."""
        if message.role == "user":
            state = self._user_said(state, message)
        else:
            state = _bot_said(state, message)
        given = (
            FeedbackGiven(state.conversation, state.turn_id, item_id, kind, value)
            for item_id, kind, value in message.feedback
        )
        return state.then(*given)

    def rank(self, states: Sequence[Heard]) -> list[Ranking]:
        """Rank the whole catalogue in each state, the needs and phrases encoded together."""
        sessions = [state.session() for state in states]
        self._encoder.learn([text for session in sessions for text in self._to_encode(session)])
        if self._taught is not self._encoder:
            self._taught.learn([context_of(self.catalog, session).query for session in sessions])
        return [self._rank_one(session) for session in sessions]

    def _to_encode(self, session: Session) -> Iterator[str]:
        """The texts whose vectors ranking will ask for: the need, and targets without a centre."""
        if query := query_of(session):
            yield query
        if self._shelf.learned is not None and self._taught is self._encoder:
            yield context_of(self.catalog, session).query
        for signal in (s for turn in session.signals for s in turn.signals):
            text = self._shelf.vectors.text_of(signal)
            if text is not None:
                yield text

    def _user_said(self, state: Heard, message: TranscriptMessage) -> Heard:
        state = state.begin(message.index, message.text)
        before = state.session()
        read = self._understander.understand(request_of(before, message.text))
        # What the file marks as named is certain; what was linked besides comes after it.
        mentioned = tuple(dict.fromkeys((*message.items, *read.mentioned)))
        read = replace(read, mentioned=mentioned)
        understood = Understood(state.conversation, state.turn_id, read, self._understander.name)
        removed = self._taken_back(read, before)
        return state.then(understood, *(BeliefRemoved(state.conversation, b) for b in removed))

    def _taken_back(self, read: Understanding, before: Session) -> tuple[str, ...]:
        if not (read.forget or read.forget_all or read.dropped):
            return ()
        return forgotten_beliefs(read, taste_of(self._shelf, before))

    def _rank_one(self, session: Session) -> Ranking:
        taste = taste_of(self._shelf, session)
        need = need_of(self._shelf, session, taste, again=True)
        ranked = rank_everything(self._shelf, need)
        rows = ranked.rows[:DEPTH].tolist()
        slate = tuple(self._explained(row, taste, query_of(session)) for row in rows[:SLATE])
        ids = tuple(self.catalog.items[row].item_id for row in rows)
        return Ranking(
            ids,
            preferences=len(taste.beliefs),
            slate=slate,
            scores=tuple(round(float(score), 5) for score in ranked.scores[:DEPTH]),
            diversity=intra_list_diversity([rows[:LIST]], self.vectors),
        )

    def _explained(self, row: int, taste: Taste, query: str) -> SlateItem:
        item = self.catalog.items[row]
        reasons = reasons_for(row, taste, query, self._shelf.facets, self.vectors)
        words = "; ".join(_reason_words(reason, self.catalog) for reason in reasons)
        return SlateItem(item.item_id, readable_title(item), words)


def _bot_said(state: Heard, message: TranscriptMessage) -> Heard:
    """An answer joins the turn under way; one that opens a conversation begins a silent turn.

    Several messages in a row are one answer, so that "both" can mean items of two of them.
    """
    if not state.turn_id:
        state = state.begin(message.index, "")
    conversation, turn_id = state.conversation, state.turn_id
    items = tuple(dict.fromkeys((*state.items, *message.items)))
    text = f"{state.reply}\n{message.text}".strip()
    events: list[Event] = []
    if message.items:
        none = (None,) * len(items)
        zeros = (0.0,) * len(items)
        blank = ("",) * len(items)
        events.append(SlateShown(conversation, turn_id, items, zeros, none, 0.0, {}, "", blank))
    events.append(Replied(conversation, turn_id, text, "recommend", items, False, "", {}))
    return replace(state, reply=text, items=items).then(*events)


def _reason_words(reason: Reason, catalog: Catalog) -> str:
    """A reason in a few words for engineers, not for visitors."""
    if reason.kind in ("similar", "co_preference") and reason.item_id in catalog:
        relation = "like" if reason.kind == "similar" else "liked with"
        return f"{relation} {catalog.item(reason.item_id).title}"
    if reason.kind == "popular":
        return "popular"
    return f"{reason.field or reason.kind}: {reason.value}"
