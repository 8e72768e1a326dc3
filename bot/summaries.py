"""A taste or an item in words: the adapted model's where they pass their checks."""

from __future__ import annotations

import logging
import time

from bot.language_model import LanguageModel, LanguageModelError
from bot.prompts import chat_messages
from bot.reply_checks import tidy
from bot.sentences import SentenceCutter
from bot.summary_checks import summary_fault

MAX_TOKENS = 72  # two sentences
PATIENCE = 20.0  # seconds for one text: nobody waits in a conversation

log = logging.getLogger(__name__)


def summary(model: LanguageModel | None, noun: str, note: str) -> str:
    """At most two sentences on a note's facts; "" where the model is no help.

    Only a model with our adapter knows these notes. Never raises for the model's sake.
    """
    if model is None or not model.adapted or not model.ready():
        return ""
    messages = chat_messages(noun, note, adapted=True)
    try:
        written = "".join(model.stream(messages, max_tokens=MAX_TOKENS, deadline=PATIENCE))
    except LanguageModelError as error:
        log.warning("no words from the model: %s", error)
        return ""
    cutter = SentenceCutter()
    sentences = [t for t in map(tidy, cutter.push(written) + cutter.finish()) if t]
    text = " ".join(sentences[:2])
    fault = summary_fault(noun, note, text)
    if fault:
        log.info("a summary failed its check: %s", fault, extra={"sentence": text})
    return "" if fault else text


def wait_for(model: LanguageModel | None, seconds: float = 60.0) -> None:
    """Load a model of ours and wait until it can write, cannot, or the time is over."""
    if model is None or not model.adapted:
        return
    model.start()
    until = time.monotonic() + seconds
    while not model.ready() and not model.problem() and time.monotonic() < until:
        time.sleep(0.05)
