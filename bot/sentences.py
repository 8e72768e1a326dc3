"""Text that arrives in pieces, cut into sentences as soon as each is complete."""

from __future__ import annotations

import re

MAX_SENTENCE = 300  # characters; a longer one is cut, and fails its check

# An end mark counts when space follows, so that "3.5" and "..." inside a sentence do not cut it.
_END = re.compile(r"[.!?…]+[\"')\]”’]*(?=\s)|[。！？]+[”』」）]*|\n+")


class SentenceCutter:
    """Keeps the unfinished rest of a stream; `push` gives the sentences a piece completes."""

    def __init__(self) -> None:
        self._rest = ""

    def push(self, piece: str) -> list[str]:
        """The sentences that are complete now, stripped, empty ones left out."""
        self._rest += piece
        found = []
        while True:
            end = _END.search(self._rest)
            cut = end.end() if end else MAX_SENTENCE + 1
            if cut > len(self._rest):
                break
            found.append(self._rest[:cut].strip())
            self._rest = self._rest[cut:]
        return [s for s in found if s]

    def finish(self) -> list[str]:
        """What is left at the end of the stream, if it ends like a sentence; a torso is dropped."""
        rest, self._rest = self._rest.strip(), ""
        return [rest] if re.search(r"[.!?…。！？][\"')\]”’]*$", rest) else []
