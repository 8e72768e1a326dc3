"""Scores a whole catalogue for a conversation, with weights learned from conversations."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from retrieval.catalog import Catalog
from retrieval.co_preference import CoPreference, co_preference_from
from retrieval.content_overlap import ContentOverlap
from retrieval.context_model import ContextModel, context_model_from
from retrieval.encoder import Encoder
from retrieval.errors import UserError
from retrieval.fusion import Fusion, fusion_from
from retrieval.ranking_context import Mention, RankingContext, Utterance, utterance
from retrieval.ranking_features import FEATURES, GROUPS, FeatureSource, circumstances
from retrieval.repeats import Repeats, repeats_from
from retrieval.title_join import LearnedItem, join

__all__ = [
    "PACKAGED",
    "LearnedRanker",
    "Mention",
    "RankerMismatch",
    "RankingContext",
    "Utterance",
    "load_ranker",
    "utterance",
]

PACKAGED = Path(__file__).parent / "models" / "ranker"

_WEIGHTS, _MANIFEST, _WORDS, _ITEMS, _REPEATS = (
    "ranker.safetensors",
    "manifest.json",
    "words.json",
    "items.json",
    "repeats.json",
)
_MEND = "Train it again with `python -m finetune.train_ranker`, or serve with the encoder it names."

Values = NDArray[np.float32]


class RankerMismatch(UserError):
    """Ranker weights that were trained against another encoder or for other features."""


@dataclass(frozen=True)
class RankerWeights:
    """All that training gives: the items it knows, their statistics, and how to weigh them.

    `text_mean` and `item_mean` (t,) centre the encoder's vectors of queries and of items. Without
    `repeats` items named before are placed by the fusion, as all others.
    """

    items: tuple[LearnedItem, ...]
    co_preference: CoPreference
    models: tuple[ContextModel, ...]
    fusion: Fusion
    text_mean: Values
    item_mean: Values
    repeats: Repeats | None = None


class LearnedRanker:
    """The weights laid on one catalogue of n items; reading only, safe to share between threads."""

    features: tuple[str, ...] = FEATURES
    groups: Mapping[str, tuple[str, ...]] = GROUPS

    def __init__(
        self, weights: RankerWeights, catalog: Catalog, item_vectors: Values, encoder: Encoder
    ) -> None:
        """`item_vectors` (n, t) are the unit vectors that `encoder` gave the catalogue's items."""
        rows = join(catalog, weights.items)
        self.known: NDArray[np.bool_] = rows >= 0
        self._fusion, self._repeats = weights.fusion, weights.repeats
        self._text_mean = weights.text_mean
        self._encoder = encoder
        self.source = FeatureSource(
            weights.co_preference.aligned(rows),
            tuple(m.aligned(rows, item_vectors) for m in weights.models),
            ContentOverlap(catalog),
            centred(item_vectors, weights.item_mean),
        )

    @property
    def encoder(self) -> Encoder:
        """The encoder that the weights were trained with."""
        return self._encoder

    def with_encoder(self, encoder: Encoder) -> LearnedRanker:
        """The same ranker with an encoder that gives equal vectors, such as one that remembers."""
        other = copy.copy(self)
        other._encoder = encoder
        return other

    @property
    def coverage(self) -> float:
        """The share of the catalogue that occurred in the conversations learned from, in [0, 1]."""
        return float((self.known & (self.source.co_preference.interactions > 0)).mean())

    def feature_matrix(self, context: RankingContext) -> Values:
        """The features (n, f) of every item, in the order of `features`."""
        return self.source.matrix(context, self._text(context))

    def score(self, context: RankingContext) -> Values:
        """A score (n,) for every item, items already named included; higher is better."""
        return self._fusion.score(self.feature_matrix(context), circumstances(context))

    def with_named(self, scores: Values, context: RankingContext) -> Values:
        """`scores` (n,) with items named before placed by how likely they are to be named again."""
        return scores if self._repeats is None else self._repeats.among(scores, context)

    def contributions(self, context: RankingContext, rows: Sequence[int]) -> dict[str, Values]:
        """For each group of features what the items at `rows` (k,) would lose without it (k,)."""
        features = self.feature_matrix(context)[list(rows)]
        around = circumstances(context)
        whole = self._fusion.score(features, around)
        found = {}
        for group, names in self.groups.items():
            columns = [FEATURES.index(name) for name in names]
            less = self._fusion.score(self._fusion.without(features, columns), around)
            found[group] = whole - less
        return found

    def _text(self, context: RankingContext) -> Values | None:
        if not context.query.strip():
            return None
        return np.asarray(self._encoder.encode([context.query])[0] - self._text_mean, np.float32)


def centred(vectors: Values, mean: Values) -> Values:
    """`vectors` (n, t) less their `mean` (t,), of length 1 again."""
    moved = vectors - mean
    lengths = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return np.asarray(moved / lengths, dtype=np.float32)


def load_ranker(
    folder: Path, catalog: Catalog, item_vectors: Values, encoder: Encoder
) -> LearnedRanker | None:
    """The ranker of a folder laid on a catalogue; None where too little of the catalogue is known.

    Such a catalogue is ranked by its content alone. `item_vectors` (n, t) are `encoder`'s. Raises
    RankerMismatch where the weights belong to another encoder or other features, and UserError
    where files are missing or broken.
    """
    manifest = _json(folder / _MANIFEST)
    items = tuple(LearnedItem(*row) for row in _json(folder / _ITEMS))
    if not worth_joining(catalog, join(catalog, items)):
        return None
    if manifest["encoder_fingerprint"] != encoder.fingerprint:
        raise RankerMismatch(
            f"The ranker in {folder} was trained with the encoder {manifest['encoder']}"
            f" ({manifest['encoder_fingerprint'][:12]}), this one is {encoder.name}"
            f" ({encoder.fingerprint[:12]}).",
            _MEND,
        )
    if tuple(manifest["features"]) != FEATURES:
        raise RankerMismatch(f"The ranker in {folder} was trained on other features.", _MEND)
    weights = _read(folder, items, manifest["models"])
    return LearnedRanker(weights, catalog, item_vectors, encoder)


def worth_joining(catalog: Catalog, rows: NDArray[np.int64]) -> bool:
    """Whether enough items are known for the weights to say anything: 20 of them, and 5 %."""
    known = int((rows >= 0).sum())
    return known >= 20 and known >= 0.05 * len(catalog)


def save_ranker(folder: Path, weights: RankerWeights, encoder: Encoder, about: Any) -> int:
    """Write weights and manifest into a folder; `about` is kept as is. Gives the size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Mapping[str, NDArray[np.generic]]] = {
        "co": weights.co_preference.arrays(),
        "fusion": weights.fusion.arrays(),
        "mean": {"text": weights.text_mean, "item": weights.item_mean},
    }
    parts |= {f"model{k}": model.arrays() for k, model in enumerate(weights.models)}
    if weights.repeats is not None:
        parts["repeats"] = weights.repeats.arrays()
        _write(folder / _REPEATS, list(weights.repeats.vocabulary))
    tensors = {
        f"{p}.{n}": np.ascontiguousarray(a)
        for p, arrays in parts.items()
        for n, a in arrays.items()
    }
    save_file(tensors, folder / _WEIGHTS)
    manifest = {
        "encoder": encoder.name,
        "encoder_fingerprint": encoder.fingerprint,
        "features": FEATURES,
        "models": len(weights.models),
        "about": about,
    }
    _write(folder / _MANIFEST, manifest, indent=1)
    _write(folder / _WORDS, list(weights.models[0].vocabulary.index))
    _write(folder / _ITEMS, [list(asdict(item).values()) for item in weights.items])
    return sum(path.stat().st_size for path in folder.iterdir())


def _read(folder: Path, items: tuple[LearnedItem, ...], models: int) -> RankerWeights:
    words = _json(folder / _WORDS)
    try:
        tensors = load_file(folder / _WEIGHTS)

        def part(name: str) -> dict[str, NDArray[np.generic]]:
            return {k.partition(".")[2]: a for k, a in tensors.items() if k.startswith(f"{name}.")}

        return RankerWeights(
            items,
            co_preference_from(part("co")),
            tuple(context_model_from(words, part(f"model{k}")) for k in range(models)),
            fusion_from(part("fusion")),
            np.asarray(part("mean")["text"], np.float32),
            np.asarray(part("mean")["item"], np.float32),
            repeats_from(_json(folder / _REPEATS), part("repeats")) if part("repeats") else None,
        )
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise UserError(f"The weights in {folder} cannot be read: {error}.", _MEND) from error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}.", _MEND) from error


def _write(path: Path, value: Any, indent: int | None = None) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n", encoding="utf-8")
