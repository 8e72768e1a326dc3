"""The page: Gradio components, and the events that join them to the page's actions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from bot.bot import Bot
from ui.identity import COOKIE, Identity
from ui.page_actions import Guest, PageActions, View
from ui.page_html import header_html, notice_html, status_html
from ui.page_words import words_for

_HERE = Path(__file__).parent
_POLL = 2.0  # seconds between looks at whether the language model has loaded
_SANS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")

_log = logging.getLogger(__name__)
Update = dict[Any, Any]  # component -> its new value or properties


def mount_page(app: FastAPI, bot: Bot, identity: Identity) -> None:
    """Serve the page at / of `app`; every path that `app` does not answer goes to it."""
    page = Page(PageActions(bot), identity)
    gr.mount_gradio_app(
        app,
        page.blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        favicon_path=str(_HERE / "favicon.svg"),
        theme=_theme(),
    )


def _theme() -> Any:
    """Gradio's plainest theme, with fonts that it serves itself."""
    sans = [gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), *_SANS]
    mono = [gr.themes.LocalFont("IBM Plex Mono"), "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)


class Page:
    """The components of the page and their events.

    The browser keeps only the id of its conversation; who it is comes from the signed cookie.
    """

    def __init__(self, actions: PageActions, identity: Identity) -> None:
        self.actions = actions
        self.identity = identity
        with gr.Blocks(title="Sommelier", analytics_enabled=False) as self.blocks:
            self._lay_out()
            self._wire()
        self.blocks.queue(default_concurrency_limit=None, api_open=False)

    def _lay_out(self) -> None:
        script = (_HERE / "page.js").read_text("utf-8")

        def part(name: str) -> Any:
            return gr.HTML("", elem_id=name, js_on_load=script, apply_default_css=False)

        self.conversation = gr.BrowserState("", storage_key="sommelier", secret="sommelier")
        self.timer = gr.Timer(_POLL)
        self.header = part("header")
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="talk"):
                self.history = part("history")
                self.live = part("live")
                with gr.Column(elem_id="foot"):
                    self.notice = part("notice")
                    with gr.Row(elem_id="composer"):
                        self._lay_out_composer()
                    self.status = part("status")
            with gr.Column(elem_id="side"):
                self.panel = part("panel")

    def _lay_out_composer(self) -> None:
        self.box = gr.Textbox(
            elem_id="say", show_label=False, container=False, lines=1, max_lines=6, autofocus=True
        )
        self.send = gr.Button("Send", elem_id="send")
        self.stop = gr.Button("Stop", elem_id="stop", visible=False)

    def _wire(self) -> None:
        """Connect every event; programs have the API, so none of them is offered to those."""
        here = [self.conversation]
        talk = [self.history, self.live, self.panel, self.notice, *here]
        talk += [self.box, self.send, self.stop]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        status = [self.status, self.timer]
        self.blocks.load(self.on_load, here, [*talk, self.header, *status], **quiet)
        gr.on([self.box.submit, self.send.click], self.on_send, [self.box, *here], talk, **quiet)
        for part in (self.history, self.live):
            part.say(self.on_say, here, talk, **quiet)
            part.feedback(self.on_feedback, here, talk, **quiet)
        self.stop.click(self.on_stop, here, None, **quiet)
        self.header.fresh(self.on_fresh, None, talk, **quiet)
        self.panel.remove(self.on_remove, here, talk, **quiet)
        for part in (self.panel, self.notice):
            part.undo(self.on_undo, here, talk, **quiet)
        self.panel.forget(self.on_forget, None, talk, **quiet)
        self.timer.tick(self.on_tick, None, status, **quiet)

    def on_load(self, conversation: str, request: gr.Request) -> Update:
        """Show the conversation that the browser remembers, else the welcome."""
        guest = self._guest(request)
        words = guest.words
        return {
            **self._safely(guest, lambda: self.actions.show(guest, str(conversation or ""))),
            **self.on_tick(request),
            self.header: header_html(words),
            self.box: gr.update(placeholder=words("placeholder"), label=words("input_label")),
            self.send: gr.update(value=words("send")),
            self.stop: gr.update(value=words("stop")),
        }

    def on_send(self, text: str, conversation: str, request: gr.Request) -> Iterator[Update]:
        """Answer what was typed."""
        yield from self._talk(text or "", conversation, self._guest(request))

    def on_say(
        self, conversation: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Answer what a button says."""
        yield from self._talk(_of(event, "text"), conversation, self._guest(request))

    def on_stop(self, conversation: str, request: gr.Request) -> None:
        """Stop the answer that is being given."""
        self.actions.stop(self._guest(request), str(conversation or ""))

    def on_feedback(self, conversation: str, event: gr.EventData, request: gr.Request) -> Update:
        """Take the reaction to a card."""
        guest = self._guest(request)
        turn, item, kind = (_of(event, name) for name in ("turn", "item", "kind"))
        return self._safely(
            guest, lambda: self.actions.feedback(guest, str(conversation), turn, item, kind)
        )

    def on_remove(self, conversation: str, event: gr.EventData, request: gr.Request) -> Update:
        """Take a belief back."""
        guest, belief = self._guest(request), _of(event, "id")
        return self._safely(guest, lambda: self.actions.remove(guest, str(conversation), belief))

    def on_undo(self, conversation: str, request: gr.Request) -> Update:
        """Take back the last change."""
        guest = self._guest(request)
        return self._safely(guest, lambda: self.actions.undo(guest, str(conversation or "")))

    def on_forget(self, request: gr.Request) -> Update:
        """Delete everything about the visitor."""
        guest = self._guest(request)
        return self._safely(guest, lambda: self.actions.forget(guest))

    def on_fresh(self, request: gr.Request) -> Update:
        """Begin a new conversation."""
        guest = self._guest(request)
        return self._safely(guest, lambda: self.actions.fresh(guest))

    def on_tick(self, request: gr.Request) -> Update:
        """Say how answers are worded; stop asking once that will not change."""
        text, waiting = self.actions.wording(self._guest(request).words)
        return {self.status: status_html(text), self.timer: gr.Timer(active=waiting)}

    def _guest(self, request: gr.Request) -> Guest:
        headers = request.headers
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(headers.get("cookie") or "")
        except CookieError:  # some other cookie of this host is broken
            jar.clear()
        value = jar[COOKIE].value if COOKIE in jar else ""
        known = self.identity.read_cookie(value)
        words = words_for(headers.get("accept-language") or "", self.actions.bot.catalog)
        return Guest(known.user if known else "", words)

    def _talk(self, text: str, conversation: str, guest: Guest) -> Iterator[Update]:
        try:
            for view in self.actions.talk(guest, str(conversation or ""), text):
                yield self._update(view)
        except Exception:
            _log.exception("a message of the page failed")
            yield {**self._update(View(box=text, busy=False)), **self._trouble(guest)}

    def _safely(self, guest: Guest, act: Callable[[], View]) -> Update:
        """What `act` changes; nobody sees a traceback."""
        try:
            return self._update(act())
        except Exception:
            _log.exception("an action of the page failed")
            return self._trouble(guest)

    def _trouble(self, guest: Guest) -> Update:
        words = guest.words
        return {self.notice: notice_html(words("trouble"), words("trouble_mend"), trouble=True)}

    def _update(self, view: View) -> Update:
        """A view as Gradio takes it."""
        parts = {
            self.history: view.history,
            self.live: view.live,
            self.panel: view.panel,
            self.notice: view.notice,
            self.conversation: view.conversation,
            self.box: view.box,
        }
        update: Update = {part: value for part, value in parts.items() if value is not None}
        if view.busy is not None:
            update[self.send] = gr.update(visible=not view.busy)
            update[self.stop] = gr.update(visible=view.busy)
        return update


def _of(event: Any, name: str) -> str:
    """One field of what a button sent."""
    data = event._data
    return str(data.get(name, "")) if isinstance(data, dict) else ""
