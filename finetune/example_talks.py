"""Makes talks, the raw matter of training examples, out of transcripts and out of the event log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import BeliefRemoved, Replied, Row, Understood, Undone, conversation_of
from bot.session import Session, Turn, fold_session
from bot.transcript_values import Transcript, TranscriptMessage
from bot.understanding import Message, Request, Understander, Understanding
from bot.user_keys import user_key
from finetune.chat_from_log import chat_examples
from finetune.example_values import MessageExample, Opinion, Talk
from finetune.example_weights import of_feedback, of_understanding, of_words
from retrieval.catalog import Catalog
from retrieval.signals import Signal, signal_to_dict
from retrieval.taste import belief_id

_REMEMBERED = 12  # messages that understanding looks back at, as live


def transcript_talks(
    transcripts: Iterable[Transcript],
    secret: bytes,
    understander: Understander | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Talk]:
    """A talk a transcript, in their order; the user is who speaks for that side.

    With an understander, what was said of items counts as an opinion too. A conversation without
    names is its own user. `progress(done)` counts conversations.
    """
    for number, transcript in enumerate(transcripts):
        speakers = [m.speaker for m in transcript.messages if m.role == "user" and m.speaker]
        name = speakers[0] if speakers else f"conversation {transcript.conversation}"
        talk = Talk(
            transcript.conversation,
            user_key(secret, name),
            number,
            transcript,
            tuple(_pressed(transcript)),
        )
        yield talk if understander is None else with_words(talk, understander)
        if progress:
            progress(number + 1)


def with_words(talk: Talk, understander: Understander) -> Talk:
    """The talk with what its users' words say of items as opinions besides those it has."""
    return replace(talk, opinions=(*talk.opinions, *_said(talk.transcript, understander)))


def log_talks(rows: Iterable[Row], catalog: Catalog) -> Iterator[Talk]:
    """A talk a conversation of the log; what was undone or removed is not in it."""
    by_user: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.user_key:
            by_user[row.user_key].append(row)
    for user, own in by_user.items():
        # What was taken back may have been so from another conversation.
        back = [row for row in own if isinstance(row.event, BeliefRemoved | Undone)]
        for conversation, found in _conversations(own).items():
            rows_here = sorted({r.seq: r for r in (*found, *back)}.values(), key=lambda r: r.seq)
            session = fold_session(rows_here, conversation)
            if session.turns:
                yield _log_talk(user, found[0].seq, session, rows_here, catalog)


def _conversations(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The user's rows by conversation, in the order in which they began."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        name = conversation_of(row.event)
        if name is not None:
            found[name].append(row)
    return found


def _log_talk(
    user: str, began: int, session: Session, rows: Sequence[Row], catalog: Catalog
) -> Talk:
    opinions: list[Opinion] = []
    messages: list[TranscriptMessage] = []
    for turn in session.turns:
        opinions += _words(turn, session, len(messages))
        messages += _messages(turn, len(messages), catalog)
        opinions += [of_feedback(given, len(messages) - 1) for given in turn.feedback]
    times = [datetime.fromisoformat(t.at).timestamp() for t in session.turns if t.at and t.text]
    plain = {r.event.turn_id for r in rows if isinstance(r.event, Replied) and _is_plain(r.event)}
    return Talk(
        session.conversation_id,
        user,
        began,
        Transcript(session.conversation_id, tuple(messages)),
        tuple(o for o in opinions if o.item_id in catalog),
        tuple(at - times[0] for at in times),
        times[0] if times else None,
        shown_by_us=True,
        messages=tuple(_labelled(session, rows, catalog)),
        chat=tuple(chat_examples(session, catalog, plain)),
    )


def _is_plain(event: Replied) -> bool:
    return event.plain_wording


def _messages(turn: Turn, first: int, catalog: Catalog) -> list[TranscriptMessage]:
    """The user's message and the answer to it, where there are such."""
    read = turn.understanding
    mentioned = read.mentioned if read is not None else ()
    found = []
    if turn.text:
        named = tuple(i for i in mentioned if i in catalog)
        found.append(TranscriptMessage("user", turn.text, named, None, first))
    if turn.reply or turn.slate:
        shown = tuple(i for i in turn.slate or turn.named if i in catalog)
        said = TranscriptMessage("assistant", turn.reply, shown, None, first + len(found))
        found.append(replace(said, feedback=turn.feedback))
    return found


def _words(turn: Turn, session: Session, place: int) -> list[Opinion]:
    """The opinions in the turn's words that were not taken back."""
    if turn.understanding is None:
        return []
    kept = [s for s in turn.understanding.signals if not _removed(turn, s, session)]
    return of_words(kept, place)


def _removed(turn: Turn, signal: Signal, session: Session) -> bool:
    return signal.signed and belief_id(turn.turn_id, signal) in session.removed


def _labelled(session: Session, rows: Sequence[Row], catalog: Catalog) -> Iterator[MessageExample]:
    """The messages whose reading somebody put right, or confirmed with a button.

    A belief that was removed or undone becomes a label that the message does not mean it. Messages
    that nobody looked at teach nothing: they would teach a model its own mistakes.
    """
    raw = {r.event.turn_id: r.event.understanding for r in rows if isinstance(r.event, Understood)}
    history: list[Message] = []
    shown: tuple[str, ...] = ()
    pressed = {(i, k in ("like", "chosen")) for t in session.turns for i, k, _ in t.feedback}
    for turn in session.turns:
        before, history = history, [*history, Message("user", turn.text)]
        read = turn.understanding
        first = raw.get(turn.turn_id)
        if turn.text and read is not None and first is not None and read.language == "en":
            kept = tuple(s for s in read.signals if not _removed(turn, s, session))
            confirmed = any((s.item_id, s.polarity > 0) in pressed for s in kept)
            if len(kept) < len(first.signals) or confirmed:
                case = _case(turn, read, kept, before, shown, catalog)
                yield MessageExample(session.conversation_id, case)
        if turn.reply:
            history.append(Message("assistant", turn.reply))
        shown = turn.slate or shown


def _case(
    turn: Turn,
    read: Understanding,
    signals: Sequence[Signal],
    before: Sequence[Message],
    shown: Sequence[str],
    catalog: Catalog,
) -> dict[str, object]:
    said = [*before[-_REMEMBERED:], Message("user", turn.text)]
    labels = []
    for signal in signals:
        label = signal_to_dict(signal)
        if signal.kind == "item":
            known = signal.item_id is not None and signal.item_id in catalog
            label["title"] = catalog.item(str(signal.item_id)).title if known else signal.title
            if label["title"] is None:
                continue
        labels.append(label)
    return {
        "id": turn.turn_id,
        "domain": catalog.noun,
        "messages": [{"role": m.role, "text": m.text} for m in said],
        "shown": [catalog.item(i).title for i in shown if i in catalog],
        "intent": list(read.intents),
        "signals": labels,
    }


def _pressed(transcript: Transcript) -> list[Opinion]:
    return [
        of_feedback(given, message.index)
        for message in transcript.messages
        for given in message.feedback
    ]


def _said(transcript: Transcript, understander: Understander) -> list[Opinion]:
    """What the users' words say of items, read message by message as live."""
    history: list[Message] = []
    shown: tuple[str, ...] = ()
    named: dict[str, None] = {}
    found: list[Opinion] = []
    for message in transcript.messages:
        if message.role == "user":
            asked = (*history[-_REMEMBERED:], Message("user", message.text))
            read = understander.understand(Request(asked, shown, tuple(named)))
            found += of_understanding(read, message.index)
        history.append(Message(message.role, message.text))
        if message.role == "assistant" and message.items:
            shown = message.items
        for item in message.items:
            named.pop(item, None)
            named[item] = None
    return found
