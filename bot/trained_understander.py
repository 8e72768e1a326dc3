"""The default understander: entity linking and stance without any call to a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.chinese import ChineseReader
from bot.conversation import Background, background
from bot.guard import own_words
from bot.head_features import Hints
from bot.intents import is_attack
from bot.languages import language_of
from bot.linking import LinkContext
from bot.masking import Masked
from bot.mentions import Mention
from bot.opinions import (
    Opinion,
    wanted_spans,
)
from bot.plain_text import PlainText, plain_text
from bot.rating_reader import rating_reader_for
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
from bot.rule_reader import LONGEST, RuleReader
from bot.shipped_heads import heads_for, settled
from bot.signal_building import query_of
from bot.stance import RuleStance, StanceReader
from bot.target_linking import TargetLinker
from bot.understanding import Request, Understanding
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.signals import Signal


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
        self._rules = RuleReader(catalog, self._linker, stance_reader or RuleStance())
        self._heads = heads_for(encoder, weights)
        self.ratings = rating_reader_for(encoder)

    def understand(self, request: Request) -> Understanding:
        """Read the last message; any text gives an answer, an unreadable one the intent other."""
        text = request.messages[-1].text[:LONGEST] if request.messages else ""
        language = language_of(text)
        if language == "other" and language_of(self._unnamed_words(text)) == "other":
            return Understanding(("other",), language="other")
        language = "en" if language == "other" else language
        plain = plain_text(own_words(text))
        known = background(request, self._titles_of, self._row)
        if language == "zh":
            return self._in_chinese(plain, known)
        answer = self._answer(self._rules.hints(request, plain, known))
        answer = self._rated(answer, plain, known)
        return self._taken_back(answer, request) if points_back(plain.lower) else answer

    def _rated(self, answer: Understanding, plain: PlainText, known: Background) -> Understanding:
        """The answer with the ratings that its opinions amount to."""
        if answer.forget or answer.forget_all:
            return answer
        current = self._rules.judged(known)
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
        text = own_words(request.messages[-1].text[:LONGEST])
        known = background(request, self._titles_of, self._row)
        return self._rules.hints(request, plain_text(text), known)

    def signals(self, plain: PlainText, opinions: Iterable[Opinion]) -> tuple[Signal, ...]:
        """The signals of a message's opinions, the latest on each target."""
        return self._rules.signals(plain, opinions)

    def _in_chinese(self, plain: PlainText, known: Background) -> Understanding:
        latin = [
            m for m in self._rules.named(plain, known) if m.kind == "item" or m.field == "person"
        ]
        reading = self._chinese.read(plain, known.discourse, latin)
        opinions = [Opinion(m, s, "", plain.lower, seen) for m, s, seen in reading.opinions]
        signals = self._rules.signals(plain, opinions)
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

    def _answer(self, hints: Hints) -> Understanding:
        plain, masked, known, named = hints.plain, hints.masked, hints.known, hints.named
        items = self._catalog.items
        signals, intents = hints.signals, hints.intents
        told = hints.request.messages[-1].text[:LONGEST].lower()
        if self._heads is not None and not settled(hints, told):
            read = self._heads.read(hints)
            signals, intents = self._rules.signals(plain, read.opinions), read.intents
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
