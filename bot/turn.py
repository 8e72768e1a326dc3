"""The whole path of a message, from its receipt to the end of the reply, read top to bottom."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.belief_changes import forgotten_beliefs
from bot.bot import Bot
from bot.brief import brief_of
from bot.events import (
    BeliefRemoved,
    Event,
    MessageReceived,
    Replied,
    SlateShown,
    Understood,
    clean_text,
    new_id,
)
from bot.moves import Brief, Move
from bot.need import need_of, personal_shelf, query_of, taste_of
from bot.plain_wording import why_text
from bot.policy import Situation, decide
from bot.questions import best_question
from bot.recommend import Slate, fixed_slate, make_slate
from bot.sent import Delta, Done, Sent, SlateEntry, SlateSent, change_sent
from bot.session import Session, fold_session
from bot.understanding import Message, Request, Understanding
from bot.wording import word
from retrieval.signals import signal_to_dict
from retrieval.taste import Taste, changes

_REMEMBERED = 12  # messages of the conversation that understanding may look back at


@dataclass
class _Record:
    """Writes a turn's events and remembers whether all of them reached the disk, and the time."""

    bot: Bot
    user_key: str
    conversation_id: str
    turn_id: str
    logged: bool = True
    began: float = field(default_factory=time.monotonic)
    ms: dict[str, float] = field(default_factory=dict)

    def write(self, *events: Event) -> None:
        """Commit events; when this returns they are on disk, or `logged` is False."""
        self.logged = self.bot.event_log.append(self.user_key, *events).logged and self.logged

    def session(self) -> Session:
        """The session as the log now has it."""
        return fold_session(self.bot.event_log.user_events(self.user_key), self.conversation_id)

    def lap(self, step: str) -> None:
        """Note the milliseconds since the start, less those of the steps before."""
        total = (time.monotonic() - self.began) * 1000
        spent = sum(v for k, v in self.ms.items() if k not in ("first_token", "total"))
        self.ms[step] = round(max(0.0, total - spent), 1)


def respond(bot: Bot, user_key: str, conversation_id: str, text: str) -> Iterator[Sent]:
    """Answer one message: yields the slate if there is one, the deltas, and the end.

    Every step is committed to the event log before what it says is sent. The bundle that serves
    when the turn begins answers all of it.
    """
    bot = bot.pinned()
    text = clean_text(text)
    record = _Record(bot, user_key, conversation_id, new_id())
    record.write(MessageReceived(conversation_id, record.turn_id, text))
    before = record.session()
    taste_before = taste_of(bot.shelf, before)

    understanding = bot.understander.understand(request_of(before, text))
    reader = understanding.read_by or bot.understander.name
    record.write(Understood(conversation_id, record.turn_id, understanding, reader))
    record.lap("understand")

    removed = forgotten_beliefs(understanding, taste_before)
    record.write(*(BeliefRemoved(conversation_id, b) for b in removed))
    session = record.session()
    taste = taste_of(bot.shelf, session)
    record.lap("taste")

    move = decide(_situation(before, understanding))
    slate = _slate(bot, session, taste, move, record.turn_id)
    move = _perhaps_ask(bot, session, move, slate)
    record.lap("rank")

    brief = brief_of(
        bot.shelf,
        move,
        slate,
        text=text,
        understanding=understanding,
        taste=taste,
        changed=changes(taste_before.beliefs, taste.beliefs),
        session=session,
    )
    if slate is not None and slate.entries:
        yield _show(record, brief, slate)
    yield from _reply(record, brief, taste_before, taste, understanding)


def request_of(session: Session, text: str) -> Request:
    """What is to be understood: a new text after what the session remembers."""
    messages: list[Message] = []
    for turn in session.turns:
        if turn.reply or turn.understanding is not None:
            messages += [Message("user", turn.text), Message("assistant", turn.reply)]
    recent = [m for m in messages if m.text][-_REMEMBERED:]
    return Request((*recent, Message("user", text)), session.shown, session.named)


def _situation(before: Session, understanding: Understanding) -> Situation:
    last = before.turns[-2] if len(before.turns) > 1 else None
    return Situation(
        understanding,
        has_slate=bool(before.shown),
        asked="preference" if last is not None and last.move == "ask" else None,
    )


def _slate(bot: Bot, session: Session, taste: Taste, move: Move, turn_id: str) -> Slate | None:
    """The slate of a recommending move; None for every other move."""
    if move.kind != "recommend":
        return None
    shelf = personal_shelf(bot.shelf, session)
    need = need_of(shelf, session, taste)
    query = query_of(session)
    understanding = session.turns[-1].understanding
    wanted = _asked_again(session, understanding) if move.topic == "again" else ()
    if wanted:
        return fixed_slate(shelf, need, query, wanted[: bot.settings.slate_size])
    return make_slate(
        shelf,
        need,
        query,
        excluded=frozenset(session.excluded),
        size=bot.settings.slate_size,
        temperature=bot.settings.temperature,
        turn_id=turn_id,
    )


def _asked_again(session: Session, understanding: Understanding | None) -> tuple[str, ...]:
    """Items that the user asked to see again: those named, else the last slate's.

    What was refused comes back only when it was itself named.
    """
    named_now = understanding.mentioned if understanding is not None else ()
    if named_now:
        return named_now
    return tuple(i for i in session.shown if session.excluded.get(i, "shown") in ("shown", "liked"))


def _perhaps_ask(bot: Bot, session: Session, move: Move, slate: Slate | None) -> Move:
    """Turn a fresh recommendation into a question beside the same slate, where that is worth it.

    Never twice in a row, and never about what was asked before or said.
    """
    if slate is None or not slate.entries or (move.kind, move.topic) != ("recommend", "fresh"):
        return move
    asking = [turn.move for turn in session.turns[:-1]]
    if asking[-1:] == ["ask"] or asking.count("ask") >= 2:
        return move
    said = {s.field for t in session.turns if t.understanding for s in t.understanding.signals}
    size = bot.settings.slate_size
    ranked = slate.ranked
    fields = frozenset(f for f in said if f)
    question = best_question(bot.shelf.catalog, ranked.rows.tolist(), ranked.scores, size, fields)
    return move if question is None else question


def _show(record: _Record, brief: Brief, slate: Slate) -> SlateSent:
    """Commit the slate, then give it to be sent."""
    whys = [why_text(brief, shown) for shown in brief.slate]
    entries = tuple(
        SlateEntry(e.item.item_id, e.item.title, e.item.year, why, e.score, e.propensity)
        for e, why in zip(slate.entries, whys, strict=True)
    )
    record.write(
        SlateShown(
            record.conversation_id,
            record.turn_id,
            items=tuple(e.item_id for e in entries),
            scores=tuple(e.score for e in entries),
            propensities=tuple(e.propensity for e in entries),
            temperature=slate.temperature,
            candidates=slate.candidates,
            index_id=record.bot.shelf.index.index_id,
            reasons=tuple(whys),
            features=tuple(e.features for e in slate.entries),
        )
    )
    return SlateSent(record.turn_id, entries)


def _reply(
    record: _Record, brief: Brief, before: Taste, after: Taste, understanding: Understanding
) -> Iterator[Sent]:
    """Stream the wording, then commit and send the end; a reader who leaves loses nothing."""
    bot = record.bot
    pieces: list[str] = []
    said: list[str] = []
    plain = False
    try:
        for piece in word(brief, bot.language_model):
            if not pieces:
                record.ms["first_token"] = round((time.monotonic() - record.began) * 1000, 1)
            pieces.append(piece.text)
            said += piece.named
            plain = plain or piece.plain
            yield Delta(piece.text)
    finally:
        record.lap("word")
        record.ms["total"] = round((time.monotonic() - record.began) * 1000, 1)
        done = Done(
            turn_id=record.turn_id,
            text="".join(pieces),
            move=brief.move.kind,
            named=tuple(dict.fromkeys(said)),
            plain_wording=plain,
            logged=True,
            signals=tuple(signal_to_dict(s) for s in understanding.signals),
            changes=tuple(
                change_sent(c, bot.shelf.catalog) for c in changes(before.beliefs, after.beliefs)
            ),
            ms=dict(record.ms),
        )
        record.write(_replied(record, done))
    yield replace(done, logged=record.logged)


def _replied(record: _Record, done: Done) -> Replied:
    return Replied(
        record.conversation_id,
        record.turn_id,
        text=done.text,
        move=done.move,
        named=done.named,
        plain_wording=done.plain_wording,
        bundle_id=record.bot.bundle_id,
        ms=done.ms,
    )
