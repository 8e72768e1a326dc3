"""A random sentence-transformers model of two layers, saved in a folder."""

from __future__ import annotations

from pathlib import Path


def write_tiny_model(folder: Path, words: list[str]) -> Path:
    """A BERT of two layers and 16 dimensions that knows the given words."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    inner = folder / "bert"
    inner.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(words)]
    (inner / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(str(inner))
    BertTokenizerFast(vocab_file=str(inner / "vocab.txt")).save_pretrained(str(inner))
    layers = Transformer(str(inner)), Pooling(16)
    made = folder / "model"
    SentenceTransformer(modules=list(layers), device="cpu").save(str(made))
    return made
