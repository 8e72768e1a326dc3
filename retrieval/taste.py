"""Taste is the pure fold of a user's signals into beliefs and four vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.signals import Signal, TurnSignals, target_key

Vector = NDArray[np.float32]

ALPHA_LASTING = 0.25  # how far one full-weight turn moves the lasting vectors u and n_u
ALPHA_SESSION = 0.5  # the same for the session vectors s and n_s: what is wanted now moves faster

# Implicit feedback never replaces what somebody said or clicked.
IMPLICIT = frozenset({"opened", "link", "dwell", "purchased"})


class TargetVectors(Protocol):
    """Unit vectors for what signals are about."""

    dimension: int

    def vector(self, signal: Signal) -> Vector | None:
        """The target's unit vector (d,), or None where it has none (a range, an unknown title)."""
        ...


@dataclass(frozen=True, slots=True)
class Belief:
    """A signal that still holds. `belief_id` is stable: turn and target decide it."""

    belief_id: str
    signal: Signal
    turn_id: str
    conversation_id: str

    @property
    def key(self) -> tuple[str, ...]:
        """What the belief is about."""
        return target_key(self.signal)


@dataclass(frozen=True)
class Taste:
    """What is believed of a user.

    `u` and `n_u` (d,) hold what is lastingly liked and refused, `s` and `n_s` the same for this
    conversation. Each starts at 0 and has length at most 1; its length says how much is known.
    """

    beliefs: tuple[Belief, ...]
    u: Vector
    s: Vector
    n_u: Vector
    n_s: Vector

    def constraints(self) -> tuple[Belief, ...]:
        """The hard beliefs: filters, never weights."""
        return tuple(b for b in self.beliefs if b.signal.hard)


def empty_taste(dimension: int) -> Taste:
    """The taste of somebody who said nothing: all vectors (dimension,) are zero."""
    zero = np.zeros(dimension, dtype=np.float32)
    return Taste((), zero, zero, zero, zero)


def of_this_talk(signal: Signal) -> bool:
    """Whether a signal holds in its conversation alone.

    What is said of "tonight" does, and so do a range and a hard wish unless they were said to
    last: "must be Korean, from the 90s" is what somebody wants now, not for ever. A refusal lasts.
    """
    if signal.scope is not None:
        return signal.scope == "session"
    return signal.kind == "range" or (signal.hard and signal.polarity > 0)


def belief_id(turn_id: str, signal: Signal) -> str:
    """A name for the belief that `signal` leaves in turn `turn_id`, the same in every process."""
    text = "\x1f".join((turn_id, *target_key(signal)))
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


def beliefs_of_turn(turn: TurnSignals) -> dict[tuple[str, ...], Belief]:
    """One belief a target; where a turn holds two opinions on it the lower polarity wins.

    Taking the lower keeps the fold independent of the order within a turn, and never reads a
    refusal as a like.
    """
    found: dict[tuple[str, ...], Belief] = {}
    for signal in turn.signals:
        if not signal.signed and signal.kind != "range":
            continue
        key = target_key(signal)
        held = found.get(key)
        if held is None or _merge_order(signal) < _merge_order(held.signal):
            made = Belief(belief_id(turn.turn_id, signal), signal, turn.turn_id, "")
            found[key] = replace(made, conversation_id=turn.conversation_id)
    return found


def _merge_order(signal: Signal) -> tuple[object, ...]:
    return (signal.polarity, not signal.hard, -signal.confidence, signal.scope or "", str(signal))


def hold(
    turns: Iterable[TurnSignals],
    conversation_id: str | None,
    removed: AbstractSet[str] = frozenset(),
) -> tuple[Belief, ...]:
    """The beliefs that still hold, oldest first.

    A newer explicit statement on the same target replaces the older. Session-scoped signals of
    other conversations and beliefs whose id is in `removed` are skipped. `conversation_id` None
    gives the lasting beliefs alone.
    """
    held: dict[tuple[str, ...], Belief] = {}
    for turn in turns:
        for key, belief in sorted(beliefs_of_turn(turn).items()):
            if belief.belief_id in removed:
                continue
            if of_this_talk(belief.signal) and turn.conversation_id != conversation_id:
                continue
            older = held.get(key)
            implicit = belief.signal.source in IMPLICIT
            if older is not None and implicit and older.signal.source not in IMPLICIT:
                continue
            held.pop(key, None)  # re-inserting moves the belief to the end: recent last
            held[key] = belief
    return tuple(held.values())


def move(e: Vector, targets: Sequence[Vector], weights: Sequence[float], alpha: float) -> Vector:
    """One turn's update e + alpha * w * (p - e), the rule of DESIGN section 5.

    `e` and `targets` are (d,); `weights` are strength times confidence. p is the weighted mean of
    the targets and w the total weight, at most 1. With no weight `e` comes back unchanged. The
    result is no longer than 1 because it lies between `e` and a mean of unit vectors.
    """
    total = float(sum(weights))
    if total <= 0:
        return e
    p = np.tensordot(np.asarray(weights, dtype=np.float64) / total, np.stack(targets), axes=1)
    moved = e + alpha * min(1.0, total) * (p - e)
    return np.asarray(moved, dtype=np.float32)


def fold(
    turns: Sequence[TurnSignals],
    vectors: TargetVectors,
    *,
    conversation_id: str | None = None,
    removed: AbstractSet[str] = frozenset(),
) -> Taste:
    """Fold all turns of a user, oldest first, into the taste that holds in `conversation_id`.

    The same turns and vectors give equal beliefs on any machine, and vectors equal within 1e-5.
    """
    beliefs = hold(turns, conversation_id, removed)
    by_turn: dict[str, list[Belief]] = {}
    for belief in beliefs:
        by_turn.setdefault(belief.turn_id, []).append(belief)
    taste = empty_taste(vectors.dimension)
    for turn in turns:
        if turn.turn_id in by_turn:
            here = turn.conversation_id == conversation_id
            taste = _fold_turn(taste, by_turn.pop(turn.turn_id), vectors, here)
    return replace(taste, beliefs=beliefs)


def _fold_turn(
    taste: Taste, beliefs: Sequence[Belief], vectors: TargetVectors, here: bool
) -> Taste:
    """Move the vectors by one turn; session vectors only by turns of this conversation."""
    pairs = [(b.signal, vectors.vector(b.signal)) for b in sorted(beliefs, key=lambda b: b.key)]
    known = [(signal, v) for signal, v in pairs if v is not None]
    likes = [(s, v) for s, v in known if s.polarity > 0]
    dislikes = [(s, v) for s, v in known if s.polarity < 0]

    def moved(e: Vector, chosen: list[tuple[Signal, Vector]], alpha: float) -> Vector:
        return move(e, [v for _, v in chosen], [s.weight for s, _ in chosen], alpha)

    def lasting(chosen: list[tuple[Signal, Vector]]) -> list[tuple[Signal, Vector]]:
        return [(s, v) for s, v in chosen if not of_this_talk(s)]

    return replace(
        taste,
        u=moved(taste.u, lasting(likes), ALPHA_LASTING),
        n_u=moved(taste.n_u, lasting(dislikes), ALPHA_LASTING),
        s=moved(taste.s, likes, ALPHA_SESSION) if here else taste.s,
        n_s=moved(taste.n_s, dislikes, ALPHA_SESSION) if here else taste.n_s,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """How one turn changed a belief: polarity before and after, None where there was none."""

    belief: Belief
    before: float | None
    after: float | None


def changes(before: Sequence[Belief], after: Sequence[Belief]) -> tuple[Change, ...]:
    """What is different between two sets of beliefs, in the order of the later one."""
    old: Mapping[tuple[str, ...], Belief] = {b.key: b for b in before}
    new: Mapping[tuple[str, ...], Belief] = {b.key: b for b in after}
    found = [
        Change(b, old[b.key].signal.polarity if b.key in old else None, b.signal.polarity)
        for b in after
        if b.key not in old or not _same(old[b.key].signal, b.signal)
    ]
    gone = [Change(b, b.signal.polarity, None) for b in before if b.key not in new]
    return (*found, *gone)


def _same(one: Signal, other: Signal) -> bool:
    """Whether two signals on one target say the same."""
    facts = ("polarity", "hard", "scope", "min", "max")
    return all(getattr(one, name) == getattr(other, name) for name in facts)
