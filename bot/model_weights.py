"""Loads a causal language model: from GGUF, unpacked once and kept, or from a transformers path."""

from __future__ import annotations

import copy
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
from transformers.utils import logging as transformers_logging

from bot.half_weights import halved
from bot.language_model import LanguageModelError

transformers_logging.disable_progress_bar()  # the progress of a server belongs in its own lines
transformers_logging.set_verbosity_error()


def load_weights(source: str, home: Path, adapter: Path | None) -> tuple[Any, Any]:
    """The model in evaluation mode on the best device, ready to decode, and its tokenizer.

    `source` is a GGUF file, a folder or a transformers id; `adapter`, a PEFT folder, is merged.
    Raises LanguageModelError when the tokenizer has no chat template, and whatever the libraries
    raise.
    """
    cuda = torch.cuda.is_available()
    model, tokenizer = load_base(source, home, torch.bfloat16 if cuda else torch.float32)
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    model = model.to("cuda" if cuda else "cpu").eval()
    return model if cuda else halved(model), tokenizer


def load_base(source: str, home: Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """The bare model of a source in the processor's memory, and its tokenizer."""
    folder = str(unpacked(Path(source), home)) if source.endswith(".gguf") else source
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if not tokenizer.chat_template:
        raise LanguageModelError(f"{source} has no chat template; choose an instruct model")
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype), tokenizer


def unpacked(gguf: Path, home: Path) -> Path:
    """A folder with the weights of a GGUF file as safetensors, made on first use (20 seconds).

    Keyed by the file's sha256 and renamed into place when whole, so that neither a crash nor two
    processes at once leave a torso behind.
    """
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    folder = home / "models" / f"{gguf.stem}-{digest[:16]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        _unpack(gguf, draft)
        os.rename(draft, folder)
    except OSError:
        if not folder.is_dir():  # another process was faster when it is there
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _unpack(gguf: Path, folder: Path) -> None:
    """Write model and tokenizer in bfloat16, which the 4-bit weights do not exceed in detail."""
    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    packed = AutoModelForCausalLM.from_pretrained(
        **where, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
    )
    config = copy.deepcopy(packed.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(packed.state_dict(), strict=False)
    plain.tie_weights()
    plain.to(torch.bfloat16).save_pretrained(folder)
    AutoTokenizer.from_pretrained(**where).save_pretrained(folder)
