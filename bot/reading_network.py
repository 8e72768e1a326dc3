"""The network that reads a message: MiniLM's token states, pooled over spans, and three heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bot.head_decoding import Probable
from bot.head_features import (
    OPINION_FEATURES,
    WORD_FEATURES,
    Hints,
    context_of,
    message_features,
    opinion_features,
    word_features,
)
from bot.understanding import INTENTS

WIDTH = 384  # of the encoder's token states
SIGNS = (0.0, 1.0, -1.0)  # what a word or an opinion is: nothing, wanted, refused

_CONTEXT_TOKENS, _MESSAGE_TOKENS = 48, 128
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One message as the network takes it: tokens, spans of tokens [start, end), features.

    `words` (w, 2) and `opinions` (o, 2) are the spans of the plain text's words and of the
    opinions' mentions; where a mention has no words of its own the span is the whole message.
    """

    tokens: tuple[int, ...]
    types: tuple[int, ...]
    context: Span
    message: Span
    words: NDArray[np.int64]
    opinions: NDArray[np.int64]
    features: NDArray[np.float32]
    word_features: NDArray[np.float32]
    opinion_features: NDArray[np.float32]


def prepare(hints: Hints, tokenizer: Any) -> Prepared:
    """Tokenise the end of what was said before and the message, and gather the features."""
    before = tokenizer(context_of(hints.request), add_special_tokens=False)["input_ids"]
    before = before[-_CONTEXT_TOKENS:]
    plain = hints.plain
    found = tokenizer(plain.lower, add_special_tokens=False, return_offsets_mapping=True)
    said, offsets = (found[key][:_MESSAGE_TOKENS] for key in ("input_ids", "offset_mapping"))
    first = len(before) + 2
    tokens = [tokenizer.cls_token_id, *before, tokenizer.sep_token_id, *said]
    message = (first, first + len(said))
    mentions = [o.mention for o in hints.opinions]
    spans = [_tokens_in(offsets, m.start, m.end, first) for m in mentions]
    return Prepared(
        tokens=(*tokens, tokenizer.sep_token_id),
        types=(0,) * first + (1,) * (len(said) + 1),
        context=(1, 1 + len(before)),
        message=message,
        words=_array([_tokens_in(offsets, w.start, w.end, first) for w in plain.words]),
        opinions=_array([s if s[0] < s[1] else message for s in spans]),
        features=message_features(hints),
        word_features=word_features(hints),
        opinion_features=np.array(
            [opinion_features(hints, o) for o in hints.opinions], np.float32
        ).reshape(-1, OPINION_FEATURES),
    )


def _tokens_in(offsets: Sequence[Span], start: int, end: int, first: int) -> Span:
    inside = [i for i, (a, b) in enumerate(offsets) if a < end and b > start]
    return (first + inside[0], first + inside[-1] + 1) if inside else (first, first)


def _array(spans: Sequence[Span]) -> NDArray[np.int64]:
    return np.array(spans, np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Logits: `intents` (b, 11), `words` (w, 3) and `opinions` (o, 3), flat over the batch.

    The eleventh of the intents says whether the message holds any signal.
    """

    intents: Tensor
    words: Tensor
    opinions: Tensor


class ReadingNetwork(nn.Module):
    """A transformer and three heads over it; the same in training and in service."""

    def __init__(
        self, transformer: Any, features: int, hidden: int = 96, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.transformer = transformer
        self.hidden = hidden
        self.heads = nn.ModuleDict(
            {
                "intents": new_head(2 * WIDTH + features, hidden, len(INTENTS) + 1, dropout),
                "words": new_head(WIDTH + WORD_FEATURES, hidden, len(SIGNS), dropout),
                "opinions": new_head(WIDTH + OPINION_FEATURES, hidden, len(SIGNS), dropout),
            }
        )

    def forward(self, batch: Sequence[Prepared]) -> Outputs:
        """Logits for a batch of messages."""
        return self.read(self.raised(self.lowest(batch), batch, 0), batch)

    def lowest(self, batch: Sequence[Prepared]) -> Tensor:
        """What goes into the first layer, (b, longest, 384)."""
        longest = max(len(p.tokens) for p in batch)
        ids = torch.zeros(2, len(batch), longest, dtype=torch.long)
        for row, one in enumerate(batch):
            ids[0, row, : len(one.tokens)] = torch.tensor(one.tokens)
            ids[1, row, : len(one.tokens)] = torch.tensor(one.types)
        embedded: Tensor = self.transformer.embeddings(input_ids=ids[0], token_type_ids=ids[1])
        return embedded

    def raised(
        self, states: Tensor, batch: Sequence[Prepared], first: int, last: int | None = None
    ) -> Tensor:
        """The states after layers [first, last) of those that go into layer `first`."""
        sizes = torch.tensor([len(p.tokens) for p in batch]).unsqueeze(1)
        missing = torch.arange(states.shape[1]).unsqueeze(0) >= sizes
        mask = missing[:, None, None, :] * torch.finfo(torch.float32).min
        for layer in self.transformer.encoder.layer[first:last]:
            states = layer(states, mask)
        return states

    def read(self, states: Tensor, batch: Sequence[Prepared]) -> Outputs:
        """Pool the token states over the spans and apply the heads."""
        sums = nn.functional.pad(states.cumsum(1), (0, 0, 1, 0))  # (b, longest + 1, 384)
        words = torch.from_numpy(np.concatenate([p.word_features for p in batch]))
        opinions = torch.from_numpy(np.concatenate([p.opinion_features for p in batch]))
        return Outputs(
            self.heads["intents"](self.whole(states, batch)),
            self.heads["words"](torch.cat([_pooled(sums, [p.words for p in batch]), words], 1)),
            self.heads["opinions"](
                torch.cat([_pooled(sums, [p.opinions for p in batch]), opinions], 1)
            ),
        )

    def whole(self, states: Tensor, batch: Sequence[Prepared]) -> Tensor:
        """What the intents are read from: message, context and features (b, 768 + f)."""
        sums = nn.functional.pad(states.cumsum(1), (0, 0, 1, 0))
        spans = ([_array([p.message]) for p in batch], [_array([p.context]) for p in batch])
        features = torch.from_numpy(np.stack([p.features for p in batch]))
        return torch.cat([*(_pooled(sums, one) for one in spans), features], 1)


def new_head(size: int, hidden: int, classes: int, dropout: float) -> nn.Module:
    """Two layers from `size` numbers to logits."""
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(size, hidden),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, classes),
    )


def _pooled(sums: Tensor, spans: Sequence[NDArray[np.int64]]) -> Tensor:
    """Means over spans from running sums; zeros for an empty span."""
    rows = torch.from_numpy(np.repeat(np.arange(len(spans)), [len(s) for s in spans]))
    flat = torch.from_numpy(np.concatenate(spans))
    sizes = (flat[:, 1] - flat[:, 0]).clamp(min=1).unsqueeze(1)
    means: Tensor = (sums[rows, flat[:, 1]] - sums[rows, flat[:, 0]]) / sizes
    return means


def probabilities(outputs: Outputs, batch: Sequence[Prepared]) -> list[Probable]:
    """The logits of a batch as probabilities, message by message."""
    intents = torch.sigmoid(outputs.intents).numpy()
    words = torch.softmax(outputs.words, 1).numpy()
    opinions = torch.softmax(outputs.opinions, 1).numpy()
    found, w, o = [], 0, 0
    for row, one in zip(intents, batch, strict=True):
        ends = w + len(one.words), o + len(one.opinions)
        found.append(Probable(row[:-1], float(row[-1]), words[w : ends[0]], opinions[o : ends[1]]))
        w, o = ends
    return found
