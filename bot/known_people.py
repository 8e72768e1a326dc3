"""The lexicon of well-known people: their names, the short forms of them, and near spellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.near_keys import NearKeys
from bot.plain_text import name_key, name_words
from bot.word_lists import sections

_SHORT = re.compile(r"(.+?) (\?=|=) (.+)")
_SHORTEST_LAST = 5  # letters of a last name that names its only bearer
_LONG_WORD = 9  # letters of a one-word name that may be written as two
_RELIEF = 0.06  # how much less alike a name may be whose first word is right
_NO_LAST_NAMES = frozenset("disney marvel shakespeare".split())  # no person's work is asked for


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """Full names by the keys of their spellings (bot.plain_text.name_key).

    `names` holds full names and short forms; `doubtful` are the keys that are ordinary words too,
    and mean a person only with a cue. `lasts` has last names that one person alone bears.
    `long` are the first words of names of more than five words, `single` the keys of one word.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()
    lasts: Mapping[str, str] = field(default_factory=dict)
    long: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    near_keys: NearKeys = field(default_factory=lambda: NearKeys(()))

    def named(self, texts: list[str]) -> str | None:
        """The full name that words are exactly, written apart or not; "old man" is not Oldman."""
        key = name_key(texts)
        name = self.names.get(key)
        if name and key in self.single and len(key) < _LONG_WORD:
            return name if len(name_words(" ".join(texts))) == 1 else None
        return name

    def near(self, texts: tuple[str, ...] | list[str], least: float) -> str | None:
        """The full name that misspelt words stand for, at least this similar, or None.

        Every word has to begin as the name's does: "bestie boys" is "Beastie Boys".
        """
        key = name_key(texts)
        found = self.near_keys.near(key)
        if found is None:
            return None
        same_first = len(texts) > 1 and found[0].startswith(texts[0]) and len(texts[0]) > 3
        if found[1] < (least - _RELIEF if same_first else least):
            return None
        name = self.names[found[0]]
        words = name_words(name)
        joined = len(words) == 1 and len(found[0]) >= _LONG_WORD
        if not joined and [w[0] for w in words] != [t[0] for t in texts]:
            return None
        return name


@lru_cache(maxsize=4)
def known_people(domain: str) -> KnownPeople:
    """The people known for "film" or "music"; for any other domain none."""
    lists = sections("known_people")
    if domain not in lists:
        return KnownPeople()
    sure = _by_key(lists[domain])
    unsure = _by_key(lists[f"{domain} words"])
    forms = list(_short_forms(lists[f"{domain} short"]))
    for short, name, anywhere in forms:
        (sure if anywhere else unsure).setdefault(name_key(name_words(short)), name)
    every = [*lists[domain], *lists[f"{domain} words"]]
    return KnownPeople(
        names={**unsure, **sure},
        doubtful=frozenset(unsure) - frozenset(sure),
        lasts=_lasts(every),
        long=frozenset(words[0] for name in every if len(words := name_words(name)) > 5),
        single=_one_word([*every, *(short for short, _, _ in forms)]),
        near_keys=NearKeys(key for key in sure if len(key) > 5),
    )


def _by_key(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name_key(name_words(name)), name)
    return found


def _short_forms(lines: Iterable[str]) -> Iterator[tuple[str, str, bool]]:
    """Each short form with its full name, and whether it stands anywhere or needs a cue."""
    for line in lines:
        match = _SHORT.fullmatch(line)
        if match is None:
            raise ValueError(f"not a short form: {line}")
        yield match.group(1), match.group(3), match.group(2) == "="


def _one_word(names: Iterable[str]) -> frozenset[str]:
    """The keys of names that are always written as one word."""
    single: set[str] = set()
    apart: set[str] = set()
    for name in names:
        words = name_words(name)
        (apart if len(words) > 1 else single).add(name_key(words))
    return frozenset(single - apart)


def _lasts(names: Sequence[str]) -> dict[str, str]:
    """Last names with their one bearer; a word that is a first name too is none."""
    firsts = {name_words(name)[0] for name in names}
    bearers: dict[str, list[str]] = defaultdict(list)
    for name in names:
        words = name_words(name)
        if len(words) > 1 and len(words[-1]) >= _SHORTEST_LAST:
            bearers[words[-1]].append(name)
    return {
        word: found[0]
        for word, found in bearers.items()
        if len(found) == 1 and word not in firsts and word not in _NO_LAST_NAMES
    }
