"""Finds genres, languages, countries and the values of a catalogue's other facets in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from bot.lexicon import COUNTRY_NAMES, GUARDED_GENRES, PEOPLES, genre_names
from bot.mentions import Mention
from bot.ordinary import FUNCTION_WORDS, ordinary_words
from bot.people import PEOPLE_COLUMNS
from bot.plain_text import PlainText, name_key, name_words
from retrieval.catalog import Catalog

Domain = Literal["film", "music", "other"]

_NOUNS = (
    r"(?:movies?|films?|flicks?|pictures?|cinema|songs?|music|tracks?|tunes?|playlists?|"
    r"genres?|stuff|"
    r"type|kind|style|artists?|bands?|singers?|hits|beats?|albums?|shows?|books?|novels?|"
    r"stories|ones?|"
    r"comed\w+|dramas?|thrillers?|horrors?|adventures?|epics?)"
)
_AFTER_GUARDED = re.compile(rf"^[\s,/&-]*(?:and |or )?(?:\w+ )?{_NOUNS}\b")
_BEFORE_GUARDED = re.compile(
    r"(?:^|[,:/(]\s*|\b(?:some|any|no|not|more|play|into|like|likes|love|loves|enjoy|"
    r"hate|dislike|want|"
    r"prefer|of|or|and|than|less|add|genres?|mostly|usually|just|only|good|great|new|old|classic|"
    r"ha[sd]|have|with|about|bit of|except|but|without|is|an?)\s+"
    r"(?:some |really |good |great |the )*)$"
)
_ENDS = re.compile(
    r"^\s*(?:$|[.,!?;:)/&-]|and\b|or\b|but\b|please\b|with\b|from\b|that\b|for\b|instead\b|"
    r"too\b|as\b|though\b|at\b)"
)
_NOT_A_GENRE = re.compile(
    r"^[ -](?:scenes?|sequences?|in it|in them|parts?|stars?|"
    r"hero\w*|figures?|line|queen|effects?)\b"
)
_LANGUAGE_ONLY = re.compile(r"\b(?:in|speak|spoken|subtitled|dubbed)\s+(?:in )?$")
# "learning German", "the Spanish", "my French" are no wishes.
_NO_PLACE = re.compile(
    r"\b(?:my|the|his|her|their|our|you|i'm|im|is|are|he's|she's|speak|learn|learning|study|studying|"
    r"practi[sc]e|teach|taught|half|part|who(?:'s| is)?)\s+$"
)
_THING_AFTER = re.compile(r"^\s+(?:thing|horror|drama|comedy|noir|new wave|crime|action|stuff)\b")
_JOIN = re.compile(r"^\s*(?:,|/|&|-|and|or|,\s*and|,\s*or|nor|or even|and also)?\s*$")
_MUSIC_COLUMNS = {
    "artist",
    "artists",
    "album",
    "band",
    "track",
    "bpm",
    "tempo",
    "composer",
    "singer",
}
_ADJECTIVES = ("dramatic", "thrilling", "adventurous", "romantic", "comedic", "historic", "actiony")
_NO_MUSIC = re.compile(
    r"^\s+(?:stars?|scene|up|out|on|it|me|your|my|party|culture|concert|moves?|floor)\b"
)
_HIDDEN_COLUMNS = {"keywords", *PEOPLE_COLUMNS}


def domain_of(catalog: Catalog) -> Domain:
    """Whether a catalogue holds films, music or something else, from its noun and columns."""
    noun = catalog.noun.lower()
    if noun in ("track", "song", "music", "album", "tune", "recording"):
        return "music"
    if noun in ("film", "movie", "show", "series"):
        return "film"
    columns = {c.lower() for c in (*catalog.facets, *catalog.ranges)}
    if columns & _MUSIC_COLUMNS:
        return "music"
    names = genre_names()
    genre = catalog.facets.get("genre")
    known = [names[v.lower()][1] for v in (genre.counts if genre else ()) if v.lower() in names]
    if not known:
        return "other"
    if sum(known) > len(known) / 2:
        return "music"
    return "film" if len(known) > 3 or "runtime" in columns else "other"


class FacetLinker:
    """Links facet values of one catalogue, and the usual genres of its domain."""

    def __init__(self, catalog: Catalog, domain: Domain) -> None:
        self._domain = domain
        self._values: dict[str, list[tuple[str, str, bool]]] = {}
        self._fields = set(catalog.facets)
        self._add_genres(catalog)
        self._add_places(catalog)
        for field, facet in catalog.facets.items():
            if field not in _HIDDEN_COLUMNS and field != "genre":
                for value in facet.counts:
                    self._add_column_value(field, value)
        self._longest = max((len(key.split()) for key in self._values), default=1)

    def _add(self, name: str, field: str, value: str, guarded: bool) -> None:
        words = " ".join(re.findall(r"[^\W_]+", name.lower()))
        entries = self._values.setdefault(words, [])
        if words and all((field, value) != entry[:2] for entry in entries):
            entries.append((field, value, guarded))

    def _add_genres(self, catalog: Catalog) -> None:
        facet = catalog.facets.get("genre")
        own = {name_key(name_words(value)): value for value in (facet.counts if facet else ())}
        spelled: dict[str, str] = {}
        names = genre_names()
        for spelling, (canonical, _) in names.items():
            if (value := own.get(name_key(name_words(spelling)))) is not None:
                spelled.setdefault(canonical, value)
        for spelling, (canonical, music) in names.items():
            fits = self._domain == ("music" if music else "film") or canonical in spelled
            if fits or (music and canonical in spelled):
                guarded = spelling in GUARDED_GENRES
                self._add(spelling, "genre", spelled.get(canonical, canonical), guarded)
        for value in own.values():
            if value.lower() not in names:
                self._add(value, "genre", value, len(value.split()) == 1)

    def _add_places(self, catalog: Catalog) -> None:
        def own(field: str, value: str) -> str:
            facet = catalog.facets.get(field)
            folded = {v.lower(): v for v in (facet.counts if facet else ())}
            short = {
                "united states": ("usa", "us", "united states of america"),
                "united kingdom": ("uk", "great britain"),
            }
            options = (value.lower(), *short.get(value.lower(), ()))
            return next(
                (folded[o] for o in options if o in folded), value.lower() if not facet else value
            )

        for adjective, (language, country) in PEOPLES.items():
            if language and ("language" in self._fields or "country" not in self._fields):
                self._add(adjective, "language", own("language", language), True)
            else:
                self._add(adjective, "country", own("country", country), True)
        for name, country in {**{c: c for _, c in PEOPLES.values()}, **COUNTRY_NAMES}.items():
            self._add("from " + name, "country", own("country", country), False)

    def _add_column_value(self, field: str, value: str) -> None:
        if not re.search(r"[^\W\d_]", value) or len(value) < 3:
            return
        common = all(w in FUNCTION_WORDS or w in ordinary_words() for w in name_words(value))
        self._add(value, field, value, common and field in ("language", "country"))
        if not value.lower().endswith("s"):
            self._add(value + "s", field, value, False)

    def link(self, plain: PlainText) -> list[Mention]:
        """Every facet value named in the text."""
        windows = list(self._windows(plain))
        kept = [(m, g) for m, g in windows if not g or self._meant(plain, m)]
        spans = [m for m, _ in kept]
        for mention, guarded in windows:
            if guarded and mention not in spans and self._in_list(plain, mention, spans):
                spans.append(mention)
        return spans

    def _windows(self, plain: PlainText) -> Iterator[tuple[Mention, bool]]:
        pieces = [
            (m.group().lower(), m.start(), m.end())
            for m in re.finditer(r"[^\W_]+(?:'s\b)?|&", plain.lower)
        ]
        for first in range(len(pieces)):
            for last in range(min(first + self._longest + 1, len(pieces)) - 1, first - 1, -1):
                start, end = pieces[first][1], pieces[last][2]
                words = " ".join(p[0] for p in pieces[first : last + 1])
                entries = self._values.get(words) or self._values.get(words.replace("& ", ""))
                between = plain.lower[start:end]
                if entries and not re.search(r"[.,;:!?()\n]", between):
                    yield self._entry(plain, start, end, entries)
                    break

    def _entry(
        self, plain: PlainText, start: int, end: int, entries: list[tuple[str, str, bool]]
    ) -> tuple[Mention, bool]:
        field, value, guarded = entries[0]
        if field == "language" and _LANGUAGE_ONLY.search(plain.lower[:start][-20:]):
            guarded = False
        if field == "country" and plain.lower[start:end].startswith("from "):
            start += 5
        return Mention(start, end, "facet", value, field=field, sure=0.9), guarded

    def _meant(self, plain: PlainText, mention: Mention) -> bool:
        before, after = plain.lower[: mention.start][-40:], plain.lower[mention.end :][:40]
        if _NOT_A_GENRE.match(after):
            return False
        if plain.lower[mention.start : mention.end].startswith("family") and re.search(
            r"\b(?:my|our|the|his|her|whole)\s$", before
        ):
            return False
        if _AFTER_GUARDED.match(after) and not re.match(r"^\s*(?:a|the|this|that)\b", after):
            return True
        if plain.lower[mention.start : mention.end] in _ADJECTIVES:
            return False
        if mention.field in ("language", "country"):
            return bool(_ENDS.match(after) or _THING_AFTER.match(after)) and not (
                _NO_PLACE.search(before)
            )
        if self._domain == "music" and not re.search(
            r"\b(?:the|a|my|this|that|your|in|to|cross|home|whole|foreign|other)[\s-]+$", before
        ):
            return not _NO_MUSIC.match(after)
        return bool(_BEFORE_GUARDED.search(before)) and bool(_ENDS.match(after))

    def _in_list(self, plain: PlainText, mention: Mention, accepted: list[Mention]) -> bool:
        for other in accepted:
            left, right = sorted((mention, other), key=lambda m: m.start)
            gap = plain.lower[left.end : right.start]
            if other.field == mention.field and len(gap) < 12 and _JOIN.match(gap):
                return not _NOT_A_GENRE.match(plain.lower[mention.end :])
        return False
