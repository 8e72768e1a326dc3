"""Items as HTML cards: everything that comes from a catalogue or a user is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Protocol
from urllib.parse import urlsplit

from retrieval.catalog import Catalog, Item
from ui.page_words import Words
from ui.posters import poster

KINDS = ("like", "dislike", "seen", "not_now", "never")
_PEOPLE = 3  # names of each role that a card has room for
_GENRES = 3

# line drawings on a grid of 24
_ICONS: Mapping[str, str] = {
    "like": "M12 20C5 15 3 11.5 3 8.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 9 1.5c0 3-2 6.5-9 11.5Z",
    "dislike": "M6 6l12 12M18 6L6 18",
    "seen": "M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
    "not_now": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3.5 2",
    "never": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM5.6 5.6l12.8 12.8",
}


class Entry(Protocol):
    """One place of a slate, as `bot.sent.SlateEntry` has it."""

    @property
    def item_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def year(self) -> int | None: ...
    @property
    def why(self) -> str: ...


def slate_html(
    turn_id: str,
    entries: Sequence[Entry],
    feedback: Mapping[str, str],
    catalog: Catalog,
    words: Words,
) -> str:
    """The cards of one turn in their order; `feedback` gives the reaction to an item id."""
    cards = (
        card_html(turn_id, place, entry, feedback.get(entry.item_id), catalog, words)
        for place, entry in enumerate(entries, start=1)
    )
    return f'<div class="slate">{"".join(cards)}</div>'


def card_html(
    turn_id: str,
    place: int,
    entry: Entry,
    reaction: str | None,
    catalog: Catalog,
    words: Words,
) -> str:
    """One card: picture or poster, facts, why it fits, and the buttons."""
    known = entry.item_id in catalog
    # an item that has left the catalogue since keeps its place in an old conversation
    item = catalog.item(entry.item_id) if known else Item("", entry.title, year=entry.year)
    state = f' data-state="{escape(reaction)}"' if reaction else ""
    return (
        f'<article class="card" data-item="{escape(entry.item_id)}"{state}>'
        f'<div class="card-face">{face_html(item)}</div><div class="card-head">'
        f'<h3><span class="place">{place}</span>{_title(item, words)}</h3>'
        f'{_facts(item, words)}</div><div class="card-body">'
        f"{_line('why', entry.why)}{_line('about', item.description)}"
        f"{_buttons(turn_id, entry, reaction, words)}"
        "</div></article>"
    )


def face_html(item: Item) -> str:
    """The item's poster, with its own picture over it when it has one that a page may load."""
    if not (item.image and _web(item.image)):
        return poster(item)
    address = escape(item.image.strip())
    return f'{poster(item)}<img src="{address}" alt="" loading="lazy" referrerpolicy="no-referrer">'


def facts_text(item: Item, words: Words) -> str:
    """Year, price, length, genres and language on one line; only what is known.

    An item without genres is described by the values of the catalogue's own facets.
    """
    own = [value for values in item.extra.values() if isinstance(values, tuple) for value in values]
    parts = [
        str(item.year) if item.year is not None else "",
        words("price", n=f"{item.price:.2f}") if item.price is not None else "",
        words("minutes", n=f"{item.runtime:.0f}") if item.runtime else "",
        ", ".join(item.genres[:_GENRES] or own[:_GENRES]),
        ", ".join(item.language[:2]),
    ]
    return " · ".join(part for part in parts if part)


def people_text(item: Item, words: Words) -> str:
    """Who made it and who is in it; only what is known."""
    joint = "、" if words.language == "zh" else ", "
    parts = [
        words("directed", names=joint.join(item.directors[:2])) if item.directors else "",
        words("with", names=joint.join(item.cast[:_PEOPLE])) if item.cast else "",
        joint.join(item.people[:_PEOPLE]),
    ]
    return " · ".join(part for part in parts if part)


def icon(name: str) -> str:
    """A small line drawing that takes the colour of the text around it."""
    return (
        f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'
    )


def _title(item: Item, words: Words) -> str:
    title = f'<span class="title">{escape(item.title)}</span>'
    if not (item.url and _web(item.url)):
        return title
    hint = escape(words("more", title=item.title))
    return (
        f'<a href="{escape(item.url)}" target="_blank" rel="noopener noreferrer"'
        f' title="{hint}">{title}</a>'
    )


def _facts(item: Item, words: Words) -> str:
    return _line("facts", facts_text(item, words)) + _line("people", people_text(item, words))


def _line(name: str, text: str) -> str:
    return f'<p class="{name}">{escape(text)}</p>' if text else ""


def _buttons(turn_id: str, entry: Entry, reaction: str | None, words: Words) -> str:
    group = escape(words("opinion", title=entry.title))
    buttons = "".join(
        f'<button type="button" class="act" data-act="feedback" data-kind="{kind}"'
        f' data-turn="{escape(turn_id)}" data-item="{escape(entry.item_id)}"'
        f' aria-pressed="{"true" if reaction == kind else "false"}">'
        f"{icon(kind)}<span>{escape(words.labels[kind])}</span></button>"
        for kind in KINDS
    )
    name = f"state_{reaction}"
    state = words(name) if reaction and name in words.table else ""
    return (
        f'<div class="acts" role="group" aria-label="{group}">{buttons}</div>'
        f'<p class="state" role="status">{escape(state)}</p>'
    )


def _web(address: str) -> bool:
    """Whether an address is one that a page may load: http or https, nothing that runs code."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.netloc)
