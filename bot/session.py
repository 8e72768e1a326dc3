"""A session is the pure fold of a user's events: turns, signals, removals and exclusions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.events import (
    BeliefRemoved,
    Event,
    FeedbackGiven,
    FeedbackKind,
    MessageReceived,
    Replied,
    Row,
    SlateShown,
    Understood,
    Undone,
)
from bot.feedback import feedback_signal
from bot.understanding import Understanding
from retrieval.signals import Signal, TurnSignals, target_key
from retrieval.taste import IMPLICIT, belief_id

Reason = Literal["never", "disliked", "refused", "chosen", "seen", "liked", "not_now", "shown"]
Feedback = tuple[str, FeedbackKind, float | None]


@dataclass(frozen=True)
class Turn:
    """One message and its answer; what has not happened yet, or was undone, is empty."""

    turn_id: str
    text: str
    understanding: Understanding | None = None
    slate: tuple[str, ...] = ()
    reply: str = ""
    move: str = ""
    named: tuple[str, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    at: str = ""


@dataclass(frozen=True)
class Session:
    """What a user's events come to, seen from one conversation.

    `turns` are this conversation's. `signals` are all of the user's, oldest first; each feedback
    is a turn of its own there, named by turn and event. `removed` are ids of beliefs taken back.
    `excluded` says why an item is not to be recommended now. `shown` is the last slate; `named`
    are the items named here by user or answer, the latest mention last.
    """

    conversation_id: str
    turns: tuple[Turn, ...] = ()
    signals: tuple[TurnSignals, ...] = ()
    removed: frozenset[str] = frozenset()
    excluded: Mapping[str, Reason] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def fold_session(rows: Sequence[Row], conversation_id: str) -> Session:
    """Fold one user's rows, oldest first, into the session of `conversation_id`."""
    live = tuple(_live(rows))
    events = tuple(row.event for row in live)
    turns = tuple(_turns(live, conversation_id))
    signals = tuple(turn for row in live if (turn := _signals(row)))
    removed = _removed(live)
    return Session(
        conversation_id,
        turns,
        signals,
        removed,
        _excluded(live, conversation_id, removed),
        next((turn.slate for turn in reversed(turns) if turn.slate), ()),
        _named(events, conversation_id),
    )


def undo_last(rows: Sequence[Row], conversation_id: str | None = None) -> tuple[Undone, ...]:
    """The events that take back a user's last removal, explicit feedback or message's signals.

    Beliefs that were removed by one append come back together. () where nothing is left to undo.
    """
    can = [row for row in _live(rows) if _undoable(row.event)]
    last = can[-1:]
    if last and isinstance(last[0].event, BeliefRemoved):
        last = [r for r in can if isinstance(r.event, BeliefRemoved) and r.at == last[0].at]
    return tuple(Undone(conversation_id, row.event_id) for row in last)


def _live(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows without what was undone; an undone message stays, without its signals."""
    undone = {row.event.target for row in rows if isinstance(row.event, Undone)}
    for row in rows:
        if row.event_id not in undone:
            yield row
        elif isinstance(row.event, Understood):
            silent = replace(row.event.understanding, signals=(), again=False)
            yield replace(row, event=replace(row.event, understanding=silent))


def _undoable(event: Event) -> bool:
    if isinstance(event, Understood):
        return bool(event.understanding.signals)
    explicit = isinstance(event, FeedbackGiven) and event.feedback not in IMPLICIT
    return explicit or isinstance(event, BeliefRemoved)


def _turns(rows: Sequence[Row], conversation_id: str) -> Iterator[Turn]:
    """The conversation's turns in the order of their messages."""
    turns: dict[str, Turn] = {}
    for row in rows:
        event = row.event
        if isinstance(event, MessageReceived) and event.conversation_id == conversation_id:
            turns.setdefault(event.turn_id, Turn(event.turn_id, event.text, at=row.at))
        elif isinstance(event, Understood | SlateShown | Replied | FeedbackGiven):
            turn = turns.get(event.turn_id)
            if turn is not None and event.conversation_id == conversation_id:
                turns[event.turn_id] = _with(turn, event)
    yield from turns.values()


def _with(turn: Turn, event: Understood | SlateShown | Replied | FeedbackGiven) -> Turn:
    if isinstance(event, Understood):
        return replace(turn, understanding=event.understanding)
    if isinstance(event, SlateShown):
        return replace(turn, slate=event.items)
    if isinstance(event, Replied):
        return replace(turn, reply=event.text, move=event.move, named=event.named)
    given: Feedback = (event.item_id, event.feedback, event.value)
    return replace(turn, feedback=(*turn.feedback, given))


def _signals(row: Row) -> TurnSignals | None:
    """The signals that a row brings, under a name that no other row has."""
    event = row.event
    if isinstance(event, Understood) and event.understanding.signals:
        signals = event.understanding.signals
        return TurnSignals(event.turn_id, event.conversation_id, signals)
    if isinstance(event, FeedbackGiven):
        name = f"{event.turn_id}:{row.event_id}"
        return TurnSignals(name, event.conversation_id, (feedback_signal(event),))
    return None


def _removed(rows: Sequence[Row]) -> frozenset[str]:
    """The ids of beliefs taken back, with the older beliefs on the same targets.

    Were the older ones left, removing a belief would bring back the one it had replaced.
    """
    held: dict[tuple[str, ...], set[str]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    removed: set[str] = set()
    for row in rows:
        if isinstance(row.event, BeliefRemoved):
            name = row.event.belief_id
            removed |= {name} | held.get(keys.get(name, ()), set())
        elif turn := _signals(row):
            for signal in turn.signals:
                name, key = belief_id(turn.turn_id, signal), target_key(signal)
                keys[name] = key
                held.setdefault(key, set()).add(name)
    return frozenset(removed)


def _excluded(
    rows: Sequence[Row], conversation_id: str, removed: frozenset[str]
) -> dict[str, Reason]:
    """Why each item is not to be recommended in the conversation, after all rows."""
    state = _Exclusions({}, {}, {}, {}, set())
    for row in rows:
        here = getattr(row.event, "conversation_id", None) == conversation_id
        for turn in filter(None, [_signals(row)]):
            for signal in sorted(turn.signals, key=_refusals_last):
                if belief_id(turn.turn_id, signal) not in removed or not signal.signed:
                    state.hear(signal, here)
        if here and isinstance(row.event, Understood):
            state.ask(row.event.understanding)
        if here and isinstance(row.event, SlateShown):
            state.show(row.event.items)
    return state.reasons()


@dataclass
class _Exclusions:
    """What is known of items while a user's rows are gone through.

    `opinion` is the latest opinion on an item and `known` whether it was seen or chosen, both
    for good; `put_off` and `shown` hold in this conversation; `asked` are items asked for again
    and not shown since.
    """

    opinion: dict[str, Reason | None]
    known: dict[str, Reason]
    put_off: dict[str, Reason]
    shown: dict[str, Reason]
    asked: set[str]

    def hear(self, signal: Signal, here: bool) -> None:
        """Take in an item signal; one of session scope counts only in its conversation."""
        item = signal.item_id
        if signal.kind != "item" or item is None or (signal.scope == "session" and not here):
            return
        self.asked.discard(item)
        if signal.source == "not_now":
            self.put_off[item] = "not_now"
        if signal.source in ("chosen", "purchased"):
            self.known[item] = "chosen"
        elif signal.seen:
            self.known.setdefault(item, "seen")
        elif signal.seen is False:
            self.known.pop(item, None)
        if signal.signed and signal.source not in IMPLICIT:
            self.opinion[item] = _opinion(signal)
            self.put_off.pop(item, None)

    def ask(self, understanding: Understanding) -> None:
        """Lift exclusions for what is asked for again; unnamed, for the slates of this talk."""
        if understanding.again:
            self.asked |= set(understanding.mentioned or understanding.subject)
            if not understanding.mentioned and not understanding.subject:
                self.shown.clear()

    def show(self, items: tuple[str, ...]) -> None:
        """Note a slate: what it shows is not shown again unless it is asked for again."""
        self.asked -= set(items)
        self.shown |= dict.fromkeys(items, "shown")

    def reasons(self) -> dict[str, Reason]:
        """The strongest reason for each item; only a "never" outlasts being asked for."""
        opinions = {item: why for item, why in self.opinion.items() if why}
        weak = {i: why for i, why in opinions.items() if why == "liked"}
        merged = self.shown | self.put_off | weak | self.known
        merged |= {i: why for i, why in opinions.items() if why != "liked"}
        return {i: why for i, why in merged.items() if why == "never" or i not in self.asked}


def _refusals_last(signal: Signal) -> tuple[float, bool]:
    """Of two opinions in one turn the refusal is kept, whatever their order, as taste does."""
    return (-signal.polarity, signal.hard)


def _opinion(signal: Signal) -> Reason | None:
    """What an opinion on an item makes of it, None where it may be recommended.

    A title that somebody says they like has usually been seen, so it is not recommended back,
    unless they say that they have not seen it; a card that they like may come again.
    """
    if signal.polarity > 0:
        said = signal.source in ("text", "rating") and signal.seen is not False
        return "liked" if said else None
    if signal.hard:
        return "never"
    return "refused" if signal.scope == "session" else "disliked"


def _named(events: Sequence[Event], conversation_id: str) -> tuple[str, ...]:
    """Items named in the conversation by user or answer, the latest mention last."""
    named: dict[str, None] = {}
    for event in events:
        items: tuple[str, ...] = ()
        if isinstance(event, Understood) and event.conversation_id == conversation_id:
            items = event.understanding.mentioned
        elif isinstance(event, Replied) and event.conversation_id == conversation_id:
            items = event.named
        for item in items:
            named.pop(item, None)
            named[item] = None
    return tuple(named)
