"""Finds everything a message may have an opinion on: titles, people, other facet values, ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.facets import FacetLinker, domain_of
from bot.linking import LinkContext, TitleLinker
from bot.mentions import Mention, without_overlaps
from bot.people import PeopleLinker
from bot.plain_text import PlainText, plain_text
from bot.ranges import RangeReader
from bot.unknown_titles import songs_by, unknown_titles
from retrieval.catalog import Catalog

_LONGEST = 4000  # characters read of an earlier message
_SONG_CUE = re.compile(r"\b(?:song|track|called|titled|named|tune)\s+[\"']?$|[\"']$")
_BY_AFTER = re.compile(r"[\"']?\s+(?:by|-)\s")
_PERSON_CUE = re.compile(r"\b(?:with|by|starring|from|and|or|actor|director)\s+$")


class TargetLinker:
    """All linkers of one catalogue; `people_field` is the facet under which unknown names go."""

    def __init__(self, catalog: Catalog) -> None:
        self.domain = domain_of(catalog)
        self._titles = TitleLinker(catalog)
        self._facets = FacetLinker(catalog, self.domain)
        self._people = PeopleLinker(catalog, self.domain == "music")
        self._ranges = RangeReader(catalog.ranges)
        self.people_field = self._people.field
        self.titles_of = lru_cache(maxsize=1024)(self._titles_of)

    def _titles_of(self, text: str, careful: bool) -> tuple[Mention, ...]:
        """The catalogue's titles in an earlier message; `careful` as in LinkContext."""
        plain = plain_text(text[:_LONGEST])
        titles = self._titles.link(plain, LinkContext(careful=careful))
        both = without_overlaps([*titles, *self._people.link(plain)])
        return tuple(m for m in both if m.kind == "item" and m.rows)

    def facets_of(self, text: str) -> list[Mention]:
        """Facet values and people in an earlier message."""
        plain = plain_text(text[:_LONGEST])
        return without_overlaps([*self._facets.link(plain), *self._people.link(plain)])

    def targets(self, plain: PlainText, context: LinkContext) -> list[Mention]:
        """Everything that a message names, in order, without overlaps."""
        titles = self._titles.link(plain, context)
        people = self._people.link(plain)
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
        return without_overlaps([*linked, *unknown_titles(plain, linked, music)])


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
