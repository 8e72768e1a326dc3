"""Understands messages with a language model, and with the default where that fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from bot.guard import own_words
from bot.intents import is_attack
from bot.json_writing import JsonWriter
from bot.language_model import ChatMessage, LanguageModel, LanguageModelError
from bot.llm_answer import Answer, UnreadableAnswer, read_answer
from bot.llm_signals import SignalGrounder
from bot.plain_text import PlainText, plain_text
from bot.pump import Pump
from bot.signal_building import query_of
from bot.trained_understander import TrainedUnderstander
from bot.understanding import Request, Understanding
from bot.understanding_prompt import (
    MAX_TOKENS,
    repair_messages,
    understanding_messages,
    understanding_schema,
)

_log = logging.getLogger(__name__)

SECONDS = 4.0  # for the answer and its repair together; then the default's reading stands
_LONGEST = 4000  # characters read of a message


class LlmUnderstander:
    """Takes intents and signals from a language model; satisfies Understander.

    The default reads every message too: what it says of questions, titles to forget and the like
    stays, and its whole reading stands where the model is not ready, too slow or writes no valid
    JSON twice. `Understanding.read_by` names the one whose signals they are.
    """

    def __init__(
        self, default: TrainedUnderstander, model: LanguageModel, seconds: float = SECONDS
    ) -> None:
        self.name = f"llm {model.name}"
        self.default = default
        self._catalog = default.catalog
        self._model = model
        self._writer = JsonWriter(model, understanding_schema(default.catalog))
        self._grounder = SignalGrounder(default.catalog, default.linker)
        self._seconds = seconds

    def understand(self, request: Request) -> Understanding:
        """Read the last message; any text gives an answer, and within the time limit."""
        basis = replace(self.default.understand(request), read_by=self.default.name)
        told = request.messages[-1].text[:_LONGEST]
        plain = plain_text(own_words(told))
        settled = basis.forget or basis.forget_all or basis.language == "other"
        if settled or not plain.words or not self._model.ready():
            return basis
        answer = self._answer(request, plain)
        return basis if answer is None else self._joined(basis, answer, plain, request)

    def _answer(self, request: Request, plain: PlainText) -> Answer | None:
        """What the model says, after one repair at most; None where it says nothing of use."""
        until = time.monotonic() + self._seconds
        shown = [self._catalog.item(i).title for i in request.shown if i in self._catalog]
        before = request.messages[:-1]
        asked = understanding_messages(self._catalog, before, shown, plain.text.strip())
        try:
            text = self._written(asked, until)
            try:
                return read_answer(text)
            except UnreadableAnswer as fault:
                _log.info("%s is asked again: %s", self.name, fault)
                return read_answer(self._written(repair_messages(asked, text, str(fault)), until))
        except (LanguageModelError, UnreadableAnswer) as error:
            _log.warning("%s failed, the default's reading stands: %s", self.name, error)
            return None

    def _written(self, messages: Sequence[ChatMessage], until: float) -> str:
        """The whole text of one answer; LanguageModelError where it is not there by `until`."""
        left = until - time.monotonic()
        if left <= 0:
            raise LanguageModelError("no time is left")
        pump = Pump(self._writer, messages, max_tokens=MAX_TOKENS, deadline=left)
        pieces = []
        try:
            while (piece := pump.get(until - time.monotonic())) is not None:
                pieces.append(piece)
        finally:
            pump.stop()
        return "".join(pieces)

    def _joined(
        self, basis: Understanding, answer: Answer, plain: PlainText, request: Request
    ) -> Understanding:
        """The default's reading with the model's intents and signals in place of its own."""
        signals = self._grounder.signals(answer.signals, plain, request)
        about = {i: self._catalog.item(i).title for i in basis.mentioned}
        signals = self.default.ratings.rated(signals, plain.original, about)
        signed = [s for s in signals if s.signed]
        attack = is_attack(request.messages[-1].text[:_LONGEST].lower()) and not signed
        intents = answer.intents or basis.intents
        refused = [s for s in signed if s.polarity < 0]
        # The default's neutral words may stay in the query, unless the model sees a refusal.
        neutral = () if refused or basis.query == "" else (basis.query,)
        named = [s.item_id for s in signals if s.item_id is not None]
        lacking = [s.title for s in signals if s.kind == "item" and s.item_id is None and s.title]
        return replace(
            basis,
            intents=("other",) if attack else intents,
            signals=signals,
            query=query_of([s for s in signed if s.polarity > 0], neutral),
            mentioned=tuple(dict.fromkeys([*basis.mentioned, *named])),
            unknown_titles=tuple(dict.fromkeys([*basis.unknown_titles, *lacking])),
            read_by=self.name,
        )
