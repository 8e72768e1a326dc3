"""Ranking scores candidates against a need and a taste, and keeps every contribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from retrieval.facets import FacetRows, Mask, allowed
from retrieval.signals import Signal
from retrieval.taste import ALPHA_LASTING, ALPHA_SESSION, Belief, Taste, Vector

Scores = NDArray[np.float64]

FEATURES = (
    "need",  # q·i: the words of this message
    "session",  # s·i: what is wanted in this conversation
    "lasting",  # u·i: what is always liked
    "refused",  # -(n_s + n_u)·i: what is refused
    "liked_facets",  # strength of every wanted genre and phrase that the item has
    "named_facets",  # the same of people, languages, countries and the owner's own columns
    "refused_facets",  # minus the strength of every refused facet or phrase it has
    "outside_range",  # minus the strength of every wanted range that it misses
    "learned",  # what conversations taught: co-preference, text, rating model
    "popularity",  # standardised log popularity
    "named_before",  # what lifts an item named before to where the learned score has it
)
_WISHES = ("need", "session", "lasting", "liked_facets", "named_facets", "popularity")


@dataclass(frozen=True, slots=True)
class Weights:
    """One weight a feature, none negative, those against refusals no lower than a floor.

    Learned freely on conversations the weight of `refused` comes out with the wrong sign, because
    people talk about what they refuse; the floor makes a dislike lower what it names, always.
    """

    need: float = 4.0
    session: float = 4.0
    lasting: float = 2.0
    refused: float = 1.0
    liked_facets: float = 2.5
    named_facets: float = 4.0
    refused_facets: float = 3.0
    outside_range: float = 2.5
    learned: float = 0.35
    popularity: float = 0.15

    REFUSED_FLOOR = 0.25

    def __post_init__(self) -> None:
        if (self.vector() < 0).any():
            raise ValueError("ranking weights are not negative")
        if self.refused < self.REFUSED_FLOOR:
            raise ValueError(f"the weight against refusals is at least {self.REFUSED_FLOOR}")
        if self.refused_facets < self.facet_floor():
            raise ValueError(f"refused facets weigh at least {self.facet_floor():.2f}")

    def facet_floor(self) -> float:
        """The least weight that makes refusing a facet lower every item that has it.

        Moving n toward a facet's centre may lower n·i by up to 2 alpha for an item nearer to an
        older refusal; the facet's own term must outweigh that.
        """
        return 2 * (ALPHA_LASTING + ALPHA_SESSION) * self.refused

    def vector(self) -> NDArray[np.float64]:
        """The weights (f,) in the order of FEATURES; what places a named item counts as it is."""
        return np.array([*(getattr(self, f.name) for f in fields(self)), 1.0], dtype=np.float64)


# Where conversations taught something it leads, and content speaks for what was asked. Chosen on
# replays of the last 600 conversations of ReDial train (finetune/LOG.md, "Live weights").
LEARNED_WEIGHTS = Weights(
    need=2.0,
    session=0.5,
    lasting=0.5,
    refused=0.5,
    liked_facets=5.0,
    named_facets=14.0,
    refused_facets=6.0,
    outside_range=8.0,
    learned=1.0,
    popularity=0.0,
)


@dataclass(frozen=True)
class Need:
    """What is to be ranked for: `q` (d,) or None, a taste, and where known a learned score (n,).

    `age` counts for each turn of this conversation how many turns ago it was, 0 for the present
    one; beliefs of turns that are not in it are from earlier conversations. `named` are the rows
    of the items named before where they are to be ranked as what may be named again.
    """

    q: Vector | None
    taste: Taste
    age: dict[str, int]
    learned: NDArray[np.float32] | None = None
    popularity: NDArray[np.float32] | None = None
    named: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ranked:
    """Scored candidates: `rows` (k,), `scores` (k,), `contributions` (k, f) in FEATURES order."""

    rows: NDArray[np.int64]
    scores: Scores
    contributions: Scores


def rank(
    rows: NDArray[np.int64],
    need: Need,
    vectors: NDArray[np.float32],
    facets: FacetRows,
    weights: Weights,
) -> Ranked:
    """Score the candidate `rows` (k,) of a catalogue whose item vectors are `vectors` (n, d).

    A score is the sum of its contributions; the result is ordered best first, equal scores by row.
    """
    contributions = features(rows, need, vectors, facets) * weights.vector()
    if need.named and need.learned is not None:
        contributions = _named_again(contributions, np.isin(rows, need.named))
    scores = contributions.sum(axis=1)
    order = np.lexsort((rows, -scores))
    return Ranked(rows[order], scores[order], contributions[order])


def features(
    rows: NDArray[np.int64], need: Need, vectors: NDArray[np.float32], facets: FacetRows
) -> Scores:
    """The features (k, f) of candidate rows, in the order of FEATURES."""
    taste = need.taste
    beliefs = [(b.signal, _fading(b, need.age)) for b in taste.beliefs]
    q = np.zeros_like(taste.s) if need.q is None else need.q
    wanted = np.stack((q, taste.s, taste.u, -(taste.n_s + taste.n_u)))
    # One product for all four: reading the vectors is what takes the time.
    close = np.asarray(vectors[rows] @ wanted.T, dtype=np.float64)
    columns = (
        *close.T,
        _liked([b for b in beliefs if not _named(b[0])], facets)[rows],
        _liked([b for b in beliefs if _named(b[0])], facets)[rows],
        -_refused(beliefs, facets)[rows],
        -_outside(beliefs, facets)[rows],
        _of(need.learned, rows),
        _of(need.popularity, rows),
        np.zeros(len(rows)),  # known when all others are
    )
    return np.stack(columns, axis=1)


def _named_again(contributions: Scores, named: Mask) -> Scores:
    """Contributions (k, f) in which wishes decide nothing about items `named` (k,) before.

    An item is named again to speak about it, whatever was wished for since. It stands to the best
    of the others as the learned score alone has it, less what was refused; the others keep theirs.
    """
    if named.all() or not named.any():
        return contributions
    wishes = np.isin(FEATURES, _WISHES)
    changed = np.where(named[:, None] & wishes, 0.0, contributions)
    learned = contributions[~named, FEATURES.index("learned")]
    lift = contributions[~named].sum(axis=1).max() - learned.max()
    changed[named, FEATURES.index("named_before")] = lift
    return changed


def forbidden_by(signals: Sequence[Signal], facets: FacetRows) -> Mask:
    """The rows (n,) that hard beliefs rule out."""
    return ~allowed(facets, [s for s in signals if s.hard])


def _of(values: NDArray[np.float32] | None, rows: NDArray[np.int64]) -> Scores:
    return np.zeros(len(rows)) if values is None else values[rows].astype(np.float64)


def _fading(belief: Belief, age: dict[str, int]) -> float:
    """How much an old wish still counts: this turn 1, each turn before less, lasting ones .4."""
    turns_ago = age.get(belief.turn_id.partition(":")[0])
    return 0.4 if turns_ago is None else max(0.5, 0.8**turns_ago)


def _liked(beliefs: Sequence[tuple[Signal, float]], facets: FacetRows) -> Scores:
    """Per row (n,) the strength of liked facets and phrases that match, the telling ones more."""
    wanted = [(s, f) for s, f in beliefs if s.kind in ("facet", "text") and s.polarity > 0]
    found = np.zeros(len(facets.catalog))
    for signal, fading in wanted:
        match = facets.match(signal)
        strength = signal.weight * fading * (1.0 if signal.kind == "facet" else 0.5)
        found += strength * _telling(match) * match
    return found


def _named(signal: Signal) -> bool:
    """Whether a wish names what an item must come from or be, rather than what it is like."""
    return signal.kind == "facet" and signal.field not in ("genre", "keywords")


def _telling(match: Mask) -> float:
    """How much a wish says: 1 where a single item meets it, 0.3 where all do.

    The inverse document frequency (Spärck Jones, 1972), scaled: "Korean" narrows the choice more
    than "comedy", and what few items have is what was meant.
    """
    count, hits = len(match), int(match.sum())
    if hits == 0 or count < 2:
        return 1.0
    return 0.3 + 0.7 * float(np.log(count / hits) / np.log(count))


def _refused(beliefs: Sequence[tuple[Signal, float]], facets: FacetRows) -> Scores:
    """Per row (n,) the strength of refused facets and phrases that match; refusals do not fade."""
    found = np.zeros(len(facets.catalog))
    for signal, _ in beliefs:
        if signal.kind in ("facet", "text") and signal.polarity < 0:
            found += signal.weight * facets.match(signal)
    return found


def _outside(beliefs: Sequence[tuple[Signal, float]], facets: FacetRows) -> Scores:
    """Per row (n,) the strength of wanted ranges that the item is outside of."""
    found = np.zeros(len(facets.catalog))
    for signal, fading in beliefs:
        if signal.kind == "range":
            inside = facets.match(signal)
            missed = ~inside if signal.polarity > 0 else inside
            # A range is meant as a limit, however softly it was put.
            found += max(signal.weight, 0.8) * fading * missed
    return found
