"""From a need to a slate: candidates, ranking, exclusion as the last step, places with reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.moves import Reason
from bot.need import Shelf
from bot.reasons import reasons_for
from retrieval.candidates import draw
from retrieval.catalog import Item
from retrieval.facets import Mask
from retrieval.ranking import Need, Ranked, forbidden_by, rank
from retrieval.signals import Signal
from retrieval.slate import choose

_KEPT_SCORES = 200  # candidates whose scores the log keeps
WIDE = 120  # how many of the best the slate is drawn from


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a slate; `features` are those of its ranking, without the weights."""

    item: Item
    score: float
    propensity: float | None
    reasons: tuple[Reason, ...]
    features: tuple[float, ...] = ()


@dataclass(frozen=True)
class Slate:
    """What is shown: entries, every candidate's score, the order of all, and what was relaxed.

    `relaxed` names the fields of hard wishes let go because nothing fitted; `unmet` are the wishes
    of this conversation that no entry meets.
    """

    entries: tuple[Entry, ...]
    candidates: Mapping[str, float]
    ranked: Ranked
    temperature: float
    relaxed: tuple[str, ...] = ()
    unmet: tuple[Signal, ...] = ()


def allowed_rows(
    shelf: Shelf, need: Need, excluded: AbstractSet[str] = frozenset()
) -> tuple[Mask, tuple[str, ...]]:
    """The rows (n,) that the hard beliefs allow, and the wishes relaxed because nothing fits.

    A hard refusal is never relaxed; hard wishes are, the oldest first, until something is left
    that is not `excluded`.
    """
    free = np.array([item.item_id not in excluded for item in shelf.catalog.items])
    hard = [b.signal for b in need.taste.beliefs if b.signal.hard]
    refusals = [s for s in hard if s.polarity < 0]
    wishes = [s for s in hard if s.polarity > 0]
    relaxed: list[Signal] = []
    keep = _kept(shelf, [*refusals, *wishes])
    while not (keep & free).any() and wishes:
        relaxed.append(wishes.pop(0))
        keep = _kept(shelf, [*refusals, *wishes])
    return keep, tuple(_named(s) for s in relaxed)


def rank_candidates(
    shelf: Shelf, need: Need, excluded: AbstractSet[str] = frozenset()
) -> tuple[Ranked, tuple[str, ...]]:
    """Rank the candidates among what is allowed, and say which wishes were relaxed."""
    keep, relaxed = allowed_rows(shelf, need, excluded)
    rows = draw(need, shelf.index, shelf.facets, keep)
    return rank(rows, need, shelf.index.vectors, shelf.facets, shelf.weights), relaxed


def rank_everything(shelf: Shelf, need: Need) -> Ranked:
    """Rank the whole catalogue as a replay does: what hard beliefs forbid comes after the rest."""
    keep, _ = allowed_rows(shelf, need)
    rows = np.arange(len(shelf.catalog), dtype=np.int64)
    ranked = rank(rows, need, shelf.index.vectors, shelf.facets, shelf.weights)
    order = np.argsort(~keep[ranked.rows], kind="stable")
    return Ranked(ranked.rows[order], ranked.scores[order], ranked.contributions[order])


def make_slate(
    shelf: Shelf,
    need: Need,
    query: str,
    *,
    excluded: AbstractSet[str],
    size: int,
    temperature: float,
    turn_id: str,
) -> Slate:
    """Fill a slate for a need; `excluded` item ids are dropped last, outside of scoring.

    `temperature` rules the last place alone. The same turn id draws the same slate.
    """
    ranked, relaxed = rank_candidates(shelf, need, excluded)
    ids = [shelf.catalog.items[row].item_id for row in ranked.rows]
    free = np.array([item_id not in excluded for item_id in ids], dtype=np.bool_)
    places = np.flatnonzero(free)[:WIDE]
    entries = _fill(
        shelf, need, query, ranked, places, size=size, temperature=temperature, turn_id=turn_id
    )
    scores = {i: float(s) for i, s in zip(ids, ranked.scores, strict=True)}
    kept = dict(list(scores.items())[:_KEPT_SCORES])
    return Slate(entries, kept, ranked, temperature, relaxed, unmet_by(shelf, need, entries))


def unmet_by(shelf: Shelf, need: Need, entries: Sequence[Entry]) -> tuple[Signal, ...]:
    """The facets and ranges wanted in this conversation that no shown item has."""
    rows = [shelf.catalog.row(entry.item.item_id) for entry in entries]
    wishes = [
        b.signal
        for b in need.taste.beliefs
        if b.turn_id in need.age and b.signal.polarity > 0 and b.signal.kind in ("facet", "range")
    ]
    return tuple(s for s in wishes if not shelf.facets.match(s)[rows].any())


def fixed_slate(shelf: Shelf, need: Need, query: str, item_ids: Sequence[str]) -> Slate:
    """A slate of given items in their order: what somebody asked to see again."""
    rows = np.array([shelf.catalog.row(i) for i in item_ids], dtype=np.int64)
    ranked = rank(rows, need, shelf.index.vectors, shelf.facets, shelf.weights)
    place_of = {row: place for place, row in enumerate(ranked.rows.tolist())}
    entries = tuple(
        Entry(
            shelf.catalog.items[r],
            float(ranked.scores[place_of[r]]),
            None,
            reasons_of(shelf, need, query, r),
            _features(shelf, ranked, place_of[r]),
        )
        for r in rows.tolist()
    )
    scores = {e.item.item_id: e.score for e in entries}
    return Slate(entries, scores, ranked, 0.0)


def _fill(
    shelf: Shelf,
    need: Need,
    query: str,
    ranked: Ranked,
    places: NDArray[np.int64],
    *,
    size: int,
    temperature: float,
    turn_id: str,
) -> tuple[Entry, ...]:
    seed = int.from_bytes(hashlib.blake2s(turn_id.encode(), digest_size=8).digest(), "big")
    rows = ranked.rows[places]
    drawn = choose(
        ranked.scores[places],
        np.asarray(shelf.index.vectors[rows]),
        size,
        temperatures=(*([0.0] * (size - 1)), temperature),
        rng=np.random.default_rng(seed),
    )
    return tuple(
        Entry(
            shelf.catalog.items[rows[p.position]],
            float(ranked.scores[places[p.position]]),
            p.propensity,
            reasons_of(shelf, need, query, int(rows[p.position])),
            _features(shelf, ranked, int(places[p.position])),
        )
        for p in drawn
    )


def _features(shelf: Shelf, ranked: Ranked, place: int) -> tuple[float, ...]:
    """The features of a ranked item, 0 where the weight is: what its contributions came from."""
    weights = shelf.weights.vector()
    found = np.divide(
        ranked.contributions[place], weights, out=np.zeros_like(weights), where=weights > 0
    )
    return tuple(round(float(value), 5) for value in found)


def reasons_of(shelf: Shelf, need: Need, query: str, row: int) -> tuple[Reason, ...]:
    """Why a row is shown for a need; () where nothing true can be said."""
    return reasons_for(
        row,
        need.taste,
        query,
        shelf.facets,
        shelf.index.vectors,
        q=need.q,
        popularity=shelf.popularity,
    )


def _kept(shelf: Shelf, signals: Sequence[Signal]) -> Mask:
    return np.asarray(~forbidden_by(signals, shelf.facets))


def _named(signal: Signal) -> str:
    return signal.field or signal.value or signal.title or ""
