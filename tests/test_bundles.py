"""A running bot takes over what the pointer names, between turns, and drops no conversation."""

from __future__ import annotations

import gc
import json
import logging
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bots import done_of, make_bot
from fakes import FakeLanguageModel, Silence

from bot.bot import Bot, Parts
from bot.bundles import BundleWatch
from bot.events import Replied
from bot.sent import Delta, Sent
from bot.settings import Settings
from bot.turn import respond
from retrieval.bundle import (
    POINTER,
    SHIPPED,
    Bundle,
    BundleMismatch,
    Part,
    folder_fingerprint,
    read_bundle,
    roll_back,
    write_bundle,
)
from ui.handlers import on_message, start_conversation


def promote(home: Path, words: str, kind: str = "ranker") -> str:
    """Point at a bundle whose part of a kind is named by `words`."""
    folder = home / "runs" / words
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(words))
    part = Part(kind, folder, {}, folder_fingerprint(folder))
    bundle = read_bundle(home).with_part(part)
    write_bundle(home, bundle)
    return bundle.bundle_id


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """A bot on the shipped bundle, whose later bundles are copies of its shelf."""

    def build(settings: Settings, bundle: Bundle, old: Parts) -> Parts:
        return Parts(replace(old.shelf), old.understander, old.language_model, bundle)

    monkeypatch.setattr("bot.bundles.build_parts", build)
    bot = make_bot(tmp_path)
    bot.swap(replace(bot.parts, bundle=Bundle()))
    return bot


def served(bot: Bot, user: str = "u") -> set[str]:
    events = [row.event for row in bot.event_log.user_events(user)]
    return {event.bundle_id for event in events if isinstance(event, Replied)}


def test_a_changed_pointer_is_taken_over_once(bot: Bot) -> None:
    watch = BundleWatch(bot)
    assert not watch.refresh()
    first = promote(bot.home, "one")
    assert watch.refresh()
    assert bot.bundle_id == first
    assert not watch.refresh()
    roll_back(bot.home)
    assert watch.refresh()
    assert bot.bundle_id == SHIPPED


@pytest.mark.parametrize(
    ("llm", "why"), [("plain", "wording is plain"), ("http://127.0.0.1:9/v1", "the endpoint's own")]
)
def test_an_adapter_that_does_not_serve_is_named_in_the_log(
    bot: Bot, llm: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    watch = BundleWatch(bot)
    bot.settings = bot.settings.model_copy(update={"llm": llm})
    promote(bot.home, "a ranker")
    assert watch.refresh()
    assert not caplog.messages
    promoted = promote(bot.home, "an adapter", "llm")
    assert watch.refresh()
    (line,) = caplog.messages
    assert promoted in line
    assert why in line


def test_a_pointer_that_changed_before_the_watch_began_is_seen(bot: Bot) -> None:
    promoted = promote(bot.home, "one")
    assert BundleWatch(bot).refresh()
    assert bot.bundle_id == promoted


def test_a_turn_keeps_the_bundle_it_began_with(bot: Bot) -> None:
    watch = BundleWatch(bot)
    answer = respond(bot, "u", "c", "hello")
    sent: list[Sent] = [next(answer)]
    promoted = promote(bot.home, "one")
    assert watch.refresh()
    sent += answer
    assert served(bot) == {SHIPPED}
    list(respond(bot, "u", "c", "hello again"))
    assert served(bot) == {SHIPPED, promoted}


def test_the_old_models_are_freed_when_their_last_turn_has_ended(bot: Bot) -> None:
    watch = BundleWatch(bot)
    old = weakref.ref(bot.parts.shelf)
    answer = respond(bot, "u", "c", "hello")
    next(answer)
    promote(bot.home, "one")
    watch.refresh()
    gc.collect()
    assert old() is not None
    list(answer)
    del answer
    gc.collect()
    assert old() is None


def test_a_bundle_that_cannot_be_built_is_one_line_and_the_present_one_serves(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Parts:
        raise BundleMismatch("The ranker was trained against encoder a, but b serves.")

    monkeypatch.setattr("bot.bundles.build_parts", fail)
    watch = BundleWatch(bot)
    promote(bot.home, "one")
    with caplog.at_level(logging.WARNING):
        assert not watch.refresh()
        assert not watch.refresh()
    assert [r.getMessage() for r in caplog.records] == [
        "the bundle shipped goes on serving: "
        "The ranker was trained against encoder a, but b serves."
    ]
    assert done_of(list(respond(bot, "u", "c", "hello"))).text
    assert served(bot) == {SHIPPED}


def test_a_pointer_edited_by_hand_changes_nothing(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    watch = BundleWatch(bot)
    (bot.home / POINTER).write_text("{")
    assert not watch.refresh()
    assert bot.bundle_id == SHIPPED
    assert len(caplog.records) == 1


def test_a_new_language_model_is_ready_before_it_serves(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeLanguageModel(loaded=False)

    def build(settings: Settings, bundle: Bundle, old: Parts) -> Parts:
        return Parts(old.shelf, old.understander, model, bundle)

    monkeypatch.setattr("bot.bundles.build_parts", build)
    watch = BundleWatch(bot)
    promote(bot.home, "one")
    assert watch.refresh()
    assert model.loaded
    assert bot.language_model is model


class _Broken(FakeLanguageModel):
    def start(self, warm: object = ()) -> None:
        pass

    def problem(self) -> str:
        return "the adapter is for another base"


def test_a_language_model_that_cannot_be_loaded_never_serves(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def build(settings: Settings, bundle: Bundle, old: Parts) -> Parts:
        return Parts(old.shelf, old.understander, _Broken(loaded=False), bundle)

    monkeypatch.setattr("bot.bundles.build_parts", build)
    watch = BundleWatch(bot)
    promote(bot.home, "one")
    assert not watch.refresh()
    assert bot.language_model is None
    assert "another base" in caplog.text


def test_a_server_under_load_drops_no_conversation_while_bundles_swap(bot: Bot) -> None:
    people, messages = 6, 8
    existed = {SHIPPED}
    talking = threading.Event()
    answers: list[str] = []

    def talk(user: str) -> None:
        conversation = start_conversation(bot, user)
        talking.set()
        for number in range(messages):
            text = "something like Alien" if number % 2 else "hello"
            answers.append(done_of(list(on_message(bot, user, conversation, text))).text)

    threads = [threading.Thread(target=talk, args=(f"u{n}",)) for n in range(people)]
    watch = BundleWatch(bot, every=0.01)
    watch.start()
    for thread in threads:
        thread.start()
    talking.wait()
    number = 0
    while any(thread.is_alive() for thread in threads):
        number += 1
        existed.add(promote(bot.home, f"run-{number}"))
        threads[number % people].join(0.05)
    watch.stop()
    assert len(answers) == people * messages
    assert all(answers)
    replies = [r.event for r in bot.event_log.all_events() if isinstance(r.event, Replied)]
    assert len(replies) == people * messages
    used = {reply.bundle_id for reply in replies}
    assert used <= existed
    assert len(used) > 1


def test_a_slow_answer_does_not_hold_up_the_swap(tmp_path: Path, bot: Bot) -> None:
    slow = FakeLanguageModel(Silence(0.5, "Well then."), "Well then.")
    bot.swap(replace(bot.parts, language_model=slow))
    watch = BundleWatch(bot)

    def answer() -> Iterator[Sent]:
        yield from respond(bot, "u", "c", "hello")

    thread = threading.Thread(target=lambda: list(answer()))
    thread.start()
    promoted = promote(bot.home, "one")
    assert watch.refresh()
    assert bot.bundle_id == promoted
    thread.join()
    sent = list(respond(bot, "v", "d", "hello"))
    assert any(isinstance(s, Delta) for s in sent)
    assert served(bot, "v") == {promoted}
