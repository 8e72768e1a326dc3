"""`sommelier chat`: the conversation in a terminal, on the same handlers as page and API."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TextIO, TypeVar

from rich.console import Console
from rich.text import Text

from bot.bot import Bot
from bot.sent import ChangeSent, Delta, Done, Failed, Sent, SlateEntry, SlateSent
from retrieval.errors import UserError
from ui import handlers
from ui.cards import facts_text, people_text
from ui.console import plain
from ui.handler_values import ProfileEntry
from ui.metrics import watched
from ui.page_words import Words, words_for

FEEDBACK: Mapping[str, str] = {
    "/like": "like",
    "/dislike": "dislike",
    "/seen": "seen",
    "/notnow": "not_now",
    "/never": "never",
}
_HELP = (
    "/like 2  /dislike 2  /seen 2  /notnow 2  /never 2   your opinion of the second item\n"
    "/profile   what I believe you like     /remove 3   take the third belief back\n"
    "/undo   take the last change back      /new   a new conversation      /quit"
)


T = TypeVar("T")


class Chat:
    """One person's conversation on a terminal, or on a pipe."""

    def __init__(self, bot: Bot, user: str, source: TextIO, console: Console) -> None:
        self.bot = bot
        self.user = user
        self.source = source
        self.console = console
        self.words: Words = words_for("en", bot.catalog)
        self.conversation = handlers.start_conversation(bot, user)
        self.turn_id = ""
        self.slate: tuple[SlateEntry, ...] = ()

    def run(self) -> None:
        """Read and answer until /quit or the end of the input."""
        if self.source.isatty():
            self._print(self.words("hello"), "bold")
            self._print("Write as you would to a friend; /help lists the commands.", "dim")
        for line in self._lines():
            text = line.strip()
            if text == "/quit":
                return
            if text:
                self._step(text)

    def _lines(self) -> Iterator[str]:
        while True:
            if self.source.isatty():
                self.console.print(Text("\n› ", "bold magenta"), end="")
            try:
                line = self.source.readline()
            except (KeyboardInterrupt, UnicodeDecodeError):
                line = ""
            if not line:
                return
            yield line

    def _step(self, text: str) -> None:
        try:
            if text.startswith("/"):
                self._command(text)
            else:
                self._answer(text)
        except UserError as error:
            self._print(f"{error.message} {error.mend}".strip(), "red")

    def _answer(self, text: str) -> None:
        """Answer a message; Ctrl-C stops the answer, not the program."""
        events = handlers.on_message(self.bot, self.user, self.conversation, text)
        shown: tuple[SlateEntry, ...] = ()
        with closing(watched(events, "terminal")) as pieces:
            try:
                for event in pieces:
                    shown = self._piece(event, shown)
            except KeyboardInterrupt:
                self._print("\nStopped.", "dim")

    def _piece(self, event: Sent, shown: tuple[SlateEntry, ...]) -> tuple[SlateEntry, ...]:
        """Print one piece of an answer; the slate waits until the words are out."""
        if isinstance(event, SlateSent):
            self.turn_id, self.slate = event.turn_id, event.items
            return event.items
        if isinstance(event, Delta):
            self.console.print(Text(plain(event.text)), end="", soft_wrap=True)
        elif isinstance(event, Failed):
            self._print(f"\n{event.message} {event.mend}", "red")
        elif isinstance(event, Done):
            self.console.print()
            self._cards(shown)
            self._changed(event.changes)
        return shown

    def _cards(self, slate: Sequence[SlateEntry]) -> None:
        for place, entry in enumerate(slate, start=1):
            year = f" ({entry.year})" if entry.year is not None else ""
            self._print(f"\n{place}  {entry.title}{year}", "bold")
            item = self.bot.catalog.item(entry.item_id)
            for line in (facts_text(item, self.words), people_text(item, self.words)):
                self._print(f"   {line}" if line else "", "dim")
            self._print(f"   {entry.why}" if entry.why else "", "magenta")

    def _changed(self, changes: Sequence[ChangeSent]) -> None:
        parts = [
            f"no longer {c.belief}"
            if c.after is None
            else f"{'+' if c.after > 0 else '−'} {c.belief}"
            for c in changes
        ]
        self._print(f"\nWhat changed: {', '.join(parts)}" if parts else "", "dim")

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        commands: dict[str, Callable[[], None]] = {
            "/profile": self._profile,
            "/undo": self._undo,
            "/new": self._new,
            "/help": lambda: self._print(_HELP),
            "/remove": lambda: self._remove(rest),
        }
        if name in FEEDBACK:
            self._feedback(FEEDBACK[name], rest)
        elif name in commands:
            commands[name]()
        else:
            raise UserError(f"There is no command {name}.", "/help lists them.")

    def _feedback(self, kind: str, number: str) -> None:
        entry = _pick(self.slate, number, "items shown")
        self._changed(
            handlers.on_feedback(
                self.bot,
                self.user,
                self.conversation,
                turn_id=self.turn_id,
                item_id=entry.item_id,
                kind=kind,
            )
        )
        self._print(self.words(f"state_{kind}"), "dim")

    def _beliefs(self) -> tuple[ProfileEntry, ...]:
        profile = handlers.profile(self.bot, self.user, self.conversation)
        return (*profile.likes, *profile.dislikes, *profile.constraints)

    def _profile(self) -> None:
        for place, belief in enumerate(self._beliefs(), start=1):
            sign = "never" if belief.hard and belief.polarity < 0 else _sign(belief.polarity)
            self._print(f"{place:>2}  {sign} {belief.text}   “{belief.evidence}”")
        if not self._beliefs():
            self._print("Nothing yet.", "dim")

    def _remove(self, number: str) -> None:
        belief = _pick(self._beliefs(), number, "beliefs of /profile")
        self._changed(handlers.remove_belief(self.bot, self.user, belief.id, self.conversation))

    def _undo(self) -> None:
        self._changed(handlers.undo(self.bot, self.user, self.conversation))

    def _new(self) -> None:
        self.conversation = handlers.start_conversation(self.bot, self.user)
        self.turn_id, self.slate = "", ()
        self._print("A new conversation; what you like for good is kept.", "dim")

    def _print(self, text: str, style: str = "") -> None:
        if text:
            self.console.print(Text(plain(text), style))


def chat(bot: Bot, user: str) -> None:
    """Talk on standard input and output."""
    Chat(bot, user, sys.stdin, Console(highlight=False)).run()


def _sign(polarity: float) -> str:
    return "+" if polarity > 0 else "−"


def _pick(things: Sequence[T], number: str, what: str) -> T:
    """The thing of a number counted from 1; UserError when there is none."""
    if number.strip().isdecimal() and 1 <= int(number) <= len(things):
        return things[int(number) - 1]
    raise UserError(f"That is none of the {len(things)} {what}.", "Give its number, from 1 on.")
