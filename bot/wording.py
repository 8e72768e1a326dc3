"""From a brief to the text that is sent: the model's sentences where they pass, plain ones else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.language_model import LanguageModel, LanguageModelError
from bot.moves import Brief
from bot.phrasing import Part
from bot.plain_wording import plain_parts
from bot.prompts import MAX_TOKENS, chat_messages, writes
from bot.pump import Pump
from bot.reply_checks import ReplyChecker, tidy
from bot.sentences import SentenceCutter
from bot.titles import TitleFiller, numbers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """A delta ready to send, checked and filled; the deltas joined are the text of the reply.

    `plain` says that it stands in for words the model did not give. `named` are the ids of the
    items named in it.
    """

    text: str
    plain: bool
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Patience with a model, in seconds from the start of the wording, and its errors.

    After `first` without any text, or `silence` between two pieces, or at `whole`, plain wording
    takes over; so it does after `faults` sentences that failed their checks.
    """

    first: float = 2.5
    silence: float = 4.0
    whole: float = 8.5
    faults: int = 3
    sentences: int = 4


def word(
    brief: Brief,
    model: LanguageModel | None,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Piece]:
    """Stream the reply to a brief, sentence by sentence; never raises for the model's sake.

    With the model absent, not ready, failing or too slow, the rest of the reply is plain. Closing
    the iterator stops the model.
    """
    able = model is not None and model.ready()
    reply = _Reply(brief)
    yield from reply.musts(plain=not able)
    if model is not None and able and writes(brief):
        yield from _spoken(reply, model, limits or Limits(), clock)
    yield from reply.rest()


def _spoken(
    reply: _Reply, model: LanguageModel, limits: Limits, clock: Callable[[], float]
) -> Iterator[Piece]:
    """The sentences of the model that pass, each replaced where it does not."""
    started = clock()
    messages = chat_messages(reply.brief)
    pump = Pump(model, messages, max_tokens=MAX_TOKENS, deadline=limits.whole)
    cutter = SentenceCutter()
    try:
        while not reply.complete(limits):
            end = limits.whole if reply.begun else limits.first
            piece = pump.get(min(limits.silence, started + end - clock()))
            sentences = cutter.finish() if piece is None else cutter.push(piece)
            yield from reply.take(sentences, limits)
            if piece is None:
                break
    except LanguageModelError as error:
        log.warning("plain wording takes over: %s", error)
    finally:
        pump.stop()


class _Reply:
    """What was said of one reply so far and what is still to be said."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.begun = False  # whether any text was sent
        self._parts = plain_parts(brief)
        self._said: set[tuple[str, int]] = set()
        self._filler = TitleFiller(brief)
        self._checker = ReplyChecker(brief)
        self._question = ""
        self._sentences = 0
        self._faults = 0

    def musts(self, *, plain: bool) -> Iterator[Piece]:
        """What the code always says itself."""
        for part in self._parts:
            if part.role == "must":
                yield self._say(part.text, plain=plain)

    def take(self, sentences: Iterable[str], limits: Limits) -> Iterator[Piece]:
        """Send, hold back or replace sentences of the model."""
        for sentence in map(tidy, sentences):
            if sentence and not self.complete(limits):
                yield from self._take(sentence)

    def complete(self, limits: Limits) -> bool:
        """Whether the model has nothing more to add, or has failed too often."""
        if self._faults >= limits.faults or self._sentences >= limits.sentences:
            return True
        enough = 2 if self.brief.move.kind == "chat" else 1
        return self._sentences >= enough and not self._open("item") and not self._open("ask")

    def rest(self) -> Iterator[Piece]:
        """Whatever the reply still needs, in plain words; the question comes last."""
        spoken = self._sentences > 0 or any(role == "item" for role, _ in self._said)
        for part in self._parts:
            wanted = {
                "lead": not self.begun,
                "item": not spoken,
                "say": not spoken,
                "ask": not self._question,
            }
            if wanted.get(part.role, False):
                yield self._say(part.text, plain=True)
        if self._question:
            yield self._say(self._question, plain=False)

    def _take(self, sentence: str) -> Iterator[Piece]:
        fault = self._checker.fault(sentence)
        if not fault:
            self._checker.accept(sentence)
            yield from self._accept(sentence)
            return
        self._faults += 1
        log.info("a sentence failed its check: %s", fault, extra={"sentence": sentence})
        for part in self._replaced_by(sentence):
            self._said.add((part.role, part.number))
            yield self._say(part.text, plain=True)

    def _accept(self, sentence: str) -> Iterator[Piece]:
        asks = sentence.endswith("?")
        if asks and self._question:
            return
        self._sentences += 1
        self._said |= {("item", n) for n in numbers(sentence)}
        if asks:
            self._question = sentence
            self._said.add(("ask", 0))
        else:
            yield self._say(sentence, plain=False)

    def _replaced_by(self, sentence: str) -> list[Part]:
        """The plain lines of the items that a failed sentence was about, those not yet said."""
        wrong = set(numbers(sentence))
        return [p for p in self._open("item") if p.number in wrong]

    def _open(self, role: str) -> list[Part]:
        return [p for p in self._parts if p.role == role and (role, p.number) not in self._said]

    def _say(self, text: str, *, plain: bool) -> Piece:
        before = set(self._filler.named)
        filled = self._filler.fill(text)
        named = tuple(i for i in self._filler.named if i not in before)
        joint = "" if not self.begun else self._joint(text)
        self.begun = True
        return Piece(joint + filled, plain, named)

    def _joint(self, text: str) -> str:
        if "\n" in text:
            return "\n"
        return "" if self.brief.language == "zh" else " "
