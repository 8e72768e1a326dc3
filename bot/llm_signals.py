"""Turns what a language model told into signals: each held to the message and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.llm_answer import Told, ToldFacet, ToldItem, ToldRange, ToldText
from bot.mentions import Mention
from bot.plain_text import PlainText, name_key, name_words, plain_text
from bot.ranges import complement
from bot.signal_building import latest
from bot.target_linking import TargetLinker
from bot.understanding import Request
from bot.understanding_prompt import facet_fields
from retrieval.catalog import Catalog
from retrieval.facets import GENRE_SPELLINGS
from retrieval.signals import Signal, normalise

_LOOK_BACK = 6  # earlier messages whose titles may be meant
_PHRASE = 6  # words
_EMPTY = frozenset("a an the and or of in on to is it i you for with at that this be".split())
_COUNTED = re.compile(
    r"\d|\b(?:hours?|hundred|ten|(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y|ies))\b"
)


class SignalGrounder:
    """Holds told signals to the words of a message and to one catalogue."""

    def __init__(self, catalog: Catalog, linker: TargetLinker) -> None:
        self._catalog = catalog
        self._linker = linker
        self._fields = facet_fields(catalog)
        self._rows: dict[str, int] = {}
        for row, item in enumerate(catalog.items):
            for name in (item.title, f"{item.title} {item.year}", *item.aliases):
                self._rows.setdefault(name_key(name_words(name)), row)
        self._values = {
            (field, normalise(value)): value
            for field in self._fields
            for value in (catalog.facets[field].counts if field in catalog.facets else ())
        }

    def signals(
        self, told: Iterable[Told], plain: PlainText, request: Request
    ) -> tuple[Signal, ...]:
        """The signals that hold; one whose evidence is no part of the message is dropped.

        `plain` is the message without what the guard has blanked.
        """
        known = self._known(request)
        found = [self._signal(one, plain, known) for one in told]
        return latest(s for s in found if s is not None and (s.signed or s.seen is not None))

    def _known(self, request: Request) -> frozenset[int]:
        """The rows that a message may mean without naming them."""
        ids = [i for i in (*request.shown, *request.named) if i in self._catalog]
        earlier = request.messages[:-1][-_LOOK_BACK:]
        said = [
            m.rows[0] for message in earlier for m in self._linker.titles_of(message.text, True)
        ]
        return frozenset([*map(self._catalog.row, ids), *said])

    def _signal(self, told: Told, plain: PlainText, known: frozenset[int]) -> Signal | None:
        span = _found(told.evidence, plain)
        if span is None:
            return None
        common = Signal(
            told.kind,
            round(told.polarity, 2) + 0.0,
            round(told.confidence, 2),
            scope=told.scope,
            hard=told.hard,
            evidence=plain.evidence(*span),
        )
        if isinstance(told, ToldItem):
            return self._item(told, common, plain, known)
        if isinstance(told, ToldFacet):
            return self._facet(told, common, plain)
        if isinstance(told, ToldRange):
            return self._range(told, common)
        return _text(told, common, plain)

    def _item(
        self, told: ToldItem, common: Signal, plain: PlainText, known: frozenset[int]
    ) -> Signal | None:
        """A title that the message names, or one under discussion."""
        words = name_words(told.title)
        row = self._row(told.title, known)
        said = bool(words) and name_key(words) in name_key(name_words(plain.text))
        if row is None:
            title = told.title.strip()
            return replace(common, title=title, seen=told.seen) if said else None
        if not said and row not in known and row not in self._rows_in(plain):
            return None
        item = self._catalog.items[row]
        return replace(common, title=item.title, item_id=item.item_id, seen=told.seen)

    def _row(self, title: str, known: frozenset[int]) -> int | None:
        key = name_key(name_words(title))
        alike = [r for r in known if name_key(name_words(self._catalog.items[r].title)) == key]
        if alike or key in self._rows:
            return alike[0] if alike else self._rows[key]
        linked = self._linker.titles_of(title, False)
        return linked[0].rows[0] if linked else None

    def _rows_in(self, plain: PlainText) -> frozenset[int]:
        return frozenset(r for m in self._linker.titles_of(plain.text, False) for r in m.rows)

    def _facet(self, told: ToldFacet, common: Signal, plain: PlainText) -> Signal | None:
        """A value in the catalogue's spelling; one that it lacks must be the message's word."""
        if told.field not in self._fields:
            return None
        people = (self._linker.people_field, "person")
        field = self._linker.people_field if told.field in people else told.field
        folded = normalise(told.value)
        for name in (folded, GENRE_SPELLINGS.get(folded, folded)):
            if (field, name) in self._values:
                return replace(common, field=field, value=self._values[field, name])
        for mention in self._linker.facets_of(told.value):
            if mention.field == field:
                return replace(common, field=field, value=mention.value)
        if not _shares_words(told.value, plain):
            return None
        return replace(common, field=field, value=told.value.strip().lower())

    def _range(self, told: ToldRange, common: Signal) -> Signal | None:
        """Bounds on a column of the catalogue; a refused half-open range is its complement."""
        low, high = told.min, told.max
        empty = low is None and high is None
        crossed = low is not None and high is not None and low > high
        if told.field not in self._catalog.ranges or empty or crossed:
            return None
        if not _COUNTED.search(common.evidence.lower()):
            return None
        if common.polarity < 0:
            wanted = complement(Mention(0, 0, "range", field=told.field, low=low, high=high))
            if wanted is not None:
                low, high = wanted.low, wanted.high
                common = replace(common, polarity=-common.polarity)
        return replace(common, field=told.field, min=low, max=high)


def _text(told: ToldText, common: Signal, plain: PlainText) -> Signal | None:
    """A quality in the message's words; a whole sentence is none."""
    value = told.value.strip(" .,;:!?\"'").lower()
    phrase = len(value.split()) <= _PHRASE and _shares_words(value, plain)
    return replace(common, value=value) if phrase else None


def _shares_words(value: str, plain: PlainText) -> bool:
    """Whether a word that carries meaning stands in both."""
    said = {word.text for word in plain.words}
    return any(w.text in said and w.text not in _EMPTY for w in plain_text(value).words)


def _found(evidence: str, plain: PlainText) -> tuple[int, int] | None:
    """Where the words of an evidence stand in the message, whatever is between them."""
    wanted = [word.text for word in plain_text(evidence).words]
    said = [word.text for word in plain.words]
    for first in range(len(said) - len(wanted) + 1) if wanted else ():
        if said[first : first + len(wanted)] == wanted:
            return plain.words[first].start, plain.words[first + len(wanted) - 1].end
    return None
