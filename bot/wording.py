"""From a brief to the text that is sent: the model's sentences where they pass, plain ones else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.language_model import LanguageModel, LanguageModelError
from bot.moves import Brief
from bot.phrasing import Part
from bot.plain_english import connected
from bot.plain_wording import plain_parts
from bot.prompts import MAX_TOKENS, chat_messages, notes, writes
from bot.pump import Pump
from bot.reply_checks import ReplyChecker, tidy
from bot.sentences import SentenceCutter
from bot.titles import TitleFiller

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
    """Patience with a model, in seconds from the start of the wording, and with its errors.

    After `first` without any text sent, or `silence` without a piece, or at `whole`, plain wording
    takes over; so it does after `faults` parts of which no sentence passed its checks.
    """

    first: float = 2.5
    silence: float = 4.0
    whole: float = 8.5
    faults: int = 2


def word(
    brief: Brief,
    model: LanguageModel | None,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Piece]:
    """Stream the reply to a brief, part by part; never raises for the model's sake.

    With the model absent, not ready, failing or too slow, the rest of the reply is plain. Closing
    the iterator stops the model.
    """
    able = model is not None and model.ready()
    writer = (
        _Writer(brief, model, limits or Limits(), clock) if model is not None and able else None
    )
    filler = TitleFiller(brief)
    begun = False
    for part in plain_parts(brief):
        if part.role == "lead" and begun:
            continue
        mine = writer is not None and writes(brief, part)
        sentence = writer.sentence(part, begun) if writer is not None and mine else ""
        text = sentence or part.text
        joint = _joint(text, brief.language) if begun else ""
        filled, named = filler.fill(text)
        yield Piece(joint + filled, plain=not able or (mine and not sentence), named=named)
        begun = True


def _joint(text: str, language: str) -> str:
    if "\n" in text:
        return "\n"
    return "" if language == "zh" else " "


class _Writer:
    """Asks the model for one sentence a part, until it fails."""

    def __init__(
        self, brief: Brief, model: LanguageModel, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._brief, self._model, self._limits, self._clock = brief, model, limits, clock
        self._started = clock()
        self._checker = ReplyChecker(brief)
        self._faults = 0

    def sentence(self, part: Part, begun: bool) -> str:
        """The model's sentence for a part, checked; "" where plain wording has to do."""
        if self._faults >= self._limits.faults:
            return ""
        end = self._started + (self._limits.whole if begun else self._limits.first)
        for asked in notes(self._brief, part):
            try:
                sentence = self._ask(asked, end)
            except LanguageModelError as error:
                log.warning("plain wording takes over: %s", error)
                self._faults = self._limits.faults
                return ""
            fault = self._checker.fault(sentence, part)
            if not fault:
                self._checker.accept(sentence)
                return connected(sentence, part.number, self._brief)
            log.info("a sentence failed its check: %s", fault, extra={"sentence": sentence})
        self._faults += 1
        return ""

    def _ask(self, asked: str, end: float) -> str:
        """The first sentence of the model's answer, two of a greeting; "" where it gives none."""
        left = end - self._clock()
        if left <= 0:
            raise LanguageModelError("no time is left for the model")
        messages = chat_messages(self._brief.noun, asked, adapted=self._model.adapted)
        pump = Pump(self._model, messages, max_tokens=MAX_TOKENS, deadline=left)
        cutter = SentenceCutter()
        enough = 2 if self._brief.move.topic == "greeting" else 1
        found: list[str] = []
        try:
            while True:
                piece = pump.get(min(self._limits.silence, end - self._clock()))
                complete = cutter.finish() if piece is None else cutter.push(piece)
                found += [t for t in map(tidy, complete) if t]
                if len(found) >= enough or piece is None:
                    return " ".join(found[:enough])
        finally:
            pump.stop()
