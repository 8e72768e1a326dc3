"""Measures a chat adapter beside what serves, on replies that people accepted."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bot.language_model import SHIPPED_ADAPTER, smollm2_file
from bot.settings import Settings
from finetune.evidence import Tally
from finetune.measures import Measured, Progress
from retrieval.bundle import Bundle
from retrieval.errors import UserError

if TYPE_CHECKING:
    from finetune.chat_evaluation import ChatJudge
    from finetune.chat_examples import ChatExample

FORGOTTEN = 0.1  # nats per token of a general text that an adapter may cost beside what serves

_MOST = 200  # replies that are judged at once; each is generated on both sides


def name_of(example: ChatExample) -> str:
    """What tells an example from others: a hash over its note and reply."""
    return hashlib.sha256(f"{example.note}\n{example.reply}".encode()).hexdigest()[:16]


def chosen(examples: Sequence[ChatExample]) -> tuple[ChatExample, ...]:
    """The examples that one comparison uses: each that people took up once, not too many."""
    taken = {name_of(example): example for example in examples if example.liked}
    return tuple(taken.values())[:_MOST]


def measure_chat(
    settings: Settings,
    bundles: tuple[Bundle, Bundle],
    examples: Sequence[ChatExample],
    progress: Progress,
) -> Measured:
    """The mean log-likelihood per token of accepted replies, and the share of own replies that
    pass the checks; what is known of a general text must not be lost."""
    sides = []
    for bundle, name in zip(bundles, ("what serves", "the candidate"), strict=True):
        sides.append(_measured(settings, bundle, examples, f"replying as {name}", progress))
    before, after = sides
    likely, passed = {}, {}
    for place, example in enumerate(examples):
        name = name_of(example)
        likely[name] = Tally((before.likely[place], 1.0), (after.likely[place], 1.0))
        passed[name] = Tally((before.passed[place], 1.0), (after.passed[place], 1.0))
    return Measured(
        {"likelihood of accepted replies": likely, "replies that pass": passed},
        (median(before.times), median(after.times)),
        {"loss on a general text": (before.loss, after.loss, FORGOTTEN)},
    )


class _Side:
    """The figures of one model, in the order of the examples."""

    def __init__(self, loss: float) -> None:
        self.likely: list[float] = []
        self.passed: list[float] = []
        self.times: list[float] = []
        self.loss = loss


def _measured(
    settings: Settings,
    bundle: Bundle,
    examples: Sequence[ChatExample],
    told: str,
    progress: Progress,
) -> _Side:
    from finetune.note_briefs import reply_fault

    judge = _judge(settings, bundle)
    side = _Side(-judge.general())
    for done, example in enumerate(examples, start=1):
        began = time.perf_counter()
        reply = judge.reply(example)
        side.times.append((time.perf_counter() - began) * 1000)
        side.passed.append(float(not reply_fault(example, reply)))
        side.likely.append(judge.likelihood(example))
        progress(done, len(examples), told)
    return side


def _judge(settings: Settings, bundle: Bundle) -> ChatJudge:
    """The language model of a bundle, as it would serve."""
    from finetune.chat_evaluation import ChatJudge

    source = settings.llm or str(smollm2_file() or "")
    if not source or source == "plain":
        raise UserError("There is no language model here to compare with.", "Name one with --llm.")
    part = bundle.part("llm")
    adapter: Path | None = None
    if part is not None:
        adapter = part.path
    elif settings.llm is None and SHIPPED_ADAPTER.is_dir():
        adapter = SHIPPED_ADAPTER
    return ChatJudge(source, settings.home, adapter)
