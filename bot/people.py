"""Finds the people that a message names: known ones, and others by how they are introduced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.introduced_people import introduced_spans
from bot.known_people import known_people
from bot.mentions import Mention
from bot.near_keys import NearKeys
from bot.ordinary import FUNCTION_WORDS, is_ordinary
from bot.person_evidence import CUE, WORKS, alone, inside_a_name, settled
from bot.plain_text import PlainText, name_key, name_words
from retrieval.catalog import Catalog

PEOPLE_COLUMNS = (
    "person", "artist", "artists", "author", "authors", "band", "singer", "performer", "composer",
    "creator", "writer",
)  # fmt: skip

_LONGEST = 5  # words of a name, but for a few that are known to be longer
_LONGEST_KNOWN = 9
_FURTHEST = 400  # words of a message in which names are looked for
_DOUBTFUL = 0.9  # how sure a name is that is an ordinary word too


class PeopleLinker:
    """Links the names of one catalogue's people, artists or authors, and well-known ones.

    `domain` ("film", "music" or other) picks the well-known people; the catalogue's own spelling
    and field win.
    """

    def __init__(self, catalog: Catalog, domain: str) -> None:
        self._music = domain == "music"
        self._known = known_people(domain)
        self.field = next((c for c in PEOPLE_COLUMNS if c in catalog.facets), "person")
        self._names: dict[str, tuple[str, str]] = {}
        last: dict[str, dict[str, int]] = defaultdict(dict)
        for field in reversed(PEOPLE_COLUMNS):
            facet = catalog.facets.get(field)
            for name, count in reversed(list(facet.counts.items())) if facet else ():
                words = name_words(name)
                if len("".join(words)) > 1:
                    self._names[name_key(words)] = (field, name)
                if len(words) > 1 and len(words[-1]) > 3:
                    last[words[-1]][name] = count
        self._last = {word: best for word, names in last.items() if (best := _dominant(names))}
        self._near = NearKeys(key for key in self._names if len(key) > 6)

    def link(
        self, plain: PlainText, spoken: Sequence[tuple[str, str]] = (), asked: bool = False
    ) -> list[Mention]:
        """Every person named in the text; may overlap with titles.

        `spoken` are (field, name) of people spoken of just before: their first or last name names
        them. `asked` says that an artist was just asked for.
        """
        called = _calling_names(spoken)
        found: list[Mention] = []
        doubtful: list[Mention] = []
        for first in range(min(len(plain.words), _FURTHEST)):
            mention = self._longest_at(plain, first, called)
            if mention and mention.sure == _DOUBTFUL:
                doubtful.append(mention)
            elif mention:
                found.append(mention)
        found += settled(plain, found, doubtful, asked)
        return found + self._introduced(plain, found)

    def _longest_at(
        self, plain: PlainText, first: int, called: dict[str, tuple[str, str]]
    ) -> Mention | None:
        words = plain.words
        longest = _LONGEST_KNOWN if words[first].text in self._known.long else _LONGEST
        for last in range(min(first + longest, len(words)) - 1, first - 1, -1):
            if mention := self._named(plain, first, last):
                return mention
        text = words[first].text.removesuffix("'s")
        known = called.get(text)
        if known is None or is_ordinary(text) or inside_a_name(plain, first):
            return None
        start = words[first].start
        return Mention(start, start + len(text), "facet", known[1], field=known[0], sure=0.85)

    def _named(self, plain: PlainText, first: int, last: int) -> Mention | None:
        words = plain.words[first : last + 1]
        texts = [word.text for word in words]
        end = words[-1].end
        if texts[-1].endswith("'s"):
            texts[-1] = texts[-1][:-2]
            end -= 2
        found = self._of_catalog(plain, first, texts) or self._well_known(plain, first, texts)
        if not found and 2 <= len(texts) <= _LONGEST:
            found = self._misspelt(texts)
        if found is None or _crosses(plain, first, last):
            return None
        field, name, sure = found
        return Mention(words[0].start, end, "facet", name, field=field, sure=sure)

    def _of_catalog(
        self, plain: PlainText, first: int, texts: list[str]
    ) -> tuple[str, str, float] | None:
        """The catalogue's person of exactly this name, or the one that a last name means."""
        key = name_key(texts)
        found = self._names.get(key)
        if found and (
            len(texts) > 1 or (key not in self._known.doubtful and alone(plain, first, self._music))
        ):
            return (*found, 0.95)
        if len(texts) == 1 and key not in self._known.names:
            name = self._last.get(texts[0]) or self._known.lasts.get(texts[0])
            if name and self._last_name_cued(plain, first):
                return (*self._resolved(name), 0.8)
        return None

    def _well_known(
        self, plain: PlainText, first: int, texts: list[str]
    ) -> tuple[str, str, float] | None:
        name = self._known.named(texts)
        if name is None:
            return None
        if len(texts) == 1 and inside_a_name(plain, first) and not self._before_name(plain, first):
            return None
        sure = _DOUBTFUL if name_key(texts) in self._known.doubtful else 0.92
        return (*self._resolved(name), sure)

    def _before_name(self, plain: PlainText, position: int) -> bool:
        """Whether the next words are another name of two or three: "SZA Jhene Aiko"."""
        texts = [word.text for word in plain.words[position + 1 : position + 4]]
        keys = (name_key(texts[:count]) for count in (2, 3) if len(texts) >= count)
        return any(key in self._known.names or key in self._names for key in keys)

    def _resolved(self, name: str) -> tuple[str, str]:
        """The field and spelling of a full name: the catalogue's, where it has the person."""
        return self._names.get(name_key(name_words(name)), (self.field, name))

    def _last_name_cued(self, plain: PlainText, position: int) -> bool:
        word = plain.words[position]
        if is_ordinary(word.text) or inside_a_name(plain, position):
            return False
        cued = CUE.search(plain.lower[: word.start][-30:]) and word.capital
        return bool(cued or WORKS.match(plain.lower[word.end :][:24]))

    def _misspelt(self, texts: list[str]) -> tuple[str, str, float] | None:
        if all(map(is_ordinary, texts)) or texts[-1] in FUNCTION_WORDS:
            return None
        near = self._nearest(tuple(texts))
        # "will ferrel": a first word that is so ordinary has to be right.
        if near is None or (texts[0] in FUNCTION_WORDS and name_words(near[1])[0] != texts[0]):
            return None
        return (*near, 0.85)

    def _nearest(self, words: tuple[str, ...]) -> tuple[str, str] | None:
        """The known person that a misspelt name stands for."""
        key = name_key(words)
        near = self._near.near(key) if len(key) > 6 else None
        # The number of words must agree: "james bond" is not "James Bondi".
        if near and near[1] >= 0.85:
            field, name = self._names[near[0]]
            if len(name_words(name)) == len(words):
                return field, name
        known = self._known.near(words, 0.85) if len(key) > 6 else None
        if len(words) == 1 and not known and words[0].endswith("s"):
            known = self._known.named([words[0][:-1]])  # "some of ushers"
        return self._resolved(known) if known else None

    def _introduced(self, plain: PlainText, known: list[Mention]) -> list[Mention]:
        found: list[Mention] = []
        for start, end in introduced_spans(plain, self._music):
            taken = any(m.start < end and start < m.end for m in known + found)
            if end - start <= 2 or taken:
                continue
            name = plain.text[start:end]
            near = self._nearest(name_words(name))
            field, value = near or (self.field, name.lower())
            sure = 0.75 if near else 0.6
            found.append(Mention(start, end, "facet", value, field=field, sure=sure))
        return found


def _calling_names(spoken: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """First and last names of people spoken of, where one of them alone bears it."""
    bearers: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for field, name in spoken:
        words = name_words(name)
        for word in {words[0], words[-1]}:
            if len(word) > 2:
                bearers[word].add((field, name))
    return {word: min(found) for word, found in bearers.items() if len(found) == 1}


def _dominant(names: dict[str, int]) -> str | None:
    """The one person that a last name means: alone, or twice as frequent as the next."""
    ranked = sorted(names.items(), key=lambda pair: -pair[1])
    if len(ranked) > 1 and ranked[0][1] < 2 * ranked[1][1]:
        return None
    return ranked[0][0]


def _crosses(plain: PlainText, first: int, last: int) -> bool:
    gaps = (
        plain.text[a.end : b.start]
        for a, b in zip(plain.words[first:last], plain.words[first + 1 : last + 1], strict=True)
    )
    return any(
        character in ",!?;:()\n" or (gap.startswith(". ") and len(gap) > 2)
        for gap in gaps
        for character in gap
    )
