"""What a training of the language model takes in memory, reckoned before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from finetune.run_config import ChatConfig
from finetune.run_environment import free_memory
from retrieval.errors import UserError

_GIB = 2**30


def check_fits(model: Any, longest: int, config: ChatConfig) -> None:
    """Refuse a training whose steps do not fit beside the loaded model; UserError says by how much.

    `longest` is the number of tokens of the longest row.
    """
    free = _free()
    needed = step_bytes(model, min(longest, config.length), config)
    if free is not None and needed > free:
        raise UserError(
            f"The training takes {needed / _GIB:.1f} GiB more, {free / _GIB:.1f} GiB are free.",
            "Set a smaller batch or gradient_checkpointing=true.",
        )


def longest_row(rows: Iterable[dict[str, Any]], tokenizer: Any) -> int:
    """Tokens of the longest prompt with its answer."""
    answers = ("completion", "chosen", "rejected")
    texts = [row["prompt"] + row[name] for row in rows for name in answers if name in row]
    longest = max(texts, key=lambda messages: sum(len(m["content"]) for m in messages))
    return len(tokenizer.apply_chat_template(longest, tokenize=True, return_dict=False))


def _free() -> int | None:
    import torch

    return torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else free_memory()


def step_bytes(model: Any, longest: int, config: ChatConfig) -> int:
    """Bytes that a step takes at most, besides the loaded model.

    For each trainable weight its gradient and two moments, 4 bytes each. For each token and layer
    what the backward pass needs: 8 hidden and 4 intermediate vectors at 6 bytes (bfloat16, and
    float32 for the adapter), as measured; with checkpointing one hidden vector, and one layer in
    full. For each token the logits in three copies.
    """
    shape = model.config.get_text_config()
    tokens = config.batch * (config.length if config.packing else longest)
    layer = (8 * shape.hidden_size + 4 * shape.intermediate_size) * 6
    if config.gradient_checkpointing:
        per_token = shape.num_hidden_layers * shape.hidden_size * 4 + layer
    else:
        per_token = shape.num_hidden_layers * layer
    learning: int = sum(p.numel() for p in model.parameters() if p.requires_grad)
    activations: int = tokens * (per_token + shape.vocab_size * 12)
    return learning * 12 + activations
