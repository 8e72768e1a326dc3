"""A conversation as a value, and the desk at which the readers of all formats work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.session import Feedback
from bot.transcript_text import Problem, ProblemKind
from bot.understanding import Role
from retrieval.catalog import Catalog, Item
from retrieval.signals import normalise

Link = Callable[[str], Sequence[str]]

_ROLES: Mapping[str, Role] = {
    "user": "user",
    "seeker": "user",
    "human": "user",
    "customer": "user",
    "assistant": "assistant",
    "recommender": "assistant",
    "agent": "assistant",
    "bot": "assistant",
    "system_agent": "assistant",
}


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """One message as it was said; the seeker is the user, the recommender the assistant.

    `items` are ids of catalogue items named in it, each once, in order. `index` is the 0-based
    position in the file's own list, where left-out messages count too. `speaker` is the file's
    own name for who spoke. `feedback` are button presses on its items before the next message.
    """

    role: Role
    text: str
    items: tuple[str, ...]
    speaker: str | None
    index: int
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation: its id as a string and its messages in order."""

    conversation: str
    messages: tuple[TranscriptMessage, ...]

    def before(self, message: TranscriptMessage) -> tuple[TranscriptMessage, ...]:
        """Everything that was said before a message, and nothing else."""
        return tuple(m for m in self.messages if m.index < message.index)

    def recommendations(self) -> tuple[TranscriptMessage, ...]:
        """The assistant's messages that name an item and have a message before them."""
        return tuple(m for m in self.messages if m.role == "assistant" and m.items and m.index > 0)


Found = Iterator[tuple[int, Transcript]]  # each with the line on which it begins


@dataclass
class Desk:
    """What a format reader works with: catalogue, linker, and the problems found so far."""

    catalog: Catalog
    link: Link
    problems: list[Problem] = field(default_factory=list)
    _titles: dict[str, list[Item]] = field(default_factory=dict)

    def report(self, line: int, kind: ProblemKind, reason: str) -> None:
        """Note a problem; it is counted and the reading goes on."""
        self.problems.append(Problem(line, kind, reason))

    def known(self, line: int, ids: Iterable[str]) -> tuple[str, ...]:
        """The ids that the catalogue holds, each once; the others are reported."""
        kept = []
        for item_id in dict.fromkeys(ids):
            if item_id in self.catalog:
                kept.append(item_id)
            else:
                self.report(line, "unknown item", f"the catalogue has no item {item_id!r}")
        return tuple(kept)

    def linked(self, text: str) -> tuple[str, ...]:
        """The ids of items whose titles stand in a text, each once."""
        return tuple(i for i in dict.fromkeys(self.link(text)) if i in self.catalog)

    def titled(self, line: int, titles: Iterable[str]) -> tuple[str, ...]:
        """The ids of items by written title, with or without "(year)"; the others are reported."""
        found = []
        for title in titles:
            item = self._by_title(title)
            if item is None:
                self.report(line, "unknown item", f"the catalogue has no title {title!r}")
            else:
                found.append(item.item_id)
        return tuple(dict.fromkeys(found))

    def role(self, name: str, line: int, index: int) -> Role | None:
        """The side that a speaker's name stands for; None, reported, where it is neither."""
        role = _ROLES.get(name.strip().lower())
        if role is None:
            reason = f"message {index} is by {name!r}, of neither side"
            self.report(line, "unknown speaker", reason)
        return role

    def _by_title(self, title: str) -> Item | None:
        if not self._titles:
            for item in self.catalog.items:
                for name in (item.title, item.original_title, *item.aliases):
                    if name:
                        self._titles.setdefault(normalise(name), []).append(item)
        bare, year = split_year(title)
        fitting = self._titles.get(normalise(bare), []) or self._titles.get(normalise(title), [])
        if year is not None and any(i.year == year for i in fitting):
            fitting = [i for i in fitting if i.year == year]
        elif year is not None:
            fitting = [i for i in fitting if i.year is None or abs(i.year - year) <= 1]
        return max(fitting, key=lambda i: i.popularity or 0.0, default=None)


def split_year(title: str) -> tuple[str, int | None]:
    """ "Alien (1979)" as ("Alien", 1979); a title without a year comes back with None."""
    bare, bracket, rest = title.strip().rpartition("(")
    year = rest.removesuffix(")").strip()
    if bracket and bare.strip() and len(year) == 4 and year.isdecimal():
        return bare.strip(), int(year)
    return title.strip(), None


def readable_title(item: Item) -> str:
    """The title as it stands in a text: with the year in brackets where it is known."""
    return item.title if item.year is None else f"{item.title} ({item.year})"
