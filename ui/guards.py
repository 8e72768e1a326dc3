"""What stands between the network and the application: headers, limits, and the page's cookie."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http.cookies import SimpleCookie

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retrieval.errors import UserError
from ui.api import problem
from ui.identity import COOKIE, COOKIE_AGE, Identity

API_BODY = 64 * 1024  # bytes of a request to the API
PAGE_BODY = 1024 * 1024  # bytes of a request from the page
_CLOSED = ("/gradio_api/upload", "/gradio_api/file", "/gradio_api/stream", "/gradio_api/info")
# Gradio writes scripts and styles into the page and compiles its templates; hosts stay ours alone,
# but for pictures, which a catalogue may keep elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob: "
    "https: http:; connect-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_STYLE = b'<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="page.css">'
_SOCIAL = re.compile(rb"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>\s*")


class SecurityHeaders:
    """Adds the headers that keep a page to its own host and out of foreign frames."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


class _TooLarge(Exception):
    """The body of a request is longer than what its path takes."""


class Limits:
    """Refuses bodies that are too large, and the doors of Gradio that the page does not use."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(_CLOSED):
            await problem(UserError("There is nothing here.", "See /docs."), 404)(
                scope, receive, send
            )
            return
        limit = API_BODY if path.startswith("/api/") else PAGE_BODY
        await self._within(limit, scope, receive, send)

    async def _within(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        seen, started, over = 0, False, _announced(scope) > limit

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                over = True
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            if not over:  # else what it says is about a body that it never saw whole
                started = True
                await send(message)

        if not over:
            with suppress(_TooLarge):
                await self.app(scope, counted, noted)
        if over and not started:
            wrong = UserError(
                f"The request is larger than {limit // 1024} KiB.", "Send less at once."
            )
            await problem(wrong, 413)(scope, receive, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


class PageHead:
    """Gives every browser that opens the page its signed cookie, and cleans the page's head."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self.app = app
        self.identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        answer = _Rewritten(send, self._cookie(scope))
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self.app({**scope, "headers": headers}, receive, answer.take)

    def _cookie(self, scope: Scope) -> str:
        """A Set-Cookie header: the same visitor where the browser shows a good one, renewed."""
        request = Request(scope)
        known = self.identity.read_cookie(request.cookies.get(COOKIE, ""))
        user = known.user if known else self.identity.new_user()
        cookie: SimpleCookie = SimpleCookie()
        cookie[COOKIE] = self.identity.cookie(user)
        morsel = cookie[COOKIE]
        morsel["path"], morsel["max-age"] = "/", COOKIE_AGE
        morsel["httponly"], morsel["samesite"] = True, "Lax"
        if request.url.scheme == "https":
            morsel["secure"] = True
        return morsel.OutputString()


class _Rewritten:
    """Holds a page back until it is whole, then sends it without Gradio's social tags.

    Those tags name pictures on other hosts, and are not about this site. The style sheet goes
    into the head here, so that the page never shows without it.
    """

    def __init__(self, send: Callable[[Message], Awaitable[None]], cookie: str) -> None:
        self._send = send
        self._cookie = cookie
        self._start: Message | None = None
        self._body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        headers = MutableHeaders(scope=self._start)
        headers.append("Set-Cookie", self._cookie)
        headers["Cache-Control"] = "no-store"
        self._body = _SOCIAL.sub(b"", self._body).replace(b"</head>", _STYLE + b"</head>", 1)
        headers["Content-Length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})
