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
    pass the checks; what is known of a general text must not be lost.

    Both models answer by turns, so that whatever else the machine does slows both alike.
    """
    judges = [_judge(settings, bundle) for bundle in bundles]
    likely: dict[str, Tally] = {}
    passed: dict[str, Tally] = {}
    times: tuple[list[float], list[float]] = ([], [])
    for done, example in enumerate(examples, start=1):
        found = [_one(j, example, spent) for j, spent in zip(judges, times, strict=True)]
        name = name_of(example)
        likely[name] = Tally((found[0][0], 1.0), (found[1][0], 1.0))
        passed[name] = Tally((found[0][1], 1.0), (found[1][1], 1.0))
        progress(done, len(examples), "replying as what serves and as the candidate")
    losses = [-judge.general() for judge in judges]
    return Measured(
        {"likelihood of accepted replies": likely, "replies that pass": passed},
        (median(times[0]), median(times[1])),
        {"loss on a general text": (losses[0], losses[1], FORGOTTEN)},
    )


def _one(judge: ChatJudge, example: ChatExample, times: list[float]) -> tuple[float, float]:
    """The likelihood of the accepted reply, and 1 if the model's own one passes, else 0."""
    from finetune.note_briefs import reply_fault

    began = time.perf_counter()
    reply = judge.reply(example)
    times.append((time.perf_counter() - began) * 1000)
    return judge.likelihood(example), float(not reply_fault(example, reply))


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
