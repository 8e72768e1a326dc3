"""The trained heads in service: loads their weights and reads one message with one forward pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from bot.head_decoding import HeadReading, Thresholds, decoded
from bot.head_features import Hints, message_feature_names
from bot.reading_network import ReadingNetwork, prepare, probabilities
from retrieval.encoder import PACKAGED_NAME, PACKAGED_SHA256, packaged_model
from retrieval.errors import UserError

_HEADS, _ADAPTER, _MANIFEST = "heads.safetensors", "adapter", "manifest.json"
_PUBLIC = f"sentence-transformers/{PACKAGED_NAME}"
_MEND = "Train them again with `python -m finetune.train_understander`."


class Heads(Protocol):
    """Whatever revises what the rules read in a message."""

    def read(self, hints: Hints) -> HeadReading:
        """The intents and opinions of one message."""
        ...


class TrainedHeads:
    """The network with its thresholds; satisfies Heads. Safe to share between threads."""

    def __init__(self, network: ReadingNetwork, tokenizer: Any, limits: Thresholds) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._limits = limits
        self._lock = Lock()  # a tokenizer may not be shared by two threads at a time

    def read(self, hints: Hints) -> HeadReading:
        """The intents and opinions of one message."""
        with self._lock:
            batch = [prepare(hints, self._tokenizer)]
        with torch.inference_mode():
            probable = probabilities(self._network(batch), batch)[0]
        return decoded(hints, probable, self._limits)


def packaged_transformer() -> Any:
    """The packaged MiniLM without its pooling; raises UserError where it is not as published."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = str(packaged_model())
    before = logging.get_verbosity()
    logging.set_verbosity_error()  # the weights hold a pooling layer that is not wanted here
    try:
        return AutoModel.from_pretrained(folder, add_pooling_layer=False, local_files_only=True)
    finally:
        logging.set_verbosity(before)


def packaged_tokenizer() -> Any:
    """The packaged MiniLM's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(packaged_model()), local_files_only=True)


def save_heads(
    folder: Path,
    network: ReadingNetwork,
    adapted: Any,
    limits: Thresholds,
    about: Mapping[str, Any],
) -> int:
    """Write heads and adapter in half precision with their manifest; gives the bytes written.

    `adapted` is the PEFT model around the network's transformer, or None if that is the packaged
    one as it is. `about` says what they were trained with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.half().contiguous() for name, value in network.heads.state_dict().items()}
    save_file(state, folder / _HEADS)
    if adapted is not None:
        adapted.half().peft_config["default"].base_model_name_or_path = _PUBLIC
        adapted.save_pretrained(str(folder / _ADAPTER), save_embedding_layers=False)
        (folder / _ADAPTER / "README.md").unlink(missing_ok=True)
    manifest = {
        "base": _PUBLIC,
        "base_sha256": PACKAGED_SHA256,
        "features": list(message_feature_names()),
        "hidden": network.hidden,
        "thresholds": asdict(limits),
        "about": dict(about),
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def load_heads(folder: Path) -> TrainedHeads:
    """The heads of a folder over the packaged MiniLM.

    Raises UserError if they are incomplete or were trained for another encoder or other features.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        state = {name: value.float() for name, value in load_file(folder / _HEADS).items()}
        limits = Thresholds(**{k: _frozen(v) for k, v in manifest["thresholds"].items()})
        names, base = manifest["features"], manifest["base_sha256"]
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise UserError(f"The understander's heads in {folder} cannot be read.", _MEND) from error
    if base != PACKAGED_SHA256 or names != list(message_feature_names()):
        raise UserError(
            f"The understander's heads in {folder} were trained for another encoder or for other "
            "features than these rules give.", _MEND,
        )  # fmt: skip
    network = ReadingNetwork(_transformer(folder), len(names), manifest["hidden"])
    network.heads.load_state_dict(state)
    return TrainedHeads(network, packaged_tokenizer(), limits)


def _transformer(folder: Path) -> Any:
    transformer = packaged_transformer()
    if (folder / _ADAPTER / "adapter_model.safetensors").is_file():
        from peft import PeftModel

        adapted: Any = PeftModel.from_pretrained(transformer, str(folder / _ADAPTER))
        transformer = adapted.merge_and_unload()
    return transformer


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
