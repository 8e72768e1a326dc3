"""The page's pieces of HTML: turns, what changed, the panel of beliefs, notices, the welcome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from bot.sent import ChangeSent, SlateEntry
from retrieval.catalog import Catalog, Item
from ui.cards import face_html, slate_html
from ui.handler_values import Profile, ProfileEntry, TranscriptTurn
from ui.page_words import Words

_GLASS = (
    '<svg class="glass" viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M7 3h10l.6 5.5a5.6 5.6 0 0 1-11.2 0ZM12 14v6M8.5 21h7M6.7 8h10.6"/></svg>'
)


_TELLING = 8  # characters from which on a title without a year is no ordinary word


def header_html(words: Words) -> str:
    """The name, the promise, and the two buttons that are always there."""
    return (
        f'<div class="brand">{_GLASS}<span class="name">Sommelier</span></div>'
        f'<p class="tagline">{escape(words("tagline"))}</p>'
        f'<nav class="top-acts"><button type="button" class="quiet" data-act="fresh"'
        f' aria-label="{escape(words("new"))}"><span class="wide">{escape(words("new"))}</span>'
        f'<span class="narrow">{escape(words("new_short"))}</span></button>'
        f'<button type="button" class="quiet only-narrow" data-act="panel" aria-expanded="false"'
        f' aria-controls="panel">{escape(words("panel_short"))}</button></nav>'
    )


def turns_html(turns: Iterable[TranscriptTurn], catalog: Catalog, words: Words) -> str:
    """A conversation so far."""
    return "".join(turn_html(turn, catalog, words) for turn in turns)


def turn_html(turn: TranscriptTurn, catalog: Catalog, words: Words) -> str:
    """One finished turn: what was said, the answer, the cards, and what changed."""
    return _turn(
        turn.user_text,
        reply_html(turn.reply, turn.slate),
        slate_html(turn.turn_id, turn.slate, turn.feedback, catalog, words) if turn.slate else "",
        changes_html(turn.changes, words),
        words,
    )


def live_html(
    text: str,
    reply: str,
    turn_id: str,
    slate: Sequence[SlateEntry],
    catalog: Catalog,
    words: Words,
) -> str:
    """The turn that is being answered; dots until the first words come."""
    dots = f'<p class="dots" role="status" aria-label="{escape(words("thinking"))}">{"<i></i>" * 3}'
    answer = reply_html(reply, slate) if reply else f"{dots}</p>"
    cards = slate_html(turn_id, slate, {}, catalog, words) if slate else ""
    return _turn(text, answer, cards, "", words)


def reply_html(text: str, slate: Sequence[SlateEntry]) -> str:
    """The answer's paragraphs, the titles of shown items set as titles."""
    html = escape(text.strip())
    for entry in sorted(slate, key=lambda e: -len(e.title)):
        title = re.escape(escape(entry.title))
        if entry.year is not None:  # a bare "It" or "Up" may be an ordinary word
            html = re.sub(rf"{title}(?= \({entry.year}\))", r"<cite>\g<0></cite>", html)
        elif len(entry.title) >= _TELLING:
            html = re.sub(rf"{title}(?!</cite>)", r"<cite>\g<0></cite>", html)
    return "".join(_paragraph(part) for part in re.split(r"\n+", html) if part.strip())


def _paragraph(line: str) -> str:
    """A line of escaped text; one that begins with a dash is an entry of a list."""
    if line.startswith("- "):
        return f'<p class="listed">{line[2:]}</p>'
    return f"<p>{line}</p>"


def changes_html(changes: Sequence[ChangeSent], words: Words) -> str:
    """One line that says what changed in what is believed of the user; empty if nothing."""
    if not changes:
        return ""
    chips = "".join(_chip(change, words) for change in changes)
    return f'<p class="changes"><span>{escape(words("changed"))}</span>{chips}</p>'


def next_html(last: TranscriptTurn | None, words: Words) -> str:
    """What one may well say next, as buttons; empty before the first turn."""
    if last is None:
        return ""
    says = [words("others"), words("why")] if last.slate else []
    buttons = [_say(text, text) for text in says]
    if not last.slate:
        buttons.append(_say(words("again"), last.user_text))
    return f'<div class="next">{"".join(buttons)}</div>'


def panel_html(profile: Profile, words: Words) -> str:
    """Everything believed of the user, each with its evidence and a way to take it back."""
    groups = (
        ("likes", profile.likes),
        ("dislikes", profile.dislikes),
        ("constraints", profile.constraints),
    )
    lists = "".join(_beliefs(name, entries, words) for name, entries in groups if entries)
    body = lists or f'<p class="nothing">{escape(words("nothing"))}</p>'
    tools = _tools(words) if lists else ""
    return (
        f'<div class="panel-head"><h2>{escape(words("panel"))}</h2>'
        f'<button type="button" class="close only-narrow" data-act="panel"'
        f' aria-label="{escape(words("close"))}">×</button></div>'
        f"{body}{tools}"
    )


def taken_back_html(changes: Sequence[ChangeSent], words: Words) -> str:
    """What a removal changed, with the way back beside it."""
    line = changes_html(changes, words)
    back = f'<button type="button" class="back" data-act="undo">{escape(words("back"))}</button>'
    return line.removesuffix("</p>") + f"{back}</p>" if line else ""


def notice_html(message: str, mend: str = "", *, trouble: bool = False) -> str:
    """One line for the user, read out by screen readers; `trouble` for what went wrong."""
    if not message:
        return ""
    role, kind = ("alert", "trouble") if trouble else ("status", "news")
    more = f" <span>{escape(mend)}</span>" if mend else ""
    return f'<p class="notice {kind}" role="{role}">{escape(message)}{more}</p>'


def status_html(text: str) -> str:
    """How answers are worded at the moment; empty when there is nothing to say."""
    return f'<p class="wording" role="status">{escape(text)}</p>' if text else ""


def welcome_html(shelf: Sequence[Item], starters: Sequence[str], words: Words) -> str:
    """What a first visitor sees: the question, ways to begin, and a shelf of items."""
    begin = "".join(_say(text, text) for text in starters)
    faces = "".join(_face(item, words) for item in shelf)
    return (
        f'<section class="welcome"><h1>{escape(words("hello"))}</h1>'
        f'<p class="lead">{escape(words("hello_more"))}</p><div class="next">{begin}</div>'
        f'<p class="shelf-label">{escape(words("shelf"))}</p><div class="shelf">{faces}</div>'
        "</section>"
    )


def _turn(said: str, answer: str, cards: str, changes: str, words: Words) -> str:
    return (
        f'<section class="turn"><div class="said"><span class="sr">{escape(words("you"))}: </span>'
        f'<p>{escape(said)}</p></div><div class="reply">{answer}</div>{changes}{cards}</section>'
    )


def _chip(change: ChangeSent, words: Words) -> str:
    if change.after is None:
        kind, text = "gone", words("dropped", belief=change.belief)
    else:
        kind = "up" if change.after > 0 else "down"
        text = f"{'+' if change.after > 0 else '−'} {change.belief}"
    return f'<span class="chip {kind}" title="{escape(change.evidence)}">{escape(text)}</span>'


def _tools(words: Words) -> str:
    sure = escape(words("forget_sure"))
    return (
        f'<div class="panel-tools">{_act("undo", words("undo"))}'
        f'<button type="button" class="quiet" data-act="forget" data-sure="{sure}">'
        f"{escape(words('forget'))}</button></div>"
    )


def _beliefs(name: str, entries: Sequence[ProfileEntry], words: Words) -> str:
    rows = "".join(_belief(entry, words) for entry in entries)
    return (
        f'<section class="beliefs {name}"><h3>{escape(words(name))}</h3><ul>{rows}</ul></section>'
    )


def _belief(entry: ProfileEntry, words: Words) -> str:
    session = entry.scope == "session"
    scope = f'<span class="scope">{escape(words("session"))}</span>' if session else ""
    evidence = f"<q>{escape(entry.evidence)}</q>" if entry.evidence else ""
    refused = entry.hard and entry.polarity < 0
    text = words("never", belief=entry.text) if refused else entry.text
    return (
        f'<li><div><span class="belief">{escape(text)}</span>{scope}{evidence}</div>'
        f'<button type="button" class="remove" data-act="remove" data-id="{escape(entry.id)}"'
        f' aria-label="{escape(words("remove", belief=text))}">×</button></li>'
    )


def _act(name: str, caption: str) -> str:
    return f'<button type="button" class="quiet" data-act="{name}">{escape(caption)}</button>'


def _say(caption: str, text: str) -> str:
    return (
        f'<button type="button" class="say" data-act="say" data-text="{escape(text)}">'
        f"{escape(caption)}</button>"
    )


def _face(item: Item, words: Words) -> str:
    text = escape(words("like_this", title=item.title))
    return (
        f'<button type="button" class="face" data-act="say" data-text="{text}"'
        f' aria-label="{text}" title="{text}">{face_html(item)}</button>'
    )
