"""Decides which conversations may teach, and counts by reason those that may not."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from finetune.example_bursts import bursts
from finetune.example_privacy import holds_personal_data, is_abusive
from finetune.example_values import Talk
from retrieval.ranking_context import tokens

REASONS = (
    "forgotten",
    "personal data",
    "abuse",
    "duplicate",
    "bot",
    "burst",
    "contradiction",
)

_TYPED = 25.0  # characters a second that nobody types; the fastest on record type 18
_SHORTEST = 0.7  # seconds between messages that nobody answers in
_ALIKE = 0.5  # Jaccard overlap that makes a template; 2 of ReDial's 3,501 are taken for one
_TEMPLATE = 4  # conversations of one template that are already no chance
_WORDS = 12  # user's words below which likeness proves nothing

_ODD = np.random.default_rng(0).integers(2**64, size=8, dtype=np.uint64) | np.uint64(1)

Talks = Sequence[Talk]


def usable(talks: Iterable[Talk], without: Collection[str] = ()) -> tuple[list[Talk], Counter[str]]:
    """The conversations that may teach, oldest first, and how many may not by reason.

    `without` are keyed users who asked to be forgotten, or ids of conversations. The result does
    not depend on the order of `talks`. Opinions that contradict others of their conversation are
    taken out of it, which counts it under "contradiction" though the rest of it stays.
    """
    left = sorted(talks, key=lambda t: (t.began, t.conversation))
    out: Counter[str] = Counter()
    steps: tuple[tuple[str, Callable[[Talks], set[str]]], ...] = (
        (
            "forgotten",
            lambda found: {
                t.conversation for t in found if t.user in without or t.conversation in without
            },
        ),
        ("personal data", _personal),
        ("abuse", _abusive),
        ("duplicate", _duplicates),
        ("bot", _bots),
        ("burst", bursts),
    )
    for reason, step in steps:
        gone = step(left)
        if gone:
            out[reason] = len(gone)
            left = [t for t in left if t.conversation not in gone]
    consistent = [without_contradictions(talk) for talk in left]
    contrary = sum(a is not b for a, b in zip(left, consistent, strict=True))
    if contrary:
        out["contradiction"] = contrary
    return consistent, out


def without_contradictions(talk: Talk) -> Talk:
    """The talk without opinions that others of it deny; itself where there are none.

    Two buttons contradict each other within a turn, a button and words anywhere in the
    conversation. Nobody can tell which of the two was meant, so both go.
    """
    bad: set[str] = set()
    signs: dict[tuple[str, int], set[bool]] = defaultdict(set)
    sides: dict[str, dict[bool, set[bool]]] = defaultdict(lambda: defaultdict(set))
    for opinion in talk.opinions:
        if opinion.explicit and opinion.value:
            by_words = opinion.source == "text"
            signs[opinion.item_id, -1 if by_words else opinion.place].add(opinion.value > 0)
            sides[opinion.item_id][by_words].add(opinion.value > 0)
    bad |= {item for (item, place), found in signs.items() if place >= 0 and len(found) > 1}
    for item, by in sides.items():
        if len(by[True]) == 1 and len(by[False]) == 1 and by[True] != by[False]:
            bad.add(item)
    if not bad:
        return talk
    return replace(talk, opinions=tuple(o for o in talk.opinions if o.item_id not in bad))


def agreement(talks: Iterable[Talk]) -> tuple[int, int]:
    """How many items have a button's and the words' opinion of one sign, and how many have both.

    Items about which either side contradicts itself are left out.
    """
    agree = both = 0
    for talk in talks:
        signs: dict[str, dict[bool, set[bool]]] = defaultdict(lambda: defaultdict(set))
        for opinion in talk.opinions:
            if opinion.explicit and opinion.value:
                signs[opinion.item_id][opinion.source == "text"].add(opinion.value > 0)
        for by in signs.values():
            if len(by[True]) == 1 and len(by[False]) == 1:
                both += 1
                agree += by[True] == by[False]
    return agree, both


def _said(talk: Talk) -> list[str]:
    return [m.text for m in talk.transcript.messages if m.role == "user"]


def _personal(talks: Talks) -> set[str]:
    return {t.conversation for t in talks if any(map(holds_personal_data, _said(t)))}


def _abusive(talks: Talks) -> set[str]:
    return {t.conversation for t in talks if any(map(is_abusive, _said(t)))}


def _duplicates(talks: Talks) -> set[str]:
    """Conversations whose words were all said before, in the same order, at some length."""
    seen: set[str] = set()
    gone = set()
    for talk in talks:
        words = [" ".join(tokens(m.text)) for m in talk.transcript.messages]
        if sum(map(len, words)) < 20:
            continue  # "hi" and "hello" are everybody's
        name = hashlib.sha256("\n".join((*words, repr(talk.opinions))).encode()).hexdigest()
        if name in seen:
            gone.add(talk.conversation)
        seen.add(name)
    return gone


def _bots(talks: Talks) -> set[str]:
    return {t.conversation for t in talks if _too_fast(t)} | _templates(talks)


def _too_fast(talk: Talk) -> bool:
    """Whether the messages came faster than a person types."""
    said = _said(talk)
    if len(talk.seconds) != len(said) or len(said) < 3:
        return False
    gaps = [b - a for a, b in zip(talk.seconds, talk.seconds[1:], strict=False)]
    speeds = [len(text) / max(gap, 1e-3) for text, gap in zip(said[1:], gaps, strict=True)]
    return median(gaps) < _SHORTEST or median(speeds) > _TYPED


def _templates(talks: Talks) -> set[str]:
    """Conversations whose users' words are nearly those of several others, titles aside.

    Likeness is the Jaccard overlap of neighbouring words; only those that share one of eight
    minimal hashes are compared (Broder, 1997).
    """
    sets = {t.conversation: s for t in talks if len(s := _pairs(t)) >= _WORDS}
    buckets: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, pairs in sets.items():
        for k, least in enumerate(_smallest(pairs)):
            buckets[k, least].append(name)
    alike: dict[str, set[str]] = defaultdict(set)
    for names in buckets.values():
        for place, one in enumerate(names):
            for other in names[place + 1 : place + 200]:
                if other not in alike[one] and _overlap(sets[one], sets[other]) >= _ALIKE:
                    alike[one].add(other)
                    alike[other].add(one)
    return {name for name, others in alike.items() if len(others) + 1 >= _TEMPLATE}


def _pairs(talk: Talk) -> frozenset[int]:
    """Hashes of the neighbouring words of all that the user said, names and numbers aside."""
    found = set()
    for text in _said(talk):
        # A title is what changes from one bot's message to the next: capitals and years go.
        plain = re.sub(r"(?<=[a-z,] )[A-Z][\w']*(?: [A-Z][\w']*)*|\d+", " ", text)
        words = tokens(plain)
        for pair in itertools.pairwise(words):
            digest = hashlib.blake2s(" ".join(pair).encode(), digest_size=8).digest()
            found.add(int.from_bytes(digest, "big"))
    return frozenset(found)


def _smallest(values: frozenset[int]) -> list[int]:
    """The least of all values under each of eight hashes, multiplications by odd numbers."""
    mixed = np.array(list(values), dtype=np.uint64)[:, None] * _ODD
    return [int(least) for least in mixed.min(axis=0)]


def _overlap(a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / len(a | b)
