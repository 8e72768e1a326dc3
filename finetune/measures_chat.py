"""Measures a chat adapter beside what serves, on replies that people accepted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finetune.chat_examples import ChatExample


def name_of(example: ChatExample) -> str:
    """What tells an example from others: a hash over its note and reply."""
    return hashlib.sha256(f"{example.note}\n{example.reply}".encode()).hexdigest()[:16]
