"""Starts the web server: claims the port first, loads the language model once the page is up."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from bot.bot import Bot
from bot.bundles import BundleWatch
from bot.prompts import fixed_messages
from retrieval.errors import UserError
from ui.console import say

_GRACE = 5  # seconds that answers under way get to end when the server stops


def claim(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`, not yet listening; 0 takes any free port.

    Raises UserError where the port is in use or the address not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UserError(
            f"Cannot serve on {host}:{port}: {(error.strerror or str(error)).lower()}.",
            f"Stop what listens there, or choose another: --port {port % 65535 + 1}.",
        ) from error
    return listening


def run(bot: Bot, listening: socket.socket) -> None:
    """Serve until the process is told to stop."""
    from ui.app import build_app

    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host

    def ready() -> None:
        say(f"Sommelier is at http://{shown}:{port}   (the API: /docs)")
        start_language_model(bot)

    level = bot.settings.log_level
    config = uvicorn.Config(
        build_app(bot), log_level=level, timeout_graceful_shutdown=_GRACE, server_header=False
    )
    watch = BundleWatch(bot)
    watch.start()
    try:
        _Server(config, ready).run(sockets=[listening])
    finally:
        watch.stop()


def start_language_model(bot: Bot) -> None:
    """Begin to load the language model in the background, and say what words the replies."""
    model = bot.language_model
    if model is None:
        say("No language model: replies use plain wording. See: sommelier doctor")
        return
    model.start(fixed_messages(bot.catalog.noun, adapted=model.adapted))


class _Server(uvicorn.Server):
    """Uvicorn, which tells when it has begun to listen."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()
