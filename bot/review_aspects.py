"""What several reviews of an item agree on, in the reviews' own words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from bot.voice_words import COMMON, stem, stems, words

MOST = 3
_NAMED_BY = 2  # reviews at least
_DENIALS = stems(["not no never without hardly isn't wasn't don't didn't aren't cannot can't"])
_MEASURES = {"too", "very", "so"}
_PLAIN = COMMON | stems(
    "review reviews customer buyer bought buy got product item thing star stars rating film "
    "movie book read song album track arrived ordered used using would could the a an and or but "
    "it".split()
)


def aspects(reviews: Sequence[str], known: Collection[str] = ()) -> tuple[str, ...]:
    """At most three words or pairs of words that two reviews or more name and none denies.

    Words in `known`, such as the item's title and facts, say nothing new. What more reviews name
    comes first, pairs before single words.
    """
    named: dict[str, set[int]] = defaultdict(set)
    denied: set[str] = set()
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    silent = _PLAIN | stems(known)
    for number, review in enumerate(reviews):
        for phrase, is_denied in _phrases(review, silent):
            key = " ".join(stem(w) for w in phrase.split())
            if is_denied:
                denied.add(key)
            else:
                named[key].add(number)
                spelled[key][phrase] += 1
    found = [k for k, who in named.items() if len(who) >= _NAMED_BY and k not in denied]
    found.sort(key=lambda k: (-len(named[k]), -len(k.split()), k))
    return tuple(spelled[k].most_common(1)[0][0] for k in _apart(found)[:MOST])


def _phrases(review: str, silent: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The telling words and pairs of a review, each with whether it is denied there."""
    for clause in re.split(r"[^\w\s'’-]+|\bbut\b", review.lower()):
        tokens = words(clause)
        telling = [t.isalpha() and len(t) > 3 and stem(t) not in silent for t in tokens]
        for at, token in enumerate(tokens):
            denied = any(stem(t) in _DENIALS for t in tokens[max(0, at - 3) : at])
            if telling[at]:
                yield token, denied
        for at, (one, other) in enumerate(pairwise(tokens)):
            denied = any(stem(t) in _DENIALS for t in tokens[max(0, at - 3) : at])
            measured = one in _MEASURES and other.isalpha() and stem(other) not in _DENIALS
            if measured or (telling[at] and telling[at + 1]):
                yield f"{one} {other}", denied


def _apart(found: Sequence[str]) -> list[str]:
    """The phrases without those that share a word with a pair, or with one before them."""
    pairs = {w for key in found if " " in key for w in key.split()}
    kept: list[str] = []
    for key in found:
        if " " not in key and key in pairs:
            continue
        if not any(set(key.split()) & set(k.split()) for k in kept):
            kept.append(key)
    return kept
