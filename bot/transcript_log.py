"""Turns the project's own event log back into conversations, adding nothing to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.event_log import open_event_log
from bot.events import FeedbackGiven, MessageReceived, Replied, Row, SlateShown
from bot.transcript_values import Desk, Found, Transcript, TranscriptMessage
from retrieval.errors import UserError


def log_transcripts(database: str | Path, desk: Desk) -> Found:
    """The conversations of a log in the order they began; lines are the log's `seq`.

    An assistant's message is a turn's reply with the slate shown beside it. Raises UserError
    where there is no such database.
    """
    if "://" not in str(database) and not Path(database).is_file():
        raise UserError(f"There is no event log at {database}.", "Give the log's file or URL.")
    log = open_event_log(database)
    try:
        conversations: dict[str, list[Row]] = {}
        for row in log.all_events():
            if isinstance(row.event, MessageReceived | SlateShown | Replied | FeedbackGiven):
                conversations.setdefault(row.event.conversation_id, []).append(row)
    finally:
        log.close()
    for name, rows in conversations.items():
        yield rows[0].seq, Transcript(name, tuple(_messages(rows, desk)))


def _messages(rows: list[Row], desk: Desk) -> list[TranscriptMessage]:
    """The messages of one conversation, oldest first."""
    messages: list[TranscriptMessage] = []
    replies: dict[str, int] = {}
    for row in rows:
        event = row.event
        if isinstance(event, MessageReceived):
            items = desk.linked(event.text)
            said = TranscriptMessage("user", event.text, items, row.user_key, len(messages))
            messages.append(said)
        elif isinstance(event, SlateShown):
            items = desk.known(row.seq, event.items)
            replies[event.turn_id] = len(messages)
            messages.append(TranscriptMessage("assistant", "", items, None, len(messages)))
        elif isinstance(event, Replied) and event.turn_id in replies:
            at = replies[event.turn_id]
            messages[at] = replace(messages[at], text=event.text)
        elif isinstance(event, Replied):
            items = desk.known(row.seq, event.named)
            replies[event.turn_id] = len(messages)
            messages.append(TranscriptMessage("assistant", event.text, items, None, len(messages)))
        elif isinstance(event, FeedbackGiven) and messages:
            # Pressed now, so it counts from here on, whichever slate the button belonged to.
            pressed = (event.item_id, event.feedback, event.value)
            last = messages[-1]
            messages[-1] = replace(last, feedback=(*last.feedback, pressed))
    return messages
