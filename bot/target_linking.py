"""Finds everything a message may have an opinion on: titles, people, other facet values, ranges."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

from bot.facet_linking import FacetLinker, domain_of
from bot.linking import LinkContext, TitleLinker
from bot.mentions import Mention, without_overlaps
from bot.ordinary import is_ordinary
from bot.people import PeopleLinker
from bot.person_references import person_references
from bot.plain_text import PlainText, name_words, plain_text
from bot.ranges import RangeReader
from bot.unknown_titles import songs_by, unknown_titles
from retrieval.catalog import Catalog

_BARE = 4  # words of a name that stands alone
_LONGEST = 4000  # characters read of an earlier message
_SONG_CUE = re.compile(r"\b(?:song|track|called|titled|named|tune)\s+[\"']?$|[\"']$")
_BY_AFTER = re.compile(r"[\"']?\s+(?:by|-)\s")
_CHOSEN = re.compile(
    r"\W*(?:$|it is\b|is\b|was\b|looks?\b|sounds?\b|please\b|pls\b|yes\b|no\b|then\b|i (?:\w+ )?"
    r"(?:lov|lik|hat|enjoy|respect|read|start))"
)
_OPENS = re.compile(r"(?:^|[.!?,;]\s*|\b(?:the|and|but|ok|okay|add|yes|no|take|pick|play)\s+)$")
_PERSON_CUE = re.compile(r"\b(?:with|by|starring|from|and|or|actor|director)\s+$")


class TargetLinker:
    """All linkers of one catalogue; `people_field` is the facet under which unknown names go."""

    def __init__(self, catalog: Catalog, today: Callable[[], date] = date.today) -> None:
        self._catalog = catalog
        self.domain = domain_of(catalog)
        self._titles = TitleLinker(catalog)
        self.series = self._titles.series
        self._facets = FacetLinker(catalog, self.domain)
        self._people = PeopleLinker(catalog, self.domain)
        self._ranges = RangeReader(catalog.ranges, today)
        self.people_field = self._people.field
        self.titles_of = lru_cache(maxsize=1024)(self._titles_of)
        self.facets_of = lru_cache(maxsize=1024)(self._facets_of)

    def _titles_of(self, text: str, careful: bool) -> tuple[Mention, ...]:
        """The catalogue's titles in an earlier message; `careful` as in LinkContext."""
        plain = plain_text(text[:_LONGEST])
        titles = self._titles.link(plain, LinkContext(careful=careful))
        both = without_overlaps([*titles, *self._people.link(plain)])
        return tuple(m for m in both if m.kind == "item" and m.rows)

    def _facets_of(self, text: str) -> tuple[Mention, ...]:
        """Facet values and people in an earlier message."""
        plain = plain_text(text[:_LONGEST])
        return tuple(without_overlaps([*self._facets.link(plain), *self._people.link(plain)]))

    def _shortened(
        self, plain: PlainText, taken: Sequence[Mention], context: LinkContext
    ) -> list[Mention]:
        """Titles just put forward, called by a word of theirs: "les mis", "sisters it is"."""
        said = {m.rows[0] for m in taken if m.kind == "item" and m.rows}
        titles = [(row, self._catalog.items[row].title) for row in context.offered]
        words = _unique_words(titles)
        found: list[Mention] = []
        for word in plain.words:
            row = words.get(word.text)
            start, end = word.start, word.end
            if row is None or row in said or _overlaps(Mention(start, end, "item"), taken):
                continue
            common = is_ordinary(word.text)
            chosen = _CHOSEN.match(plain.lower[end:]) and _OPENS.search(plain.lower[:start])
            if not common or chosen:
                lead = re.search(r"\b(?:the|a|les|la|le|el)\s+$", plain.lower[:start])
                start = lead.start() if lead else start
                title = self._catalog.items[row].title
                found.append(Mention(start, end, "item", title, (row,), sure=0.8))
                said.add(row)
        return found

    def targets(self, plain: PlainText, context: LinkContext) -> list[Mention]:
        """Everything that a message names, in order, without overlaps."""
        titles = self._titles.link(plain, context)
        people = self._people.link(plain, context.people, context.artist_expected)
        music = self.domain == "music"
        if music:
            songs = songs_by(plain, [*titles, *(p for p in people if p.sure > 0.9)])
            people = [p for p in people if p.sure > 0.9 or not _overlaps(p, songs)]
            titles += songs
        facets = self._facets.link(plain)
        titles = [t for t in titles if not _is_value(plain, t, facets, context)]
        others = [*facets, *self._ranges.read(plain)]
        people = [p for p in people if p.sure > 0.6 or not _overlaps(p, others)]
        names = {m.start: m for m in people if m.sure > 0.9}
        titles = [t for t in titles if not _is_name(plain, t, names)]
        if music:
            titles = [t for t in titles if not _is_artist(plain, t, people)]
        linked = without_overlaps([*titles, *people, *others])
        if music and context.artist_expected and not linked:
            linked = _bare_names(plain, self.people_field)
        linked = without_overlaps([*linked, *self._shortened(plain, linked, context)])
        linked = without_overlaps([*linked, *unknown_titles(plain, linked, music)])
        pointed = person_references(plain, linked, self.people_field, context.person)
        return without_overlaps([*linked, *pointed])


def _bare_names(plain: PlainText, field: str) -> list[Mention]:
    """Names that answer "which artist?" with nothing around them: "kilo ali"."""
    if len(plain.words) > _BARE or any(is_ordinary(w.text) for w in plain.words):
        return []
    start, end = (plain.words[0].start, plain.words[-1].end) if plain.words else (0, 0)
    name = plain.lower[start:end]
    return [Mention(start, end, "facet", name, field=field, sure=0.6)] if len(name) > 2 else []


def _unique_words(titles: Sequence[tuple[int, str]]) -> dict[str, int]:
    """Telling words that one title alone has, among those put forward."""
    rows: dict[str, set[int]] = {}
    for row, title in titles:
        for word in name_words(title):
            rows.setdefault(word, set()).add(row)
    return {w: min(r) for w, r in rows.items() if len(r) == 1 and len(w) > 3}


def _overlaps(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(m.start < mention.end and mention.start < m.end for m in others)


def _is_value(
    plain: PlainText, title: Mention, facets: Sequence[Mention], context: LinkContext
) -> bool:
    """Whether a title is really the genre or language of that name ("I like comedy")."""
    same = any(m.start == title.start and m.end == title.end for m in facets)
    inside = plain.text[title.start].isupper() and title.start > 0
    return same and not inside and not context.rows.intersection(title.rows)


def _is_artist(plain: PlainText, title: Mention, people: Sequence[Mention]) -> bool:
    """Whether a song's title is rather the artist of that name ("some Black Sabbath")."""
    same = any(p.start <= title.start and title.end <= p.end and p.sure > 0.9 for p in people)
    song = _SONG_CUE.search(plain.lower[: title.start]) or _BY_AFTER.match(
        plain.lower[title.end :][:8]
    )
    return same and not song


def _is_name(plain: PlainText, title: Mention, names: dict[int, Mention]) -> bool:
    """Whether a title is really the person of that name."""
    name = names.get(title.start)
    if name is None or name.end < title.end:
        return False
    lead = _PERSON_CUE.search(plain.lower[: title.start])
    return bool(lead) or ":" in title.value or title.sure < 1
