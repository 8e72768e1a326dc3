"""Finds the people that a message names: known ones, and others by how they are introduced."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from bot.mentions import Mention
from bot.near_keys import NearKeys
from bot.ordinary import FUNCTION_WORDS, ordinary_words
from bot.plain_text import PlainText, name_key, name_words
from retrieval.catalog import Catalog

PEOPLE_COLUMNS = (
    "person", "artist", "artists", "author", "authors", "band", "singer", "performer", "composer",
    "creator", "writer",
)  # fmt: skip

_LONGEST = 5  # words of a name
_FURTHEST = 400  # words of a message in which names are looked for
_CUE = re.compile(
    r"\b(?:with|by|starring|stars|star|featuring|feat|from|of|directed by|director|actor|actress|"
    r"artists?|artiste|singer|band|bands|musicians?|like|likes|love|loves|loved|enjoy|fan of|into|"
    r"hate|stand|add|play|some|more|any|and|or|no|not|prefer|than|except|is|are|have|has|include|"
    r"including|want|hear|listen to)\W{1,3}(?:some |more |any |the |a little |songs? )*$"
)
_WORKS = re.compile(
    r"^(?:'s?)?\s+(?:\w+\s+)?(?:movies?|films?|flicks?|songs?|music|"
    r"tracks?|albums?|style|stuff|duets?)\b"
)
_UNKNOWN = re.compile(
    r"\b(?:starring|stars|directed by|films? by|movies? by|songs? by|music by|music "
    r"from|songs? from|"
    r"songs? of|tracks? by|tracks? from|something by|anything by|stuff by|artists? "
    r"like|bands? like|artists?|bands?|singers?|rappers?|"
    r"movies? with|films? with|anything with|something with|one with|actor|actress|director)\s+"
    r"((?:[A-Z][\w'.&-]*|\d+[A-Z]\w*)(?:\s+(?:[A-Z][\w'.&-]*|de|van|von|la|the|of|and the|\d+))*)"
)
_MUSIC_LOWER = re.compile(
    r"\b(?:(?:songs?|music|tracks?|tunes?|something|anything|more|some|stuff|hits) (?:by|from|of)|"
    r"(?:add|play|listen(?: to)?|throw in|put in|hear|include|request|(?:you|u) (?:have|got)|"
    r"(?:maybe|perhaps|also) (?:some|any|more))(?: me| in)?(?: any| "
    r"some| more| a little(?: bit of)?| a few)?(?: of)?|artists? like|\w+ from|"
    r"(?:stick|switch|go back) (?:to|with)|(?:let'?s|can we|could we) (?:try|have|do)(?: some)?|"
    r"bands? like|by)\s+(?=((?:[^\W_]|['.&$-])+(?: (?:[^\W_]|['.&$-])+){0,3}))"
)  # fmt: skip


_SONGS_OF = re.compile(
    r"\b(?:some|more|any|few|play|of|couple|the|into|add|got)\s+(?=((?:[^\W_]|"
    r"['.&$-])+(?: (?:[^\W_]|['.&$-])+){0,2}?)"
    r"(?:'s)?\s+(?:songs?|tracks?|tunes?|music)\b)"
)  # fmt: skip
_CAPITAL_ARTIST = re.compile(
    r"(?:\b(?:some|more|add|play|love|like|throw in|listen(?: to)?|hear|and|or|of|"
    r"prefer|mood for|from|"
    r"except|any|with|about|for|artist[^.!?]{0,40} (?:is|was))|,)\s+(?:some |of )?"
    r"(?=((?:[A-Z][\w'.&$-]*)(?:\s+(?:[A-Z][\w'.&$-]*|the|of|& [A-Z][\w'.]*))*))"
)

_AFTER_NAMES = frozenset(
    "tooo songs song music tracks track tunes playlist list too also maybe tonight "
    "similar added instead "
    "because while since though however stuff hits lately especially mostly mix "
    "sounds style".split()
)


class PeopleLinker:
    """Links the names of one catalogue's people, artists or authors."""

    def __init__(self, catalog: Catalog, music: bool) -> None:
        self._music = music
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

    def link(self, plain: PlainText, spoken: Sequence[tuple[str, str]] = ()) -> list[Mention]:
        """Every person named in the text; may overlap with titles.

        `spoken` are (field, name) of people spoken of just before: their last name names them.
        """
        last_names = {name_words(name)[-1]: (field, name) for field, name in spoken}
        found: list[Mention] = []
        words = plain.words
        for first in range(min(len(words), _FURTHEST)):
            for last in range(min(first + _LONGEST, len(words)) - 1, first - 1, -1):
                mention = self._named(plain, first, last)
                known = last_names.get(words[first].text) if first == last else None
                if not mention and known and words[first].text not in ordinary_words():
                    start, end = words[first].start, words[last].end
                    mention = Mention(start, end, "facet", known[1], field=known[0], sure=0.85)
                if mention:
                    found.append(mention)
                    break
        return found + self._unknown(plain, found)

    def _named(self, plain: PlainText, first: int, last: int) -> Mention | None:
        words = plain.words[first : last + 1]
        texts = [word.text for word in words]
        end = words[-1].end
        if texts[-1].endswith("'s"):
            texts[-1] = texts[-1][:-2]
            end -= 2
        known = self._names.get(name_key(texts))
        sure = 0.95
        if known and len(texts) == 1 and not self._alone(plain, first):
            known = None
        if not known and len(texts) == 1:
            known, sure = self._by_last_name(plain, first, texts[0]), 0.8
        if not known and 2 <= len(texts) <= 4:
            known, sure = self._misspelt(texts), 0.85
        if known is None or _crosses(plain, first, last):
            return None
        return Mention(words[0].start, end, "facet", known[1], field=known[0], sure=sure)

    def _alone(self, plain: PlainText, position: int) -> bool:
        """Whether a one-word name ("Adele", "Cher") is really meant."""
        word = plain.words[position]
        common = word.text in ordinary_words() or word.text in FUNCTION_WORDS
        cued = bool(_CUE.search(plain.lower[: word.start][-30:]))
        works = bool(_WORKS.match(plain.lower[word.end :][:24]))
        if not self._music:
            return word.capital and not common and (cued or works) and len(word.text) > 3
        if len(plain.words) == 1:
            return True
        if common:
            return word.capital and cued and not plain.text.isupper()
        listed = re.search(r",\s*$", plain.lower[: word.start]) or plain.lower[
            word.end :
        ].startswith(",")
        return cued or works or bool(listed) or len(plain.words) < 4

    def _by_last_name(self, plain: PlainText, position: int, text: str) -> tuple[str, str] | None:
        name = self._last.get(text)
        word = plain.words[position]
        if not name or text in ordinary_words() or text in FUNCTION_WORDS:
            return None
        cued = _CUE.search(plain.lower[: word.start][-30:]) and word.capital
        works = _WORKS.match(plain.lower[word.end :][:24])
        before = plain.words[position - 1] if position else None
        inside_a_name = before and before.capital and before.text not in FUNCTION_WORDS
        after = plain.words[position + 1] if position + 1 < len(plain.words) else None
        followed = after and after.capital and plain.text[word.end : after.start] == " "
        if (
            (cued or works)
            and not followed
            and not (inside_a_name and not self._sentence_start(plain, position - 1))
        ):
            return (self.field, name)
        return None

    def _sentence_start(self, plain: PlainText, position: int) -> bool:
        gap = plain.text[: plain.words[position].start].rstrip()
        return not gap or gap[-1] in ".!?"

    def _misspelt(self, texts: list[str]) -> tuple[str, str] | None:
        known = ordinary_words()
        strange = [text for text in texts if text not in known and text not in FUNCTION_WORDS]
        if not strange or any(text in FUNCTION_WORDS for text in (texts[0], texts[-1])):
            return None
        near = self._near.near(name_key(texts)) if len("".join(texts)) > 6 else None
        if near is None or near[1] < 0.85:
            return None
        field, name = self._names[near[0]]
        # The number of words must agree: "james bond" is not "James Bondi".
        return (field, name) if len(name_words(name)) == len(texts) else None

    def _nearest(self, words: tuple[str, ...]) -> tuple[str, str] | None:
        """The known name that a misspelt one in an artist's place stands for."""
        key = name_key(words)
        near = self._near.near(key) if len(key) > 6 else None
        return self._names[near[0]] if near and near[1] >= 0.85 else None

    def _unknown(self, plain: PlainText, known: list[Mention]) -> list[Mention]:
        patterns = [(_UNKNOWN, plain.text)]
        if self._music:
            patterns += [(_MUSIC_LOWER, plain.lower), (_SONGS_OF, plain.lower)]
            if not plain.text.isupper():
                patterns.append((_CAPITAL_ARTIST, plain.text))
        found: list[Mention] = []
        for pattern, text in patterns:
            for match in pattern.finditer(text):
                start, end = match.start(1), _name_end(plain, match.start(1), match.end(1))
                taken = any(m.start < end and start < m.end for m in known + found)
                if end - start > 2 and not taken:
                    name = plain.text[start:end]
                    if near := self._nearest(name_words(name)):
                        found.append(
                            Mention(start, end, "facet", near[1], field=near[0], sure=0.75)
                        )
                        continue
                    found.append(
                        Mention(start, end, "facet", name.lower(), field=self.field, sure=0.6)
                    )
        return found


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


def _name_end(plain: PlainText, start: int, end: int) -> int:
    """Cut a run of words where ordinary talk goes on ("add adele please")."""
    common = ordinary_words()
    if sentence := re.search(r"(?<=\w\w)[.!?]\s", plain.text[start:end]):
        end = start + sentence.start()
    stop = start
    for word in plain.words:
        if word.start < start or word.start >= end:
            continue
        ordinary = word.text in FUNCTION_WORDS or word.text in _AFTER_NAMES
        ordinary = ordinary or word.text.startswith("i'")
        if stop == start:
            ordinary = ordinary or (word.text in common and not word.capital)
        if ordinary and not (word.capital and stop > start):
            break
        stop = word.end
        if word.text.endswith("'s"):
            return stop - 2
    return min(stop, end)
