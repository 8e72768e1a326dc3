"""Why an item is shown, and what speaks against one, read from beliefs and contributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bot.moves import Reason
from retrieval.catalog import Catalog, Item
from retrieval.facets import FacetRows, folded
from retrieval.signals import Signal
from retrieval.taste import Taste, Vector

CLOSE = 0.42  # a cosine from which two items may be called alike,
NEAREST = 20  # where this many others at most are nearer
FITS = 0.3  # a cosine from which an item may be said to fit the words of a message,
BEST = 12  # if it is one of so many nearest to them
_MOST = 3
_NOISE = frozenset(
    "a an and are as at be but by for from good great have i in is it like me movie movies film "
    "films my of on one or some something that the this to want watch with you".split()
)


def reasons_for(
    row: int,
    taste: Taste,
    query: str,
    facets: FacetRows,
    vectors: Vector,
    *,
    q: Vector | None = None,
    popularity: Vector | None = None,
) -> tuple[Reason, ...]:
    """At most three reasons for one row, what was asked for first; () where none is true.

    `vectors` is (n, d), the catalogue's unit vectors, `q` (d,) the encoded `query`, `popularity`
    (n,) standardised.
    """
    catalog = facets.catalog
    item = catalog.items[row]
    found = [*_matched(row, taste, facets), *_words(item, query)]
    alike = _alike(row, taste, catalog, vectors)
    if alike is not None:
        found.insert(min(1, len(found)), alike)
    unique = list(dict.fromkeys(found))[:_MOST]
    if unique:
        return tuple(unique)
    if q is not None and _fits(row, q, vectors):
        return (Reason("need", value=query),)
    if popularity is not None and float(popularity[row]) > 1:
        return (Reason("popular"),)
    return ()


def _fits(row: int, q: Vector, vectors: Vector) -> bool:
    cosines = np.asarray(vectors @ q)
    best = float(np.sort(cosines)[::-1][min(BEST, len(cosines)) - 1])
    return float(cosines[row]) >= max(FITS, best)


def _matched(row: int, taste: Taste, facets: FacetRows) -> list[Reason]:
    """Reasons from liked facets, ranges and phrases that the item matches, newest first."""
    found = []
    for belief in reversed(taste.beliefs):
        signal = belief.signal
        if signal.kind == "item" or signal.polarity <= 0 or not facets.match(signal)[row]:
            continue
        if signal.kind == "facet":
            found.append(Reason("facet", value=signal.value or "", field=signal.field or ""))
        elif signal.kind == "range":
            found.append(Reason("range", value=range_text(signal), field=signal.field or ""))
        else:
            found.append(Reason("keyword", value=signal.value or ""))
    return found


def _words(item: Item, query: str) -> list[Reason]:
    """Keywords of the item that share a telling word with the message."""
    asked = set(folded(query).split()) - _NOISE
    return [
        Reason("keyword", value=keyword)
        for keyword in item.keywords
        if asked & set(folded(keyword).split())
    ]


def _alike(row: int, taste: Taste, catalog: Catalog, vectors: Vector) -> Reason | None:
    """The liked item closest in content, if it is close enough to say so."""
    liked = [
        b.signal.item_id
        for b in taste.beliefs
        if b.signal.kind == "item" and b.signal.polarity > 0 and b.signal.item_id in catalog
    ]
    rows = [catalog.row(i) for i in liked if i is not None and catalog.row(i) != row]
    if not rows:
        return None
    cosines = np.asarray(vectors[rows]) @ np.asarray(vectors[row])
    best = int(np.argmax(cosines))
    others = np.sort(np.asarray(vectors @ vectors[row]))[::-1]
    if float(cosines[best]) < max(CLOSE, float(others[min(NEAREST, len(others) - 1)])):
        return None
    return Reason("similar", item_id=catalog.items[rows[best]].item_id)


def range_text(signal: Signal) -> str:
    """A range in words: "1990–1999", "up to 120", "from 2000"."""
    low, high = (None if n is None else f"{n:g}" for n in (signal.min, signal.max))
    if low is not None and high is not None:
        return low if low == high else f"{low}–{high}"
    return f"from {low}" if low is not None else f"up to {high}"


_EXCLUDED = {
    "disliked": "you said you do not like it",
    "refused": "you turned it down",
    "never": "you asked never to see it again",
    "seen": "you have seen it",
    "liked": "you know it already",
    "chosen": "you chose it already",
    "not_now": "you said not now",
    "shown": "I have shown it in this conversation",
}


def objections_to(
    item: Item, taste: Taste, excluded: Mapping[str, str], facets: FacetRows
) -> tuple[str, ...]:
    """What speaks against an item, in plain words, hardest first; () if nothing does."""
    row = facets.catalog.row(item.item_id)
    found = []
    if item.item_id in excluded:
        found.append(_EXCLUDED.get(excluded[item.item_id], "it is set aside"))
    for belief in sorted(taste.beliefs, key=lambda b: not b.signal.hard):
        found += _objection(belief.signal, bool(facets.match(belief.signal)[row]))
    return tuple(dict.fromkeys(found))


def _objection(signal: Signal, matches: bool) -> Sequence[str]:
    if signal.kind == "item":
        return ()
    if signal.kind == "range":
        wanted = signal.polarity > 0
        name = f"{signal.field} {range_text(signal)}"
        return (f"you asked for {name}",) if wanted and not matches else ()
    if signal.polarity < 0 and matches:
        return (f"you do not want {signal.value}",)
    if signal.hard and signal.polarity > 0 and not matches:
        return (f"you want only {signal.value}",)
    return ()
