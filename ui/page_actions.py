"""What happens on the page, without Gradio: each action gives the parts of the page that change."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from bot.bot import Bot
from bot.sent import ChangeSent, Delta, Done, Failed, SlateEntry, SlateSent
from retrieval.errors import UserError
from ui import handlers
from ui.metrics import FEEDBACK, watched
from ui.page_html import (
    changes_html,
    live_html,
    next_html,
    notice_html,
    panel_html,
    taken_back_html,
    turns_html,
    welcome_html,
)
from ui.page_start import shelf, starters
from ui.page_words import Words

_SHELF = 6  # items that a first visitor is shown

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """The parts of the page that change; None leaves a part as it is.

    `box` is the text in the input, `busy` whether an answer is under way, `conversation` the id
    that the browser is to remember ("" for none). The others are HTML.
    """

    history: str | None = None
    live: str | None = None
    panel: str | None = None
    notice: str | None = None
    conversation: str | None = None
    box: str | None = None
    busy: bool | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """Who acts: the user of the signed cookie ("" without one), and the words they read."""

    user: str
    words: Words


class Stops:
    """The conversations whose answer was asked to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def ask(self, conversation: str) -> None:
        """Ask for the answer that is under way to stop."""
        with self._lock:
            self._asked.add(conversation)

    def take(self, conversation: str) -> bool:
        """Whether a stop was asked for since the last look."""
        with self._lock:
            asked = conversation in self._asked
            self._asked.discard(conversation)
            return asked


class PageActions:
    """The actions of the page around one bot.

    Everything shown comes from the log, so a reload or a restarted server loses nothing. A
    conversation is opened by its first message: who only looks in leaves no trace.
    """

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.stops = Stops()

    def show(self, guest: Guest, conversation: str) -> View:
        """The whole page: the conversation, if it is this guest's, else the welcome."""
        if not self._theirs(guest, conversation):
            conversation = ""
        turns = handlers.transcript(self.bot, guest.user, conversation) if conversation else ()
        history = turns_html(turns, self.bot.catalog, guest.words) or self._welcome(guest)
        return View(
            history=history,
            live=next_html(turns[-1] if turns else None, guest.words),
            panel=self._panel(guest, conversation),
            notice="",
            conversation=conversation,
        )

    def talk(self, guest: Guest, conversation: str, text: str) -> Iterator[View]:
        """Answer a message; a refused one gives its line, and leaves the text where it was."""
        if not guest.user:
            yield _refusal(View(), UserError(guest.words("no_cookie")), text)
            return
        live = _Live(self.bot, guest.words, text)
        theirs = self._theirs(guest, conversation)
        yield View(history=None if theirs else "", live=live.html(), notice="", box="", busy=True)
        try:
            if not theirs:
                conversation = handlers.start_conversation(self.bot, guest.user)
                yield View(conversation=conversation)
            self.stops.take(conversation)  # one that came too late for the answer before
            events = watched(handlers.on_message(self.bot, guest.user, conversation, text), "page")
        except UserError as error:
            yield _refusal(self.show(guest, conversation), error, text)
            return
        with closing(events):
            for event in events:
                live = live.after(event)
                if live.failed is not None or self.stops.take(conversation):
                    break
                if not isinstance(event, Done):
                    yield View(live=live.html())
        yield self._end(guest, conversation, live)

    def feedback(
        self, guest: Guest, conversation: str, turn_id: str, item_id: str, kind: str
    ) -> View:
        """Take the reaction to a card."""

        def give() -> tuple[ChangeSent, ...]:
            changed = handlers.on_feedback(
                self.bot, guest.user, conversation, turn_id=turn_id, item_id=item_id, kind=kind
            )
            FEEDBACK.labels("page", kind).inc()
            return changed

        return replace(self._do(guest, conversation, give), notice=None)

    def remove(self, guest: Guest, conversation: str, belief_id: str) -> View:
        """Take a belief back."""
        bot, user, here = self.bot, guest.user, conversation or None
        return self._do(
            guest,
            conversation,
            lambda: handlers.remove_belief(bot, user, belief_id, here),
            say=taken_back_html,
        )

    def undo(self, guest: Guest, conversation: str) -> View:
        """Take back the last thing that changed a belief."""
        here = conversation or None
        done = self._do(guest, conversation, lambda: handlers.undo(self.bot, guest.user, here))
        return done if done.notice else replace(done, notice=notice_html(guest.words("undone")))

    def forget(self, guest: Guest) -> View:
        """Delete everything about the guest, and begin again."""
        handlers.forget(self.bot, guest.user)
        return replace(self.show(guest, ""), notice=notice_html(guest.words("forgotten")))

    def fresh(self, guest: Guest) -> View:
        """A new conversation; what was learned for good stays."""
        return replace(self.show(guest, ""), box="")

    def stop(self, guest: Guest, conversation: str) -> None:
        """Stop the answer that is under way."""
        if self._theirs(guest, conversation):
            self.stops.ask(conversation)

    def wording(self, words: Words) -> tuple[str, bool]:
        """How answers are worded now, "" if by the language model; and whether that may change."""
        model = self.bot.language_model
        if model is None or model.problem():
            return words("no_llm"), False
        return ("", False) if model.ready() else (words("loading_llm"), True)

    def _theirs(self, guest: Guest, conversation: str) -> bool:
        return bool(
            guest.user and conversation and handlers.owns(self.bot, guest.user, conversation)
        )

    def _welcome(self, guest: Guest) -> str:
        chance = random.Random(guest.user)  # the same on every reload of one visitor
        catalog, words = self.bot.catalog, guest.words
        return welcome_html(shelf(catalog, _SHELF, chance), starters(catalog, words, chance), words)

    def _panel(self, guest: Guest, conversation: str) -> str:
        here = conversation or None
        return panel_html(handlers.profile(self.bot, guest.user, here), guest.words)

    def _end(self, guest: Guest, conversation: str, live: _Live) -> View:
        """The page after an answer, whole or not."""
        view = replace(self.show(guest, conversation), busy=False)
        if live.failed is not None:
            error = UserError(live.failed.message, live.failed.mend)
            return _refusal(view, error, live.text)
        if live.done is None:
            return replace(view, notice=notice_html(guest.words("stopped")))
        if not live.done.logged:
            # the log could not be read back either: show what was sent
            return View(live=live.html(), notice=notice_html(guest.words("not_logged")), busy=False)
        return view

    def _do(
        self,
        guest: Guest,
        conversation: str,
        act: Callable[[], tuple[ChangeSent, ...]],
        say: Callable[[Sequence[ChangeSent], Words], str] = changes_html,
    ) -> View:
        """Run `act` and show what it changed, or why it could not be."""
        try:
            changed = act()
        except UserError as error:
            notice = notice_html(error.message, error.mend, trouble=True)
            return replace(self.show(guest, conversation), live=None, notice=notice)
        view = self.show(guest, conversation)
        return replace(view, live=None, notice=say(changed, guest.words))


def _refusal(view: View, error: UserError, text: str) -> View:
    """The line that says what is wrong; the text is back in the input."""
    notice = notice_html(error.message, error.mend, trouble=True)
    return replace(view, notice=notice, box=text, busy=False)


@dataclass(frozen=True, slots=True)
class _Live:
    """An answer as far as it has come."""

    bot: Bot
    words: Words
    text: str
    reply: str = ""
    turn_id: str = ""
    slate: tuple[SlateEntry, ...] = ()
    done: Done | None = None
    failed: Failed | None = None

    def after(self, event: SlateSent | Delta | Done | Failed) -> _Live:
        """The answer with one more piece of it."""
        if isinstance(event, SlateSent):
            return replace(self, turn_id=event.turn_id, slate=event.items)
        if isinstance(event, Delta):
            return replace(self, reply=self.reply + event.text)
        return replace(self, done=event) if isinstance(event, Done) else replace(self, failed=event)

    def html(self) -> str:
        """The answer so far."""
        return live_html(
            self.text, self.reply, self.turn_id, self.slate, self.bot.catalog, self.words
        )
