"""A session is the pure fold of a user's events: turns, signals, removals and exclusions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
from bot.exclusions import Exclusions, Reason
from bot.feedback import feedback_signal
from bot.online import Choice, choices_of
from bot.understanding import Understanding
from retrieval.signals import Signal, TurnSignals, target_key
from retrieval.taste import IMPLICIT, belief_id

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
    are the items named here by user or answer, the latest mention last. `choices` are all that the
    user ever took from a slate, in any conversation.
    """

    conversation_id: str
    turns: tuple[Turn, ...] = ()
    signals: tuple[TurnSignals, ...] = ()
    removed: frozenset[str] = frozenset()
    excluded: Mapping[str, Reason] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()


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
        choices_of(live),
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
    if not any(isinstance(row.event, BeliefRemoved) for row in rows):
        return frozenset()
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
    state = Exclusions()
    for row in rows:
        here = getattr(row.event, "conversation_id", None) == conversation_id
        if turn := _signals(row):
            state.hear([s for s in turn.signals if _stands(turn.turn_id, s, removed)], here)
        if here and isinstance(row.event, Understood):
            state.ask(row.event.understanding)
        if here and isinstance(row.event, SlateShown):
            state.show(row.event.items)
    return state.reasons()


def _stands(turn_id: str, signal: Signal, removed: frozenset[str]) -> bool:
    """Whether a signal was not taken back; one without an opinion leaves no belief to remove."""
    return not (removed and signal.signed and belief_id(turn_id, signal) in removed)


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
