"""Measures predictions of the heads by the labelling rules, and tunes their thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bot.head_decoding import Probable, Thresholds, decoded, decoded_intents
from bot.trained_understander import TrainedUnderstander
from bot.understanding import INTENTS
from bot.understanding_score import Labels, score
from finetune.understander_data import Example
from retrieval.signals import Signal, signal_to_dict

Understanders = Mapping[str, TrainedUnderstander]  # by the domain of the cases

_TUNED = (("keep", 0), ("keep", 1), ("keep", 3), ("give", 0), ("give", 1), ("give", 3))
_QUIET = 0.96
_STEPS = tuple(round(0.2 + 0.05 * i, 2) for i in range(10))


def measured(
    examples: Sequence[Example],
    probable: Sequence[Probable] | None,
    limits: Thresholds,
    understanders: Understanders,
    second: bool = False,
) -> dict[str, float]:
    """The figures of the heads, or of the rules alone where `probable` is None.

    `second` compares with the second annotator where a case has one.
    """
    return score(_pairs(examples, probable, limits, understanders, second), granted=True).figures()


def _pairs(
    examples: Sequence[Example],
    probable: Sequence[Probable] | None,
    limits: Thresholds,
    understanders: Understanders,
    second: bool,
) -> Iterator[tuple[Labels, Labels]]:
    for i, example in enumerate(examples):
        hints = example.hints
        intents, signals = hints.intents, hints.signals
        if probable is not None:
            read = decoded(hints, probable[i], limits)
            intents = read.intents
            signals = understanders[example.case["domain"]].signals(hints.plain, read.opinions)
        labels = example.case.get("second", example.case) if second else example.case
        yield labels, {"intent": list(intents), "signals": _dicts(signals)}


def _dicts(signals: Sequence[Signal]) -> list[dict[str, object]]:
    return [signal_to_dict(s) for s in signals]


def tuned(
    examples: Sequence[Example],
    probable: Sequence[Probable],
    weights: Sequence[float],
    understanders: Understanders,
) -> Thresholds:
    """Thresholds by coordinate search: intents for their micro-F1, the others for theirs."""
    limits = _tuned_intents(examples, probable, weights)

    def worth(limits: Thresholds) -> float:
        found = measured(examples, probable, limits, understanders)
        # Beyond a share of them, messages left quiet are not worth the signals they cost.
        quiet = min(found["left_quiet"], _QUIET)
        return found["targets_f1"] + 0.5 * found["text_f1"] + 0.5 * quiet

    best = worth(limits)
    for name, kind in _TUNED:
        for step in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 2.0):
            values = list(getattr(limits, name))
            values[kind] = step
            changed = (
                replace(limits, keep=tuple(values))
                if name == "keep"
                else replace(limits, give=tuple(values))
            )
            if (there := worth(changed)) > best:
                best, limits = there, changed
    for step in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        for changed in (
            replace(limits, word=step),
            replace(limits, signed=step),
            replace(limits, quiet=step / 2),
        ):
            if (there := worth(changed)) > best:
                best, limits = there, changed
    return limits


def _tuned_intents(
    examples: Sequence[Example], probable: Sequence[Probable], weights: Sequence[float]
) -> Thresholds:
    wanted = np.stack([e.intents for e in examples])
    spread = np.array(weights, np.float32)[:, None]

    def f1(limits: Thresholds) -> float:
        said = np.array(
            [
                [i in found for i in INTENTS]
                for p in probable
                if (found := decoded_intents(p, limits))
            ],
            np.float32,
        )
        hit = float((spread * wanted * said).sum())
        return 2 * hit / max(1e-9, float((spread * (wanted + said)).sum()))

    limits = Thresholds()
    best = f1(limits)
    for _ in range(2):
        for place in range(len(INTENTS)):
            for step in _STEPS:
                values = list(limits.intents)
                values[place] = step
                changed = replace(limits, intents=tuple(values))
                if (there := f1(changed)) > best:
                    best, limits = there, changed
    return limits
