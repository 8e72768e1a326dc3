"""A Bot is everything that answers, wired once and then only read."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from bot.event_log import EventLog
from bot.language_model import LanguageModel
from bot.need import Shelf
from bot.settings import Settings
from bot.understanding import Understander
from retrieval.catalog import Catalog


class Streaming:
    """The conversations in which a message is being answered right now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def enter(self, conversation_id: str) -> bool:
        """Claim a conversation; False if an answer is already under way in it."""
        with self._lock:
            if conversation_id in self._busy:
                return False
            self._busy.add(conversation_id)
            return True

    def leave(self, conversation_id: str) -> None:
        """Give a conversation back."""
        with self._lock:
            self._busy.discard(conversation_id)


@dataclass(frozen=True)
class Bot:
    """The parts that serve. `bundle_id` names the set of models that answers."""

    settings: Settings
    shelf: Shelf
    understander: Understander
    language_model: LanguageModel | None
    event_log: EventLog
    bundle_id: str
    secret: bytes
    streaming: Streaming = field(default_factory=Streaming)

    @property
    def catalog(self) -> Catalog:
        """The catalogue that is recommended from."""
        return self.shelf.catalog

    @property
    def home(self) -> Path:
        """The folder of log, indexes, runs, bundle and secret."""
        return self.settings.home
