"""The default understander: entity linking and stance without any call to a language model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.answers import answered, by_its_traits, following_verdicts, implied_stance, of_all
from bot.chinese import ChineseReader
from bot.clause_kinds import asks_for_one
from bot.conversation import Background, background
from bot.guard import own_words
from bot.head_features import Hints
from bot.intents import Reading, intents_of, is_attack, says_feedback
from bot.languages import language_of
from bot.linking import LinkContext
from bot.masking import Masked, mask
from bot.mentions import Mention, without_overlaps
from bot.opinions import (
    Opinion,
    continued,
    is_ironic,
    meant,
    opinion_at,
    same_target,
    spread,
    wanted_spans,
)
from bot.phrases import as_artist, is_quality, phrases
from bot.plain_text import PlainText, plain_text
from bot.ranges import complement
from bot.rating_reader import rating_reader_for
from bot.references import described, facet_references, references
from bot.requests import (
    asked_column,
    asked_in_chinese,
    asked_topic,
    declines,
    forgotten,
    lifted,
    points_back,
    wants_again,
)
from bot.series import Series, parts_named
from bot.shipped_heads import heads_for, settled
from bot.signal_building import build_signal, is_hard, latest, query_of, scope_of
from bot.stance import RuleStance, Stance, StanceReader
from bot.target_linking import TargetLinker
from bot.text_stance import text_stance
from bot.understanding import Request, Understanding
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.signals import Signal

_LONGEST = 4000  # characters read of a message
_WALL = 12  # more titles than this without an opinion are a pasted list


_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|oh|well|yes|no)\W+)*(?:who|what(?! an? )|when|"
    r"where|which|how|is|does|did|are there|have you|do you|did you)\b"
)


class TrainedUnderstander:
    """Understands messages about one catalogue; satisfies Understander.

    `stance_reader` decides the opinion on each mention; the rules do so by default. Trained heads
    then revise opinions and intents: those in the folder `weights`, else the shipped ones if
    `encoder` is the packaged MiniLM that they were trained on. Without heads the rules decide.
    """

    name = "trained"

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder | None = None,
        weights: Path | None = None,
        stance_reader: StanceReader | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.catalog = self._catalog = catalog
        self.linker = self._linker = TargetLinker(catalog, today)
        self._chinese = ChineseReader(catalog)
        self._series = Series(catalog)
        self._stance = stance_reader or RuleStance()
        self._heads = heads_for(encoder, weights)
        self.ratings = rating_reader_for(encoder)

    def understand(self, request: Request) -> Understanding:
        """Read the last message; any text gives an answer, an unreadable one the intent other."""
        text = request.messages[-1].text[:_LONGEST] if request.messages else ""
        language = language_of(text)
        if language == "other" and language_of(self._unnamed_words(text)) == "other":
            return Understanding(("other",), language="other")
        language = "en" if language == "other" else language
        plain = plain_text(own_words(text))
        known = background(request, self._titles_of, self._row)
        if language == "zh":
            return self._in_chinese(plain, known)
        answer = self._answer(self._hints(request, plain, known))
        answer = self._rated(answer, plain, known)
        return self._taken_back(answer, request) if points_back(plain.lower) else answer

    def _rated(self, answer: Understanding, plain: PlainText, known: Background) -> Understanding:
        """The answer with the ratings that its opinions amount to."""
        if answer.forget or answer.forget_all:
            return answer
        current = self._judged(known)
        judged = () if current is None else (self._catalog.items[current].item_id,)
        named = {i: self._catalog.item(i).title for i in answer.mentioned or judged}
        return replace(answer, signals=self.ratings.rated(answer.signals, plain.original, named))

    def _unnamed_words(self, text: str) -> str:
        """The text without the titles and people in it: those may be in any language."""
        plain = plain_text(text)
        kept = list(plain.text)
        for mention in self._linker.targets(plain, LinkContext(title_expected=True)):
            if mention.field == self._linker.people_field or (
                mention.kind == "item" and mention.rows
            ):
                kept[mention.start : mention.end] = " " * (mention.end - mention.start)
        return "".join(kept)

    def _taken_back(self, answer: Understanding, request: Request) -> Understanding:
        """ "Forget that": what the user's message before this one said is to be forgotten."""
        earlier = [n for n, m in enumerate(request.messages[:-1]) if m.role == "user"]
        if not earlier:
            return answer
        before = self.understand(replace(request, messages=request.messages[: earlier[-1] + 1]))
        said = tuple(replace(s, polarity=0.0) for s in before.signals)
        return replace(answer, intents=("profile",), signals=(), forget=said, forget_all=False)

    def hints(self, request: Request) -> Hints:
        """What the rules read in an English message, before the heads; they are trained on it."""
        text = own_words(request.messages[-1].text[:_LONGEST])
        known = background(request, self._titles_of, self._row)
        return self._hints(request, plain_text(text), known)

    def _hints(self, request: Request, plain: PlainText, known: Background) -> Hints:
        named = self._named(plain, known)
        named = without_overlaps([*named, *self._referred(plain, named, known)])
        masked = mask(plain, named)
        opinions = [*self._on_named(plain, masked, known), *self._on_phrases(plain, named, known)]
        opinions += spread(opinions, self._kinds_asked(known))
        opinions += self._unnamed(plain, masked, known, opinions)
        signals = self.signals(plain, opinions)
        signed = [s for s in signals if s.signed]
        reading = self._reading(request.messages[-1].text[:_LONGEST], masked, known, signed)
        return Hints(
            request=request,
            plain=plain,
            masked=masked,
            known=known,
            named=tuple(named),
            opinions=tuple(opinions),
            signals=signals,
            reading=reading,
            intents=intents_of(reading),
        )

    def _in_chinese(self, plain: PlainText, known: Background) -> Understanding:
        latin = [m for m in self._named(plain, known) if m.kind == "item" or m.field == "person"]
        reading = self._chinese.read(plain, known.discourse, latin)
        opinions = [Opinion(m, s, "", plain.lower, seen) for m, s, seen in reading.opinions]
        signals = self.signals(plain, opinions)
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

    def _titles_of(self, text: str, careful: bool) -> tuple[Mention, ...]:
        """Titles in an earlier message, in Latin letters and in Chinese."""
        return (*self._linker.titles_of(text, careful), *self._chinese.titles(text))

    def _row(self, item_id: str) -> int | None:
        return self._catalog.row(item_id) if item_id in self._catalog else None

    def _named(self, plain: PlainText, known: Background) -> list[Mention]:
        spoken = {*known.discourse.slate, *known.discourse.fresh}
        if known.discourse.current is not None:
            spoken.add(known.discourse.current)
        offered = known.discourse.fresh or known.discourse.slate
        people = {
            (m.field, m.value)
            for text in known.earlier
            for m in self._linker.facets_of(text)
            if m.field == self._linker.people_field and m.sure > 0.9
        }
        context = LinkContext(
            frozenset(spoken), offered, tuple(sorted(people)), known.title_expected
        )
        return self._linker.targets(plain, context)

    def _referred(self, plain: PlainText, named: list[Mention], known: Background) -> list[Mention]:
        facets = [m for m in named if m.kind in ("facet", "range")]
        kinds = self._kinds_asked(known)
        if kinds and not named and (found := facet_references(plain, kinds)):
            return found
        pointed = described(plain, facets, known.discourse, self._catalog.items)
        pointed += parts_named(plain, named, known.discourse, self._series)
        return [*pointed, *references(plain, [*named, *pointed], known.discourse)]

    def _kinds_asked(self, known: Background) -> tuple[Mention, ...]:
        """What the assistant spoke of where that was no title: genres, artists, people."""
        found = () if known.discourse.fresh else self._linker.facets_of(known.said)
        people = tuple(m for m in found if m.field == self._linker.people_field)
        return people or found

    def _on_named(self, plain: PlainText, masked: Masked, known: Background) -> list[Opinion]:
        wall = sum(m.kind == "item" and not m.pronoun for m in masked.at.values()) > _WALL
        ironic = is_ironic(plain.lower)
        opinions = []
        for position, mention in masked.at.items():
            expected = known.expected or _picked(mention, known)
            stance = self._stance.stance(masked, position, expected)
            if wall and not stance.explicit:
                stance = Stance(0.0)
            stance = meant(stance, ironic)
            if not stance.polarity and mention.kind == "facet" and asks_for_one(masked, position):
                stance = Stance(0.6, 0.6)
            if known.explaining and mention.kind == "item" and _describes(masked, stance):
                stance = Stance(0.0)  # asked for reasons, "it was funny" is one, no verdict
            wanted = complement(mention) if mention.kind == "range" else None
            if wanted is not None and stance.polarity < -0.15 and not mention.refused:
                mention, stance = wanted, replace(stance, polarity=-stance.polarity)
            opinions.append(opinion_at(masked, position, mention, stance))
        return continued(masked, opinions)

    def _on_phrases(
        self, plain: PlainText, named: list[Mention], known: Background
    ) -> list[Opinion]:
        found = phrases(plain, named, known.explaining)
        if self._linker.domain == "music":
            found = [as_artist(m, self._linker.people_field) for m in found]
        if not found:
            return []
        masked = mask(plain, without_overlaps([*named, *found]))
        ironic = is_ironic(plain.lower)
        return [
            opinion_at(
                masked,
                position,
                mention,
                meant(text_stance(masked, position, known.expected), ironic),
            )
            for position, mention in masked.at.items()
            if mention in found
        ]

    def _unnamed(
        self, plain: PlainText, masked: Masked, known: Background, said: Sequence[Opinion]
    ) -> list[Opinion]:
        """Opinions without a target of their own: answers, "sounds good", "not interested"."""
        asked_about = self._asked_about(known)
        found = [
            Opinion(mention, stance, "", plain.lower, seen)
            for mention, stance, seen in answered(plain, known, asked_about)
            if not any(same_target(mention, other) for other in said)
        ]
        for mention, stance in following_verdicts(masked, said):
            found.append(Opinion(mention, stance, "", plain.lower))
            said = [*said, found[-1]]
        current = self._judged(known)
        spoken_of = any(o.mention.kind == "item" and abs(o.stance.polarity) > 0.15 for o in said)
        if current is not None and not spoken_of:
            stance = implied_stance(plain, masked, known)
            if known.explaining and is_quality(plain.lower[stance.start : stance.end]):
                stance = Stance(0.0)
            if not stance.polarity:
                stance = by_its_traits(said, self._catalog.items[current], known)
            if stance.polarity:
                every = stance.polarity > 0 and of_all(plain, known)
                rows = known.discourse.fresh if every else (current,)
                mention = Mention(
                    stance.start, stance.end, "item", rows=rows, pronoun=True, plural=every
                )
                found = [o for o in found if o.mention.kind != "item"]
                found.append(Opinion(mention, stance, "", plain.lower))
        return found

    def _judged(self, known: Background) -> int | None:
        """The row that a verdict without a target is about."""
        fresh = known.discourse.fresh or known.follows_title
        return known.discourse.current if fresh else None

    def _asked_about(self, known: Background) -> list[Mention]:
        if not known.question:
            return []
        asked = [m.rows[0] for m in self._linker.titles_of(known.question, True)]
        items = [
            Mention(0, 0, "item", self._catalog.items[row].title, (row,))
            for row in asked or known.discourse.fresh
        ]
        if known.asks == "seen":
            return items
        titles = self._linker.titles_of(known.question, True)
        facets = self._linker.facets_of(known.question)
        own = [f for f in facets if not any(f.start < t.end and t.start < f.end for t in titles)]
        return own or items

    def signals(self, plain: PlainText, opinions: Iterable[Opinion]) -> tuple[Signal, ...]:
        """The signals of a message's opinions, the latest on each target."""
        return latest(s for opinion in opinions for s in self._signals(plain, opinion))

    def _signals(self, plain: PlainText, opinion: Opinion) -> list[Signal]:
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

    def _answer(self, hints: Hints) -> Understanding:
        plain, masked, known, named = hints.plain, hints.masked, hints.known, hints.named
        items = self._catalog.items
        signals, intents = hints.signals, hints.intents
        told = hints.request.messages[-1].text[:_LONGEST].lower()
        if self._heads is not None and not settled(hints, told):
            read = self._heads.read(hints)
            signals, intents = self.signals(plain, read.opinions), read.intents
        forget, forget_all = forgotten(plain, list(named), self._catalog)
        if forget or forget_all:
            signals = ()
        signed = [s for s in signals if s.signed]
        if is_attack(told) and not signed:
            intents = ("other",)
        if intents == ("other",) and declines(plain.lower, known):
            intents = ("reject",)
        mentioned = [row for m in named for row in (m.rows if m.plural else m.rows[:1])]
        subject = self._subject(masked, known, intents)
        return Understanding(
            intents=intents,
            signals=signals,
            query=query_of(
                [s for s in signed if s.polarity > 0], wanted_spans(masked, plain, signals)
            ),
            mentioned=tuple(dict.fromkeys(items[row].item_id for row in mentioned)),
            unknown_titles=tuple(m.value for m in named if m.kind == "item" and not m.rows),
            subject=tuple(items[row].item_id for row in subject),
            asked=asked_topic(told, intents)
            or (asked_column(plain.lower) if subject or "question" in intents else None),
            dropped=lifted(plain.lower),
            forget=forget,
            forget_all=forget_all,
            again=wants_again(plain.lower),
            language="en",
        )

    def _reading(
        self, text: str, masked: Masked, known: Background, signed: Sequence[Signal]
    ) -> Reading:
        shown = (*known.discourse.fresh, *known.discourse.slate)
        suggested = {self._catalog.items[row].item_id for row in shown}
        verdicts = [s for s in signed if s.kind == "item" and s.item_id in suggested]
        describing = says_feedback(masked.text)
        tastes = [s for s in signed if s not in verdicts and (s.kind != "text" or not describing)]
        return Reading(
            masked.text,
            "?" in text or bool(_ASKS.match(text.lower())),
            [s.polarity for s in tastes],
            [s.polarity for s in verdicts],
            known.requested_before,
            known.suggested_before,
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


def _describes(masked: Masked, stance: Stance) -> bool:
    return stance.explicit and is_quality(masked.text[stance.start : stance.end])


def _picked(mention: Mention, known: Background) -> float:
    """The sign of a bare title: naming one of those just put forward is choosing it."""
    offered = {*known.discourse.fresh, *known.discourse.slate}
    return 1.0 if mention.kind == "item" and offered.intersection(mention.rows[:1]) else 0.0
