"""Bots for tests: the tiny catalogue, the fake encoder, a scripted understander, a real log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fakes import FakeEncoder, tiny_catalog

from bot.bot import Bot, Parts
from bot.event_log import open_event_log
from bot.language_model import LanguageModel
from bot.need import make_shelf
from bot.sent import Delta, Done, Sent, SlateSent
from bot.settings import Settings
from bot.understanding import Request, Understander, Understanding
from bot.user_keys import load_secret
from retrieval.bundle import Bundle
from retrieval.catalog import Catalog
from retrieval.index import build_index

NOTHING = Understanding(("other",))


class ScriptedUnderstander:
    """Understands messages by a table of exact texts; anything else means nothing."""

    name = "scripted"

    def __init__(self, script: dict[str, Understanding]) -> None:
        self.script = script
        self.requests: list[Request] = []

    def understand(self, request: Request) -> Understanding:
        self.requests.append(request)
        return self.script.get(request.messages[-1].text, NOTHING)


def make_bot(
    home: Path,
    understander: Understander | dict[str, Understanding] | None = None,
    language_model: LanguageModel | None = None,
    items: Catalog | None = None,
    **settings: object,
) -> Bot:
    """A bot over the tiny catalogue or `items`, log in `home`; a dict scripts the understander."""
    encoder = FakeEncoder()
    catalog = items or tiny_catalog()
    home.mkdir(parents=True, exist_ok=True)
    if understander is None or isinstance(understander, dict):
        understander = ScriptedUnderstander(understander or {})
    return Bot(
        settings=Settings(home=home, **settings),
        parts=Parts(
            make_shelf(catalog, build_index(catalog, encoder), encoder),
            understander,
            language_model,
            Bundle("test-bundle"),
        ),
        event_log=open_event_log(home / "events.sqlite"),
        secret=load_secret(home),
    )


def slate_of(sent: Sequence[Sent]) -> list[str]:
    """The item ids of the slate in an answer, [] without one."""
    return [e.item_id for s in sent if isinstance(s, SlateSent) for e in s.items]


def done_of(sent: Sequence[Sent]) -> Done:
    """The end of an answer."""
    [done] = [s for s in sent if isinstance(s, Done)]
    return done


def text_of(sent: Sequence[Sent]) -> str:
    """The deltas of an answer, joined."""
    return "".join(s.text for s in sent if isinstance(s, Delta))
