"""How well ratings are predicted: error, agreement, calibration, and two baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.cues import cues_in

Values = NDArray[np.float64]


def scores(truth: Values, mean: Values, deviation: Values | None = None) -> dict[str, float]:
    """Figures for ratings in [1, 5]; agreement is over them rounded, halves up.

    mae: mean absolute error. f1: macro over the five ratings. kappa and quadratic: Cohen's, the
    second with quadratic weights (1968). within: the share of truths within one deviation, .68
    where deviations are right. deviation: their mean.
    """
    said, real = (np.clip(np.floor(v + 0.5), 1, 5).astype(int) for v in (mean, truth))
    confusion = np.zeros((5, 5))
    np.add.at(confusion, (real - 1, said - 1), 1)
    found = {
        "mae": float(np.abs(mean - truth).mean()),
        "f1": _macro_f1(confusion),
        "kappa": _kappa(confusion, 1.0 - np.eye(5)),
        "quadratic": _kappa(confusion, np.subtract.outer(np.arange(5), np.arange(5)) ** 2.0),
    }
    if deviation is not None:
        found["within"] = float((np.abs(mean - truth) <= deviation).mean())
        found["deviation"] = float(deviation.mean())
    return found


def _macro_f1(confusion: Values) -> float:
    hits = np.diag(confusion)
    both = confusion.sum(0) + confusion.sum(1)
    each = np.divide(2 * hits, both, out=np.zeros(len(hits)), where=both > 0)
    return float(each[confusion.sum(1) > 0].mean())


def _kappa(confusion: Values, weights: Values) -> float:
    """1 − the weighted disagreement over the one that chance gives; 0 where chance gives none."""
    chance = np.outer(confusion.sum(1), confusion.sum(0)) / confusion.sum()
    by_chance = float((weights * chance).sum())
    return 1.0 - float((weights * confusion).sum()) / by_chance if by_chance else 0.0


def baselines(texts: Sequence[str], truth: Values) -> dict[str, dict[str, float]]:
    """The mean of all ratings for every text; and the mean polarity of the understander's cues."""
    lexicon = np.array([_by_cues(text) for text in texts])
    return {
        "mean": scores(truth, np.full(len(truth), truth.mean())),
        "lexicon": scores(truth, lexicon),
    }


def _by_cues(text: str) -> float:
    found = [cue.polarity for cue in cues_in(text.lower()) if cue.polarity]
    return 3.0 + 2.0 * float(np.clip(np.mean(found), -1, 1)) if found else 3.0


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """One line a row, figures to three places."""
    lines = []
    for name, figures in rows.items():
        cells = "  ".join(f"{key} {value:.3f}" for key, value in figures.items())
        lines.append(f"{name:24} {cells}")
    return "\n".join(lines)
