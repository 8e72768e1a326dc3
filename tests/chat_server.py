"""A tiny OpenAI-compatible server whose answers, good and bad, the tests choose."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def event(text: str) -> bytes:
    """One server-sent event with a piece of text."""
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


DONE = b"data: [DONE]\n\n"
HELLO = [event("Hello"), event(" there."), b'data: {"choices": []}\n\n', DONE]


@contextmanager
def chat_server(
    chunks: list[bytes] | None = None,
    *,
    status: int = 200,
    hang: float = 0.0,
    models: Any = None,
    refuses: str = "",
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve `chunks` to every chat request; yields the base URL and the requests it got.

    `hang` waits that many seconds before the last chunk; `models` is the answer to /models;
    `refuses` names a key of requests that are answered with status 400.
    """
    seen: list[dict[str, Any]] = []
    sent = HELLO if chunks is None else chunks

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": "tiny"}]} if models is None else models).encode()
            self._head(200, "application/json")
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append({"body": json.loads(body), "headers": dict(self.headers)})
            self._head(400 if refuses in seen[-1]["body"] else status, "text/event-stream")
            for i, chunk in enumerate(sent):
                if i == len(sent) - 1:
                    time.sleep(hang)
                self.wfile.write(chunk)
                self.wfile.flush()

        def _head(self, code: int, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
