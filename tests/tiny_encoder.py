"""A random two-layer sentence encoder over given words, saved where the library loads it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any


def save_tiny_encoder(folder: Path, words: Iterable[str], seed: int = 0) -> Path:
    """Write config, weights and a vocabulary of `words` and letters under `folder`; return it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertConfig, BertModel, BertTokenizerFast

    letters = [chr(c) for c in range(97, 123)] + list("0123456789.,!?'()|:-")
    pieces = [*letters, *(f"##{c}" for c in letters), *sorted({w.lower() for w in words})]
    listed = list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]))
    bare = folder / "bare"
    bare.mkdir(parents=True)
    (bare / "vocab.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(listed),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(bare)
    vocabulary = {word: number for number, word in enumerate(listed)}
    BertTokenizerFast(vocab=vocabulary, do_lower_case=True).save_pretrained(bare)
    transformer = modules.Transformer(str(bare), max_seq_length=128)
    pooling = modules.Pooling(transformer.get_embedding_dimension(), pooling_mode="mean")
    SentenceTransformer(modules=[transformer, pooling, modules.Normalize()]).save(str(folder))
    return folder


def tiny_transformer() -> Any:
    """Two random layers as wide as MiniLM's, the same each time."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    shape = BertConfig(
        hidden_size=384, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    return BertModel(shape, add_pooling_layer=False)
