"""Reads an English message by rules: what it names, the opinion on each, the intents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.answers import answered, by_its_traits, following_verdicts, implied_stance, of_all
from bot.clause_kinds import asks_for_one
from bot.conversation import Background
from bot.head_features import Hints
from bot.intents import Reading, asks, intents_of, says_feedback
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
)
from bot.phrases import as_artist, is_quality, phrases
from bot.plain_text import PlainText
from bot.ranges import complement
from bot.references import described, facet_references, references
from bot.series import parts_named
from bot.signal_building import build_signal, is_hard, latest, scope_of
from bot.stance import Stance, StanceReader
from bot.target_linking import TargetLinker
from bot.text_stance import text_stance
from bot.understanding import Request
from retrieval.catalog import Catalog
from retrieval.signals import Signal

LONGEST = 4000  # characters read of a message
_WALL = 12  # more titles than this without an opinion are a pasted list


class RuleReader:
    """The rules over one catalogue, to which trained heads may add; built once for a catalogue."""

    def __init__(self, catalog: Catalog, linker: TargetLinker, stance: StanceReader) -> None:
        self._catalog = catalog
        self._linker = linker
        self._stance = stance

    def hints(self, request: Request, plain: PlainText, known: Background) -> Hints:
        """What the rules make of an English message."""
        named = self.named(plain, known)
        named = without_overlaps([*named, *self._referred(plain, named, known)])
        masked = mask(plain, named)
        opinions = [*self._on_named(plain, masked, known), *self._on_phrases(plain, named, known)]
        opinions += spread(opinions, self._kinds_asked(known))
        opinions += self._unnamed(plain, masked, known, opinions)
        signals = self.signals(plain, opinions)
        signed = [s for s in signals if s.signed]
        reading = self._reading(request.messages[-1].text[:LONGEST], masked, known, signed)
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

    def named(self, plain: PlainText, known: Background) -> list[Mention]:
        """What a message names: titles, people, other facets, ranges."""
        spoken = {*known.discourse.slate, *known.discourse.fresh}
        if known.discourse.current is not None:
            spoken.add(known.discourse.current)
        offered = known.discourse.fresh or known.discourse.slate
        people = self._people_before(known)
        alone = [names[0] for names in people if len(set(names)) == 1]
        context = LinkContext(
            rows=frozenset(spoken),
            offered=offered,
            people=tuple(name for names in people for name in names),
            person=alone[-1][1] if alone else None,
            title_expected=known.title_expected,
            artist_expected=known.artist_expected,
        )
        return self._linker.targets(plain, context)

    def _people_before(self, known: Background) -> list[list[tuple[str, str]]]:
        """The (field, name) of the people in each of the last few messages."""
        field = self._linker.people_field
        return [
            [
                (m.field, m.value)
                for m in self._linker.facets_of(text)
                if m.field == field and m.sure > 0.84
            ]
            for text in known.earlier
        ]

    def _referred(self, plain: PlainText, named: list[Mention], known: Background) -> list[Mention]:
        facets = [m for m in named if m.kind in ("facet", "range")]
        kinds = self._kinds_asked(known)
        if kinds and not named and (found := facet_references(plain, kinds)):
            return found
        pointed = described(plain, facets, known.discourse, self._catalog.items)
        pointed += parts_named(plain, named, known.discourse, self._linker.series)
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
        current = self.judged(known)
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

    def judged(self, known: Background) -> int | None:
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
            asks(text),
            [s.polarity for s in tastes],
            [s.polarity for s in verdicts],
            known.requested_before,
            known.suggested_before,
        )


def _describes(masked: Masked, stance: Stance) -> bool:
    return stance.explicit and is_quality(masked.text[stance.start : stance.end])


def _picked(mention: Mention, known: Background) -> float:
    """The sign of a bare title: naming one of those just put forward is choosing it."""
    offered = {*known.discourse.fresh, *known.discourse.slate}
    return 1.0 if mention.kind == "item" and offered.intersection(mention.rows[:1]) else 0.0
