"""What a learned ranker may know of a conversation: who named what, when, and what was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

RECENT_WORDS = 400  # characters of the seeker's latest messages that the encoder sees
_RECENT_MESSAGES = 3
_TOKEN = re.compile(r"[a-z0-9']+")


@dataclass(frozen=True, slots=True)
class Mention:
    """An item that was named: its catalogue row, by whom, in which message, and how it was meant.

    `turn` is the 0-based position of the message; `polarity` in [-1, 1] is 0 where unknown.
    """

    row: int
    by_user: bool
    turn: int
    polarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message without its author's name: `text` as said, `bare` without the items' titles."""

    by_user: bool
    text: str
    bare: str


@dataclass(frozen=True)
class RankingContext:
    """A conversation up to now: every mention and every message before the coming one, in order."""

    mentioned: tuple[Mention, ...] = ()
    messages: tuple[Utterance, ...] = ()

    @property
    def turn(self) -> int:
        """The number of messages so far."""
        return len(self.messages)

    @cached_property
    def named(self) -> tuple[Mention, ...]:
        """Each named item once, as it was named last, in that order."""
        last = {m.row: m for m in self.mentioned}
        return tuple(sorted(last.values(), key=lambda m: m.turn))

    @cached_property
    def wanted(self) -> tuple[Mention, ...]:
        """The named items that speak for their likes: all but those that were refused."""
        return tuple(m for m in self.named if m.polarity >= 0)

    @cached_property
    def query(self) -> str:
        """The seeker's latest messages, for the encoder."""
        said = [m.text for m in self.messages if m.by_user]
        return " ".join(said[-_RECENT_MESSAGES:])[-RECENT_WORDS:]


def utterance(by_user: bool, text: str, titles: Sequence[str] = ()) -> Utterance:
    """A message whose `bare` text lacks the titles of the items named in it."""
    bare = text
    for title in sorted(titles, key=len, reverse=True):
        bare = re.sub(re.escape(title) + r"( \(\d{4}\))?", " ", bare, flags=re.IGNORECASE)
    return Utterance(by_user, text, bare)


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return _TOKEN.findall(text.lower().replace("’", "'"))
