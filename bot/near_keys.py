"""Finds the stored key closest to a misspelt one, without comparing against all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST = 5  # below this many letters a misspelling is as likely another word


class NearKeys:
    """Keys bucketed by first letter and length; `near` tolerates 1 to 3 edits by length."""

    def __init__(self, keys: Iterable[str]) -> None:
        buckets: dict[tuple[str, int], list[str]] = defaultdict(list)
        for key in dict.fromkeys(keys):
            if len(key) >= _SHORTEST - 1:
                buckets[key[0], len(key)].append(key)
        self._buckets = dict(buckets)
        self.near = lru_cache(maxsize=8192)(self._near)

    def _near(self, key: str) -> tuple[str, float] | None:
        """The closest key and its similarity in [0, 1], or None if none is close enough."""
        if len(key) < _SHORTEST:
            return None
        allowed = 1 if len(key) < 10 else 2 if len(key) < 15 else 3
        choices: list[str] = []
        for length in range(len(key) - allowed, len(key) + allowed + 1):
            choices += self._buckets.get((key[0], length), ())
        found = process.extractOne(key, choices, scorer=OSA.distance, score_cutoff=allowed)
        return (found[0], 1 - found[1] / len(key)) if found else None
