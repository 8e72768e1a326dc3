"""Fills in what rating an opinion of an item amounts to: as stated, else predicted from the words.

The prediction is a small network over MiniLM's sentence vector with two readings, of which the
weights say which one serves: a normal distribution (mean and deviation), or a cumulative link
model (McCullagh 1980), P(rating > k) = sigmoid(f − t_k) for k = 1 … 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from scipy.special import erf, expit

from bot.stated_ratings import stated_rating
from retrieval.encoder import PACKAGED_NAME, PACKAGED_SHA256, Encoder, load_encoder
from retrieval.errors import UserError
from retrieval.signals import Signal

SHIPPED = Path(__file__).parent / "models" / "rating.safetensors"
ARRAYS = ("first", "first_bias", "second", "second_bias", "thresholds")
SCALE = 10.0  # unit vectors of 384 dimensions have tiny entries
LEAST_DEVIATION = 0.2

_LEVELS = np.arange(1, 6, dtype=np.float64)
_CLAUSE = re.compile(
    r"[.!?;]+(?!\d)|\n+|,(?!\d)|\b(?:and(?! a half)|but|while|whereas|though)\b", re.IGNORECASE
)
# Words that wish for an item or guess at it, where nothing is said of having known it.
_WISH = re.compile(
    r"\b(?:(?:something|anything|movies?|films?|songs?|music|more|one|stuff) (?:like|similar)|"
    r"similar to|wan(?:t|na)|would like|i'd like|looking for|interested|will (?:watch|check|try|"
    r"listen|see|give|add)|i'?ll|let'?s|recommend me|suggest|add|play|sounds?|looks?|looked|heard|"
    r"in the mood|next time|haven'?t|have not|not seen|never (?:seen|watched|heard))\b",
    re.IGNORECASE,
)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class RatingHead:
    """Learned arrays: first (384, h), first_bias (h,), second (h, 1 or 2), second_bias, thresholds.

    With four thresholds it is ordinal and has one output; with none it is normal and has two.
    """

    first: Values
    first_bias: Values
    second: Values
    second_bias: Values
    thresholds: Values

    def predict(self, vectors: NDArray[np.float32]) -> tuple[Values, Values]:
        """Mean and deviation (n,) of the ratings, in [1, 5], of texts with unit rows (n, 384)."""
        inner = vectors.astype(np.float64) * SCALE @ self.first + self.first_bias
        hidden = 0.5 * inner * (1 + erf(inner / np.sqrt(2)))  # GELU, as it was trained with
        out = hidden @ self.second + self.second_bias
        if not len(self.thresholds):
            deviation = LEAST_DEVIATION + np.logaddexp(0, out[:, 1])
            return np.clip(3 + 2.2 * np.tanh(out[:, 0] / 2), 1, 5), deviation
        above = expit(out[:, :1] - self.thresholds)
        ends = np.ones((len(out), 1))
        levels = np.hstack([ends, above]) - np.hstack([above, 0 * ends])
        mean = levels @ _LEVELS
        spread = ((_LEVELS - mean[:, None]) ** 2 * levels).sum(axis=1)
        return mean, np.sqrt(spread)


class RatingReader:
    """Rates opinions; without a head it knows only ratings that are stated."""

    def __init__(self, encoder: Encoder | None = None, head: RatingHead | None = None) -> None:
        self._encoder = encoder
        self._head = head

    def rate(self, text: str) -> tuple[float, float] | None:
        """Mean and standard deviation of the rating that a text amounts to; None without a head.

        A stated rating has no deviation.
        """
        stated = stated_rating(text)
        if stated is not None:
            return stated.rating, 0.0
        if self._encoder is None or self._head is None:
            return None
        mean, deviation = self._head.predict(self._encoder.encode([text]))
        return float(mean[0]), float(deviation[0])

    def rated(
        self, signals: Sequence[Signal], text: str, named: Mapping[str, str]
    ) -> tuple[Signal, ...]:
        """The signals of a message's own words `text`, opinions of items with their ratings.

        `named` are the titles by id of the items that it is about. A rating that is stated of one
        without any opinion is a signal of its own, (r − 3)/2. Wishes and guesses have none. A
        prediction on the other side of 3 than the opinion's sign says that the words are not
        clear enough, and is left out.
        """
        items = [s for s in signals if s.kind == "item" and s.signed and s.rating is None]
        said = _said_of(items, text)
        filled = {id(s): replace(s, rating=self._rating(s, said[n])) for n, s in enumerate(items)}
        held = {s.item_id for s in items}
        stated = [s for s in _stated_of(text, named) if s.item_id not in held]
        new = {s.item_id for s in stated}
        kept = [filled.get(id(s), s) for s in signals if s.kind != "item" or s.item_id not in new]
        return (*kept, *stated)

    def _rating(self, signal: Signal, said: str) -> float | None:
        stated = stated_rating(said)
        if stated is not None:
            return stated.rating
        telling = [w for w in re.findall(r"[^\W\d_]+", said.lower()) if w != "it"]
        if signal.seen is False or not telling or _WISH.search(said):
            return None
        rated = self.rate(said)
        if rated is None or (rated[0] - 3) * signal.polarity <= 0:
            return None
        return round(rated[0], 1)


def _said_of(items: Sequence[Signal], text: str) -> list[str]:
    """What a message says of each item, titles replaced by "it": the clauses from its mention on.

    Of one item speaks the whole message.
    """
    lower = text.lower()
    titles = [re.escape(s.title) for s in items if s.title]
    if len(items) < 2:
        return [_untitled(text, titles) for _ in items]
    starts = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text)]
    places = [max(0, lower.find((s.title or s.evidence).lower())) for s in items]
    if len(set(places)) < len(items):
        places = [max(0, text.find(s.evidence)) for s in items]
    firsts = [max(start for start in starts[:-1] if start <= place) for place in places]
    said = []
    for place, first in zip(places, firsts, strict=True):
        end = min((f for f, p in zip(firsts, places, strict=True) if p > place), default=len(text))
        said.append(_untitled(text[first : max(first, end)], titles))
    return said


def _stated_of(text: str, named: Mapping[str, str]) -> list[Signal]:
    """Ratings stated of the items named, clause by clause; of the only one, wherever it stands."""
    found: dict[str, Signal] = {}
    starts = [0, *(m.end() for m in _CLAUSE.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        clause = text[start:end]
        stated = stated_rating(clause)
        about = [i for i, title in named.items() if title.lower() in clause.lower()]
        about = about or (list(named) if len(named) == 1 else [])
        if stated is None or not about:
            continue
        evidence = clause[stated.start : stated.end].strip()
        polarity = round((stated.rating - 3) / 2, 2)
        found[about[0]] = Signal(
            "item", polarity, 0.85, evidence=evidence,
            title=named[about[0]], item_id=about[0], seen=True, rating=stated.rating,
        )  # fmt: skip
    return list(found.values())


def _untitled(text: str, titles: Sequence[str]) -> str:
    return re.sub("|".join(titles), "it", text, flags=re.IGNORECASE) if titles else text


def rating_reader_for(encoder: Encoder | None) -> RatingReader:
    """The reader with the shipped head where the encoder is the one that it was trained on.

    Under an adapter that encoder is loaded once more as it was.
    """
    name = "" if encoder is None else encoder.name.partition(" + ")[0]
    if encoder is None or name != PACKAGED_NAME or not SHIPPED.is_file():
        return RatingReader()
    bare = encoder if encoder.name == PACKAGED_NAME else load_encoder()
    return RatingReader(bare, load_head(SHIPPED))


def load_head(path: Path) -> RatingHead:
    """The head of a file; raises UserError if it is unreadable or of another encoder."""
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads(file.metadata()["about"])
            arrays = {name: file.get_tensor(name).astype(np.float64) for name in ARRAYS}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"The rating head {path} cannot be read.",
            "Train it again with `python -m finetune.train_sentiment`.",
        ) from error
    if about["encoder_sha256"] != PACKAGED_SHA256:
        raise UserError(
            f"The rating head {path} was trained on another encoder.",
            "Train it again with `python -m finetune.train_sentiment`.",
        )
    return RatingHead(**arrays)
