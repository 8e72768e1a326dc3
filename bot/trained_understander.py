"""The default understander: entity linking and stance without any call to a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from bot.answers import answered, following_verdicts, implied_stance
from bot.chinese import ChineseReader
from bot.conversation import Background, background
from bot.facets import FacetLinker, domain_of
from bot.guard import own_words
from bot.intents import Reading, intents_of, is_attack, says_feedback
from bot.languages import language_of
from bot.linking import LinkContext, TitleLinker
from bot.masking import Masked, mask
from bot.mentions import Mention, without_overlaps
from bot.people import PeopleLinker
from bot.phrases import as_artist, phrases
from bot.plain_text import PlainText, plain_text
from bot.ranges import RangeReader
from bot.references import described, references
from bot.requests import asked_column, asked_in_chinese, forgotten, lifted, wants_again
from bot.signal_building import build_signal, is_hard, latest, query_of, scope_of
from bot.stance import RuleStance, Stance, StanceReader, clause_kind
from bot.text_stance import text_stance
from bot.unknown_titles import songs_by, unknown_titles
from bot.understanding import Request, Understanding
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.signals import Signal

_LONGEST = 4000  # characters read of a message
_SENTENCE = 200  # characters on either side in which a sentence's scope is looked for
_WALL = 12  # more titles than this without an opinion are a pasted list
_IRONY = re.compile(
    r"\b(?:yeah,? right|oh,? great|oh,? joy|oh,? wonderful|just what i needed|as if|"
    r"thanks for nothing|how original|what a surprise|because (?:we|i) (?:all )?(?:really "
    r")?(?:need|love|enjoy) (?:\w+ )*(?:another|more|sitting|being|watching)|sure,? "
    r"because|wow,? (?:so|how) |big surprise|lucky me|said no one ever|/s\b)|🙄"
)


_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|oh|well|yes|no)\W+)*(?:who|what(?! an? )|when|where|which|how|is|does|did|are there|have you|do you|did you)\b"
)


@dataclass(frozen=True, slots=True)
class _Opinion:
    mention: Mention
    stance: Stance
    clause: str
    sentence: str
    seen: bool | None = None


class TrainedUnderstander:
    """Understands messages about one catalogue; satisfies Understander.

    `stance_reader` decides the opinion on each mention; the rules do so by default.
    """

    name = "trained"

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder | None = None,
        weights: Path | None = None,
        stance_reader: StanceReader | None = None,
    ) -> None:
        self._catalog = catalog
        self._domain = domain_of(catalog)
        self._titles = TitleLinker(catalog)
        self._facets = FacetLinker(catalog, self._domain)
        self._people = PeopleLinker(catalog, self._domain == "music")
        self._ranges = RangeReader(catalog.ranges)
        self._chinese = ChineseReader(catalog)
        self._stance = stance_reader or RuleStance()
        self._titles_of = lru_cache(maxsize=1024)(self._link_titles)

    def understand(self, request: Request) -> Understanding:
        """Read the last message; any text gives an answer, an unreadable one the intent other."""
        text = request.messages[-1].text[:_LONGEST] if request.messages else ""
        language = language_of(text)
        if language == "other":
            return Understanding(("other",), language="other")
        plain = plain_text(own_words(text))
        known = background(request, self._titles_of, self._row)
        if language == "zh":
            return self._in_chinese(plain, known)
        named = self._named(plain, known)
        named = without_overlaps([*named, *self._referred(plain, named, known)])
        masked = mask(plain, named)
        opinions = [*self._on_named(plain, masked, known), *self._on_phrases(plain, named, known)]
        opinions += self._unnamed(plain, known, opinions)
        signals = latest(s for opinion in opinions for s in self._signals(plain, opinion))
        return self._answer(text, plain, masked, known, named, signals)

    def _in_chinese(self, plain: PlainText, known: Background) -> Understanding:
        latin = [m for m in self._named(plain, known) if m.kind == "item" or m.field == "person"]
        reading = self._chinese.read(plain, known.discourse, latin)
        opinions = [_Opinion(m, s, "", plain.lower, seen) for m, s, seen in reading.opinions]
        signals = latest(s for opinion in opinions for s in self._signals(plain, opinion))
        rows = [row for m, _, _ in reading.opinions for row in (m.rows if m.plural else m.rows[:1])]
        current = known.discourse.current
        subject = rows or ([current] if current is not None else [])
        asking = bool({"question", "why"} & set(reading.intents))
        return Understanding(
            intents=reading.intents,
            signals=signals,
            query=query_of([s for s in signals if s.polarity > 0], ()),
            mentioned=tuple(dict.fromkeys(self._catalog.items[row].item_id for row in rows)),
            subject=tuple(self._catalog.items[row].item_id for row in subject) if asking else (),
            asked=asked_in_chinese(plain.lower) if asking else None,
            language="zh",
        )

    def _row(self, item_id: str) -> int | None:
        return self._catalog.row(item_id) if item_id in self._catalog else None

    def _link_titles(self, text: str, careful: bool) -> tuple[Mention, ...]:
        plain = plain_text(text[:_LONGEST])
        people = self._people.link(plain)
        titles = self._titles.link(plain, LinkContext(careful=careful))
        both = without_overlaps([*titles, *people])
        return tuple(m for m in both if m.kind == "item" and m.rows)

    def _named(self, plain: PlainText, known: Background) -> list[Mention]:
        spoken = {*known.discourse.slate, *known.discourse.fresh}
        if known.discourse.current is not None:
            spoken.add(known.discourse.current)
        context = LinkContext(frozenset(spoken), known.title_expected)
        titles = self._titles.link(plain, context)
        people = self._people.link(plain)
        if self._domain == "music":
            songs = songs_by(plain, [*titles, *(p for p in people if p.sure > 0.9)])
            people = [p for p in people if p.sure > 0.9 or not _overlaps(p, songs)]
            titles += songs
        names = {m.start: m for m in people if m.sure > 0.9}
        titles = [t for t in titles if not _is_name(plain, t, names)]
        linked = without_overlaps(
            [*titles, *people, *self._facets.link(plain), *self._ranges.read(plain)]
        )
        music = self._domain == "music"
        return without_overlaps([*linked, *unknown_titles(plain, linked, music)])

    def _referred(self, plain: PlainText, named: list[Mention], known: Background) -> list[Mention]:
        facets = [m for m in named if m.kind in ("facet", "range")]
        pointed = described(plain, facets, known.discourse, self._catalog.items)
        return [*pointed, *references(plain, [*named, *pointed], known.discourse)]

    def _on_named(self, plain: PlainText, masked: Masked, known: Background) -> list[_Opinion]:
        wall = sum(m.kind == "item" and not m.pronoun for m in masked.at.values()) > _WALL
        ironic = bool(_IRONY.search(plain.lower))
        opinions = []
        for position, mention in masked.at.items():
            stance = self._stance.stance(masked, position, known.expected)
            if wall and not stance.explicit:
                stance = Stance(0.0)
            stance = _meant(stance, ironic)
            opinions.append(_opinion(masked, position, mention, stance))
        return opinions

    def _on_phrases(
        self, plain: PlainText, named: list[Mention], known: Background
    ) -> list[_Opinion]:
        found = phrases(plain, named, known.explaining)
        if self._domain == "music":
            found = [as_artist(m, self._people.field) for m in found]
        if not found:
            return []
        masked = mask(plain, without_overlaps([*named, *found]))
        ironic = bool(_IRONY.search(plain.lower))
        return [
            _opinion(
                masked,
                position,
                mention,
                _meant(text_stance(masked, position, known.expected), ironic),
            )
            for position, mention in masked.at.items()
            if mention in found
        ]

    def _unnamed(
        self, plain: PlainText, known: Background, said: Sequence[_Opinion]
    ) -> list[_Opinion]:
        """Opinions without a target of their own: answers, "sounds good", "not interested"."""
        asked_about = self._asked_about(known)
        found = [
            _Opinion(mention, stance, "", plain.lower, seen)
            for mention, stance, seen in answered(plain, known, asked_about)
            if not any(_same(mention, other) for other in said)
        ]
        for mention, stance in following_verdicts(plain, [o.mention for o in said]):
            found.append(_Opinion(mention, stance, "", plain.lower))
            said = [*said, found[-1]]
        current = known.discourse.fresh[0] if known.discourse.fresh else None
        spoken_of = any(o.mention.kind == "item" and abs(o.stance.polarity) > 0.15 for o in said)
        if current is not None and not spoken_of:
            stance = implied_stance(plain, known)
            if stance.polarity:
                rows = (current,)
                mention = Mention(stance.start, stance.end, "item", rows=rows, pronoun=True)
                found = [o for o in found if o.mention.kind != "item"]
                found.append(_Opinion(mention, stance, "", plain.lower))
        return found

    def _asked_about(self, known: Background) -> list[Mention]:
        plain = plain_text(known.question)
        if not known.question:
            return []
        asked = [m.rows[0] for m in self._titles_of(known.question, True)]
        items = [
            Mention(0, 0, "item", self._catalog.items[row].title, (row,))
            for row in asked or known.discourse.fresh
        ]
        if known.asks == "seen":
            return items
        facets = without_overlaps([*self._facets.link(plain), *self._people.link(plain)])
        return facets or items[:1]

    def _signals(self, plain: PlainText, opinion: _Opinion) -> list[Signal]:
        mention, stance = opinion.mention, opinion.stance
        if abs(stance.polarity) <= 0.15 and opinion.seen is None:
            return []
        rows: Sequence[int | None] = mention.rows[:1] or (None,)
        if mention.plural:
            rows = mention.rows
        signals = [build_signal(self._catalog, plain, mention, stance, row) for row in rows]
        scope = scope_of(opinion.sentence)
        hard = is_hard(opinion.clause, stance.polarity)
        seen = opinion.seen
        return [
            replace(s, scope=scope, hard=hard, seen=seen if s.kind == "item" else None)
            for s in signals
            if s.signed or (s.kind == "item" and seen is not None)
        ]

    def _answer(
        self,
        text: str,
        plain: PlainText,
        masked: Masked,
        known: Background,
        named: list[Mention],
        signals: tuple[Signal, ...],
    ) -> Understanding:
        items = self._catalog.items
        forget, forget_all = forgotten(plain, named, self._catalog)
        if forget or forget_all:
            signals = ()
        suggested = {items[row].item_id for row in (*known.discourse.fresh, *known.discourse.slate)}
        signed = [s for s in signals if s.signed]
        on_suggested = [s.kind == "item" and s.item_id in suggested for s in signed]
        describing = says_feedback(masked.text)
        reading = Reading(
            masked.text,
            "?" in text or bool(_ASKS.match(text.lower())),
            [
                s.polarity
                for s, on in zip(signed, on_suggested, strict=True)
                if not on and (s.kind != "text" or not describing)
            ],
            [s.polarity for s, on in zip(signed, on_suggested, strict=True) if on],
            known.requested_before,
            known.suggested_before,
        )
        intents = ("other",) if is_attack(text.lower()) and not signed else intents_of(reading)
        mentioned = [row for m in named for row in (m.rows if m.plural else m.rows[:1])]
        subject = self._subject(masked, known, intents)
        return Understanding(
            intents=intents,
            signals=signals,
            query=query_of(
                [s for s in signed if s.polarity > 0], _wanted_spans(masked, plain, signals)
            ),
            mentioned=tuple(dict.fromkeys(items[row].item_id for row in mentioned)),
            unknown_titles=tuple(m.value for m in named if m.kind == "item" and not m.rows),
            subject=tuple(items[row].item_id for row in subject),
            asked=asked_column(plain.lower) if subject or "question" in intents else None,
            dropped=lifted(plain.lower),
            forget=forget,
            forget_all=forget_all,
            again=wants_again(plain.lower),
            language="en",
        )

    def _subject(
        self, masked: Masked, known: Background, intents: Sequence[str]
    ) -> tuple[int, ...]:
        """The items that a question or a why is about: those it names, else the one discussed."""
        if not {"question", "why"} & set(intents):
            return ()
        asked = [
            row
            for position, m in masked.at.items()
            if m.kind == "item" and (masked.clause_of(position).question or "why" in intents)
            for row in (m.rows if m.plural else m.rows[:1])
        ]
        current = known.discourse.current
        return tuple(dict.fromkeys(asked)) or ((current,) if current is not None else ())


def _meant(stance: Stance, ironic: bool) -> Stance:
    """Irony: praise is meant as blame, with little confidence."""
    if not ironic or stance.polarity <= 0:
        return stance
    return replace(stance, polarity=-0.6 * stance.polarity, confidence=0.35)


def _overlaps(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(m.start < mention.end and mention.start < m.end for m in others)


def _is_name(plain: PlainText, title: Mention, names: dict[int, Mention]) -> bool:
    """Whether a title is really the person of that name."""
    name = names.get(title.start)
    if name is None or name.end < title.end:
        return False
    lead = re.search(
        r"\b(?:with|by|starring|from|and|or|actor|director)\s+$", plain.lower[: title.start]
    )
    return bool(lead) or ":" in title.value or title.sure < 1


def _same(mention: Mention, opinion: _Opinion) -> bool:
    other = opinion.mention
    if abs(opinion.stance.polarity) <= 0.15 or mention.kind != other.kind:
        return False
    if mention.kind == "item":
        return bool(set(mention.rows) & set(other.rows)) or other.pronoun
    return mention.value == other.value


def _opinion(masked: Masked, position: int, mention: Mention, stance: Stance) -> _Opinion:
    clause = masked.clause_of(position)
    near, far = max(0, position - _SENTENCE), position + _SENTENCE
    begin = max(masked.text.rfind(mark, near, position) for mark in ".!?\n") + 1
    ends = [i for mark in ".!?\n" if (i := masked.text.find(mark, position, far)) >= 0]
    sentence = masked.text[max(begin, near) : min(ends, default=far)]
    seen = _seen(masked, position) if mention.kind == "item" else None
    placed = stance
    if stance.explicit and stance.end > stance.start:
        last = masked.at.get(stance.end - 1)
        end = last.end if last else masked.places[stance.end - 1] + 1
        placed = replace(stance, start=masked.places[stance.start], end=end)
    else:
        placed = replace(stance, start=0, end=0)
    return _Opinion(mention, placed, masked.text[clause.start : clause.end], sentence, seen)


def _seen(masked: Masked, position: int) -> bool | None:
    """Whether the user says of an item that they have or have not seen it."""
    clause = masked.clause_of(position)
    if clause_kind(masked, clause) in ("you", "factual"):
        return None
    before = masked.text[clause.start : position]
    if re.search(
        r"(?:n't|\bnot|\bnever|\bhavent)\s+(?:\w+\s+){0,3}?(?:seen|watched|"
        r"saw|see|heard(?: of)?)\b",
        before,
    ):
        return False
    if re.search(
        r"\b(?:i|we|i've|we've|already|just|recently|have|yes|yeah)\s+(?:\w+\s+){0,3}?(?"
        r":seen|watched|saw|rewatched|finished)\b|^\W*(?:seen|saw|watched)\b",
        before,
    ):
        return True
    return None


def _wanted_spans(masked: Masked, plain: PlainText, signals: Sequence[Signal]) -> list[str]:
    """Clauses that ask for something and refuse nothing, without titles and references."""
    refused = [s.evidence for s in signals if s.polarity < 0 and s.evidence]
    wanted = [s.evidence for s in signals if s.polarity > 0 and s.evidence and s.kind != "item"]
    spans = []
    for clause in masked.clauses:
        kind = clause_kind(masked, clause)
        held = [m for p, m in masked.at.items() if clause.start <= p < clause.end]
        span = plain.evidence(masked.places[clause.start], masked.places[clause.end])
        wished = any(evidence in span for evidence in wanted)
        if kind in ("factual", "you") or not (wished or kind == "request"):
            continue
        if any(evidence in span or span in evidence for evidence in refused):
            continue
        for mention in held:
            if mention.kind == "item":
                span = span.replace(plain.evidence(mention.start, mention.end), " ")
        spans.append(span)
    return spans
