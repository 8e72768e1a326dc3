"""What people can do, as plain functions shared by page, API and terminal."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import Any

from bot.bot import Bot
from bot.events import BeliefRemoved, ConversationStarted, FeedbackGiven, Row, SlateShown, new_id
from bot.events import event_data as data_of
from bot.feedback import check_feedback
from bot.need import taste_of
from bot.profile_words import profile_words
from bot.sent import ChangeSent, Delta, Failed, Sent, SlateEntry, change_sent, target_text
from bot.session import Session, fold_session, undo_last
from bot.summaries import wait_for
from bot.turn import respond
from bot.user_keys import user_key
from retrieval.errors import UserError
from retrieval.taste import Belief, changes, hold, of_this_talk
from ui.handler_values import (
    Busy,
    NotFound,
    Profile,
    ProfileEntry,
    RequestError,
    TooLong,
    TranscriptTurn,
)

LONGEST = 4000  # characters of a message

_log = logging.getLogger(__name__)
_STARTED = Delta("")  # never sent: marks that an answer holds its conversation


def start_conversation(bot: Bot, user: str) -> str:
    """Open a conversation for a user and return its id."""
    conversation_id = new_id()
    bot.event_log.append(user_key(bot.secret, user), ConversationStarted(conversation_id))
    return conversation_id


def owns(bot: Bot, user: str, conversation_id: str) -> bool:
    """Whether the conversation exists and is this user's."""
    return bot.event_log.conversation_owner(conversation_id) == user_key(bot.secret, user)


def on_message(bot: Bot, user: str, conversation_id: str, text: str) -> Iterator[Sent]:
    """Answer a message; see `respond` for what is yielded.

    Raises NotFound, Busy, TooLong or RequestError at the call, before anything is stored. An
    unforeseen failure later is logged and ends the answer with a Failed.
    """
    _check_owner(bot, user, conversation_id)
    if len(text) > LONGEST:
        raise TooLong(
            f"The message has {len(text):,} characters, {LONGEST:,} at most are read.",
            "Send it in shorter parts.",
        )
    if not any(c.isprintable() and not c.isspace() for c in text):
        raise RequestError("The message is empty.", "Write what you are in the mood for.")
    if not bot.streaming.enter(conversation_id):
        raise Busy(
            "The last message is still being answered.", "Wait for its end, or stop it first."
        )
    answer = _answer(bot, user_key(bot.secret, user), conversation_id, text)
    next(answer)  # enters the try, so that an answer nobody reads still frees the conversation
    return answer


def _answer(bot: Bot, key: str, conversation_id: str, text: str) -> Generator[Sent, None, None]:
    try:
        yield _STARTED
        yield from respond(bot, key, conversation_id, text)
    except Exception:
        _log.exception("a turn failed")
        yield Failed("Something went wrong on my side; your message is kept.", "Please try again.")
    finally:
        bot.streaming.leave(conversation_id)


def on_feedback(
    bot: Bot,
    user: str,
    conversation_id: str,
    *,
    turn_id: str,
    item_id: str,
    kind: str,
    value: float | None = None,
) -> tuple[ChangeSent, ...]:
    """Record feedback on an item shown in a turn, and say which beliefs it changed.

    The same again changes nothing. Raises RequestError for an item that was not shown there.
    """
    _check_owner(bot, user, conversation_id)
    key = user_key(bot.secret, user)
    try:
        feedback = check_feedback(kind, value)
    except UserError as error:
        raise RequestError(error.message, error.mend) from error
    slates = {r.event.turn_id: r.event for r in _rows(bot, key, conversation_id, SlateShown)}
    if turn_id not in slates or item_id not in slates[turn_id].items:
        raise RequestError(
            "That item was not shown in that turn.", "Send the turn_id and item_id of a slate."
        )
    event = FeedbackGiven(conversation_id, turn_id, item_id, feedback, value)
    return _changed_by(bot, key, conversation_id, event)


def profile(bot: Bot, user: str, conversation_id: str | None = None) -> Profile:
    """What is believed of a user; with a conversation, its session's beliefs as well."""
    key = user_key(bot.secret, user)
    session = _session(bot, key, conversation_id)
    beliefs = taste_of(bot.shelf, session).beliefs
    entries = [(b, _entry(bot, b)) for b in reversed(beliefs)]
    return Profile(
        likes=tuple(e for b, e in entries if not b.signal.hard and b.signal.polarity > 0),
        dislikes=tuple(e for b, e in entries if not b.signal.hard and b.signal.polarity <= 0),
        constraints=tuple(e for b, e in entries if b.signal.hard),
    )


def in_words(bot: Bot, user: str) -> str:
    """What is believed of a user in a sentence or two; "" where nothing is.

    Waits for the language model to load: for commands, not for the page.
    """
    beliefs = taste_of(bot.shelf, _session(bot, user_key(bot.secret, user), None)).beliefs
    if beliefs:
        wait_for(bot.language_model)
    return profile_words([b.signal for b in beliefs], bot.catalog, bot.language_model)


def remove_belief(
    bot: Bot, user: str, belief_id: str, conversation_id: str | None = None
) -> tuple[ChangeSent, ...]:
    """Take back one belief; raises NotFound if it does not hold."""
    key = user_key(bot.secret, user)
    taste = taste_of(bot.shelf, _session(bot, key, conversation_id))
    every = taste_of(bot.shelf, _session(bot, key, None))
    if belief_id not in {b.belief_id for b in (*taste.beliefs, *every.beliefs)}:
        raise NotFound("There is no such belief.", "Read GET /profile for those that hold.")
    return _changed_by(bot, key, conversation_id, BeliefRemoved(conversation_id, belief_id))


def undo(bot: Bot, user: str, conversation_id: str | None = None) -> tuple[ChangeSent, ...]:
    """Take back the last removal, feedback or statement; () if there is nothing to undo."""
    key = user_key(bot.secret, user)
    events = undo_last(bot.event_log.user_events(key), conversation_id)
    return _changed_by(bot, key, conversation_id, *events) if events else ()


def export(bot: Bot, user: str) -> dict[str, Any]:
    """Everything stored about a user, as plain data that JSON can hold."""
    rows = bot.event_log.user_events(user_key(bot.secret, user))
    return {
        "profile": {
            name: [asdict(entry) for entry in getattr(profile(bot, user), name)]
            for name in ("likes", "dislikes", "constraints")
        },
        "events": [
            {"at": r.at, "kind": r.event.kind, **json.loads(data_of(r.event))} for r in rows
        ],
    }


def forget(bot: Bot, user: str) -> int:
    """Delete everything stored about a user for good; returns how many events went."""
    return bot.event_log.forget(user_key(bot.secret, user))


def transcript(bot: Bot, user: str, conversation_id: str) -> tuple[TranscriptTurn, ...]:
    """The turns of a conversation so far, to show them again."""
    _check_owner(bot, user, conversation_id)
    key = user_key(bot.secret, user)
    shown = {r.event.turn_id: r.event for r in _rows(bot, key, conversation_id, SlateShown)}
    session = _session(bot, key, conversation_id)
    learned = _learned(bot, session)
    return tuple(
        TranscriptTurn(
            turn.turn_id,
            turn.text,
            turn.reply,
            _entries(bot, shown[turn.turn_id]) if turn.turn_id in shown else (),
            {item: kind for item, kind, _ in turn.feedback},
            tuple(learned.get(turn.turn_id, ())),
        )
        for turn in session.turns
    )


def _learned(bot: Bot, session: Session) -> dict[str, list[ChangeSent]]:
    """What each turn of the conversation changed, in words and by the feedback on its slate."""
    found: dict[str, list[ChangeSent]] = {}
    before: tuple[Belief, ...] = ()
    for count, signals in enumerate(session.signals, start=1):
        after = hold(session.signals[:count], session.conversation_id, session.removed)
        turn_id = signals.turn_id.partition(":")[0]  # a feedback is named TURN:EVENT
        sent = (change_sent(change, bot.catalog) for change in changes(before, after))
        found.setdefault(turn_id, []).extend(sent)
        before = after
    return found


def conversations(bot: Bot, user: str) -> tuple[str, ...]:
    """The ids of a user's conversations, oldest first."""
    rows = bot.event_log.user_events(user_key(bot.secret, user))
    started = [r.event for r in rows if isinstance(r.event, ConversationStarted)]
    return tuple(event.conversation_id for event in started)


def _check_owner(bot: Bot, user: str, conversation_id: str) -> None:
    if not owns(bot, user, conversation_id):
        raise NotFound("There is no such conversation of yours.", "Start a new one.")


def _session(bot: Bot, key: str, conversation_id: str | None) -> Session:
    return fold_session(bot.event_log.user_events(key), conversation_id or "")


def _rows(bot: Bot, key: str, conversation_id: str, kind: type[SlateShown]) -> list[Any]:
    rows: list[Row] = list(bot.event_log.user_events(key))
    return [
        r for r in rows if isinstance(r.event, kind) and r.event.conversation_id == conversation_id
    ]


def _changed_by(
    bot: Bot, key: str, conversation_id: str | None, *events: Any
) -> tuple[ChangeSent, ...]:
    """Append events and say how the beliefs differ before and after."""
    before = taste_of(bot.shelf, _session(bot, key, conversation_id))
    bot.event_log.append(key, *events)
    after = taste_of(bot.shelf, _session(bot, key, conversation_id))
    found = changes(before.beliefs, after.beliefs)
    return tuple(change_sent(c, bot.catalog) for c in found)


def _entry(bot: Bot, belief: Belief) -> ProfileEntry:
    signal = belief.signal
    text = target_text(signal, bot.catalog)
    scope = "session" if of_this_talk(signal) else "lasting"
    return ProfileEntry(
        belief.belief_id, text, signal.kind, signal.polarity, signal.hard, scope, signal.evidence
    )


def _entries(bot: Bot, slate: SlateShown) -> tuple[SlateEntry, ...]:
    """A logged slate's entries; items that the catalogue no longer holds are left out."""
    return tuple(
        SlateEntry(i, bot.catalog.item(i).title, bot.catalog.item(i).year, why, score, chance)
        for i, why, score, chance in zip(
            slate.items, slate.reasons, slate.scores, slate.propensities, strict=True
        )
        if i in bot.catalog
    )
