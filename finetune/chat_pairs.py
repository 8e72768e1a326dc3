"""Pairs for DPO from the model's own replies to a note: one that passed and one that failed.

`python -m finetune.chat_pairs --adapter DIR --out FILE [--notes 400]`. Notes are those of the
written examples, and for items also with facts left out: catalogues often know only genres.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from bot.language_model import smollm2_file
from bot.settings import go_offline
from finetune.chat_evaluation import ChatJudge
from finetune.chat_examples import WRITTEN, ChatExample, ChatPair, read_examples
from finetune.note_briefs import SUMMARIES, reply_fault
from finetune.train_chat import Clock

_TRIES = 4
_TEMPERATURE = 0.9
_AT_ONCE = 8  # notes


def sampled_pairs(
    judge: ChatJudge, examples: Sequence[ChatExample], faults: Counter[str]
) -> Iterator[ChatPair]:
    """A pair for each example to whose note some replies passed and some failed.

    Counts in `faults` why replies failed, "" for those that passed.
    """
    replies = judge.sample(examples, _TRIES, _TEMPERATURE)
    for example, said in zip(examples, replies, strict=True):
        found = [(reply_fault(example, text.strip()), text.strip()) for text in said]
        faults.update(fault for fault, _ in found)
        passed = [text for fault, text in found if not fault]
        failed = [text for fault, text in found if fault and text]
        if passed and failed:
            yield ChatPair(example.noun, example.note, passed[0], failed[0])


def notes(examples: Sequence[ChatExample], count: int, seed: int = 1) -> list[ChatExample]:
    """A sample of the examples, every second item's with facts left out of its note."""
    rng = random.Random(seed)
    found = rng.sample(list(examples), min(count, len(examples)))
    return [_poorer(e, rng) if e.part == "item" and rng.random() < 0.5 else e for e in found]


def _poorer(example: ChatExample, rng: random.Random) -> ChatExample:
    kind, *rest = example.note.split("; ")
    if not re.match(r"\[\d\] an? ", kind):
        return example
    near = [part for part in rest if part.startswith("close to")]
    return replace(example, note="; ".join([kind, *(near if rng.random() < 0.5 else [])]))


def main() -> int:
    """Sample, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--notes", type=int, default=400)
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "wording-home")
    options = parser.parse_args()
    go_offline()
    judge = ChatJudge(str(smollm2_file()), options.home, options.adapter)
    asked = [e for e in read_examples(WRITTEN) if e.part not in SUMMARIES]
    chosen, faults, tell = notes(asked, options.notes), Counter[str](), Clock()
    torch.manual_seed(0)
    with options.out.open("w", encoding="utf-8") as file:
        for at in range(0, len(chosen), _AT_ONCE):
            for pair in sampled_pairs(judge, chosen[at : at + _AT_ONCE], faults):
                file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
            file.flush()
            tell(min(at + _AT_ONCE, len(chosen)), len(chosen), "notes")
    print(json.dumps(dict(faults.most_common())), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
