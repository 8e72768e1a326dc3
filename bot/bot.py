"""A Bot is everything that answers; its models are swapped only between turns."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from pathlib import Path

from bot.event_log import EventLog
from bot.language_model import LanguageModel
from bot.need import Shelf
from bot.settings import Settings
from bot.understanding import Understander
from retrieval.bundle import Bundle
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
class Parts:
    """The models that serve together, as a bundle names them; they are only read."""

    shelf: Shelf
    understander: Understander
    language_model: LanguageModel | None
    bundle: Bundle


class Bot:
    """What serves: settings, log and secret for good, and the parts of the present bundle."""

    def __init__(
        self, *, settings: Settings, parts: Parts, event_log: EventLog, secret: bytes
    ) -> None:
        self.settings = settings
        self.event_log = event_log
        self.secret = secret
        self.streaming = Streaming()
        self._parts = parts

    def pinned(self) -> Bot:
        """The same bot with the parts of now, whatever is swapped later; for one turn.

        The parts are freed when no turn holds them any more.
        """
        return copy.copy(self)

    def swap(self, parts: Parts) -> None:
        """Let other parts answer the turns that begin from now on."""
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """The models that serve now."""
        return self._parts

    @property
    def shelf(self) -> Shelf:
        """The catalogue with everything that ranks it."""
        return self._parts.shelf

    @property
    def understander(self) -> Understander:
        """What reads messages."""
        return self._parts.understander

    @property
    def language_model(self) -> LanguageModel | None:
        """What words replies, None for plain wording."""
        return self._parts.language_model

    @property
    def bundle_id(self) -> str:
        """The name of the set of models that answers."""
        return self._parts.bundle.bundle_id

    @property
    def catalog(self) -> Catalog:
        """The catalogue that is recommended from."""
        return self.shelf.catalog

    @property
    def home(self) -> Path:
        """The folder of log, indexes, runs, bundle and secret."""
        return self.settings.home
