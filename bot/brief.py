"""Gathers everything that a reply may say into the brief that the wording reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.moves import Brief, Move, Reason, Shown
from bot.need import Shelf, need_of, query_of
from bot.reasons import objections_to
from bot.recommend import Slate, reasons_of
from bot.session import Session
from bot.understanding import Understanding
from retrieval.catalog import Item
from retrieval.signals import Signal
from retrieval.taste import Change, Taste

_LIKED_ITEMS = 3  # items of the taste that a reply may refer to beside those just named


def brief_of(
    shelf: Shelf,
    move: Move,
    slate: Slate | None,
    *,
    text: str,
    understanding: Understanding,
    taste: Taste,
    changed: Sequence[Change],
    session: Session,
) -> Brief:
    """The brief of a turn: what was decided, what is shown, what is believed, what changed."""
    move = replace(move, subject=_subject(shelf, move, session))
    shown = tuple(Shown(e.item, e.reasons) for e in slate.entries) if slate is not None else ()
    if slate is not None and not shown:
        move = Move("chat", "nothing_fits")
    signals = [b.signal for b in taste.beliefs]
    return Brief(
        move=move,
        noun=shelf.catalog.noun,
        text=text,
        slate=shown,
        others=_others(shelf, move, shown, understanding, signals),
        learned=tuple(c.belief.signal for c in changed if c.after is not None),
        forgotten=tuple(c.belief.signal for c in changed if c.after is None),
        forgot_all=understanding.forget_all,
        likes=_strongest(signals, 1),
        dislikes=_strongest(signals, -1),
        unknown_titles=understanding.unknown_titles,
        relaxed=_relaxed(move, slate, understanding),
        unmet=slate.unmet if slate is not None else (),
        objections=_objections(shelf, move, taste, session),
        subject_reasons=_subject_reasons(shelf, move, taste, session),
        language=understanding.language,
        first_turn=len(session.turns) <= 1,
    )


def _relaxed(move: Move, slate: Slate | None, understanding: Understanding) -> tuple[str, ...]:
    if move.topic == "what_if":
        return understanding.dropped
    return slate.relaxed if slate is not None else ()


def _subject(shelf: Shelf, move: Move, session: Session) -> tuple[str, ...]:
    """The items a move is about; a bare "why?" is about all that was shown last."""
    subject = move.subject or (session.shown if move.kind == "explain" else ())
    return tuple(i for i in subject if i in shelf.catalog)


def _others(
    shelf: Shelf,
    move: Move,
    shown: Sequence[Shown],
    understanding: Understanding,
    signals: Sequence[Signal],
) -> tuple[Item, ...]:
    liked = [s.item_id for s in reversed(signals) if s.kind == "item" and s.polarity > 0]
    reasons = [r.item_id for entry in shown for r in entry.reasons if r.item_id]
    mentioned = understanding.mentioned
    wanted = [*move.subject, *mentioned, *reasons, *_known(liked)[:_LIKED_ITEMS]]
    in_slate = {entry.item.item_id for entry in shown}
    unique = dict.fromkeys(i for i in wanted if i in shelf.catalog and i not in in_slate)
    return tuple(shelf.catalog.item(i) for i in unique)


def _known(ids: Iterable[str | None]) -> list[str]:
    return [i for i in ids if i is not None]


def _strongest(signals: Sequence[Signal], sign: int) -> tuple[Signal, ...]:
    """Beliefs of one sign; hard ones first, then by weight, the newest first among equals."""
    chosen = [s for s in reversed(signals) if s.polarity * sign > 0]
    return tuple(sorted(chosen, key=lambda s: (not s.hard, -s.weight)))


def _objections(shelf: Shelf, move: Move, taste: Taste, session: Session) -> tuple[str, ...]:
    if (move.kind, move.topic) != ("explain", "why_not") or not move.subject:
        return ()
    item = shelf.catalog.item(move.subject[0])
    return objections_to(item, taste, session.excluded, shelf.facets)


def _subject_reasons(
    shelf: Shelf, move: Move, taste: Taste, session: Session
) -> tuple[Reason, ...]:
    if (move.kind, move.topic) != ("explain", "why") or not move.subject:
        return ()
    row = shelf.catalog.row(move.subject[0])
    return reasons_of(shelf, need_of(shelf, session, taste), query_of(session), row)
