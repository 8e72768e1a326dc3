"""Follows the pointer to what serves, and swaps a running bot's models when it changes."""

from __future__ import annotations

import logging
import threading
import time

from bot.bot import Bot, Parts
from bot.build import build_parts
from bot.bundled import tell_of_idle_adapter
from bot.prompts import fixed_messages
from retrieval.bundle import POINTER, BundleMismatch, read_bundle
from retrieval.errors import UserError

_EVERY = 1.0  # seconds between two looks at the pointer
_PATIENCE = 600.0  # seconds that a language model has to load beside the one that serves

_log = logging.getLogger(__name__)


class BundleWatch:
    """Looks at the pointer of a bot's home; a changed bundle serves the turns that begin after it.

    The new models are loaded in the watch's own thread while the present ones go on. What cannot
    be built is named in one line of the log, and the present ones stay.
    """

    def __init__(self, bot: Bot, every: float = _EVERY) -> None:
        self._bot = bot
        self._every = every
        stamp = self._stamp()
        self._seen = stamp if bot.bundle_id == _pointed(bot) else None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bundle-watch", daemon=True)

    def start(self) -> None:
        """Begin to look, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a look under way ends with the process."""
        self._stop.set()

    def refresh(self) -> bool:
        """Look once; whether other models serve now. Raises nothing."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        bot = self._bot
        try:
            bundle = read_bundle(bot.home)
            if bundle.bundle_id == bot.bundle_id:
                return False
            parts = build_parts(bot.settings, bundle, bot.parts)
            _ready(parts, bot.parts)
        except Exception as error:  # whatever it is, people go on being answered
            reason = str(error) if isinstance(error, UserError) else _line(error)
            _log.error("the bundle %s goes on serving: %s", bot.bundle_id, reason)
            return False
        _log.info("the bundle %s serves after %s", parts.bundle.bundle_id, bot.bundle_id)
        tell_of_idle_adapter(bot.settings, bundle)
        bot.swap(parts)
        return True

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.refresh()

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = (self._bot.home / POINTER).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


def _pointed(bot: Bot) -> str:
    try:
        return read_bundle(bot.home).bundle_id
    except UserError:  # was logged when the bot was built
        return bot.bundle_id


def _ready(new: Parts, old: Parts) -> None:
    """Load a language model that is new before it serves, so that no reply waits for it."""
    model = new.language_model
    if model is None or model is old.language_model:
        return
    model.start(fixed_messages(new.shelf.catalog.noun, adapted=model.adapted))
    until = time.monotonic() + _PATIENCE
    while not model.ready():
        if model.problem():
            raise BundleMismatch(f"{model.problem()}.")
        if time.monotonic() > until:
            raise BundleMismatch(f"{model.name} was not loaded within {_PATIENCE:.0f} seconds.")
        time.sleep(0.05)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__
