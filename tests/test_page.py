"""The page without a browser: what each action shows, and that nothing unescaped gets out."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from bots import make_bot

from bot.bot import Bot
from bot.sent import ChangeSent, SlateEntry
from bot.understanding import Understanding
from retrieval.catalog import Catalog, Item
from retrieval.signals import Signal
from ui import handlers
from ui.page_actions import Guest, PageActions, View
from ui.page_html import changes_html, panel_html, reply_html, turn_html
from ui.page_start import shelf, starters
from ui.page_words import _CHINESE, _ENGLISH, prefers_chinese, words_for

COMEDY = Signal("facet", 0.9, 1.0, evidence="comedy", field="genre", value="comedy")
SCRIPT = {"A comedy": Understanding(("seek",), (COMEDY,), query="A comedy")}
EVIL = "<img src=x onerror=alert(1)>\"'&"


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    return make_bot(tmp_path / "home", SCRIPT)


@pytest.fixture
def actions(bot: Bot) -> PageActions:
    return PageActions(bot)


@pytest.fixture
def guest(bot: Bot) -> Guest:
    return Guest("visitor:one", words_for("en", bot.catalog))


def after(views: Iterator[View]) -> View:
    """The page once all views have been applied, one upon the other."""
    state: dict[str, Any] = {}
    for view in views:
        values = {field.name: getattr(view, field.name) for field in fields(view)}
        state |= {name: value for name, value in values.items() if value is not None}
    return View(**state)


def talk(actions: PageActions, guest: Guest, conversation: str, text: str) -> View:
    return after(actions.talk(guest, conversation, text))


def cards(html: str | None) -> list[str]:
    return re.findall(r'<article class="card" data-item="([^"]+)"', html or "")


def test_a_first_visit_is_welcomed_and_leaves_no_trace(
    actions: PageActions, guest: Guest, bot: Bot
) -> None:
    view = actions.show(guest, "")
    assert view.history and guest.words("hello") in view.history
    assert view.history.count('class="face"') == 6
    assert view.conversation == "" and view.live == ""
    assert handlers.conversations(bot, guest.user) == ()


def test_a_message_is_shown_at_once_then_its_answer(actions: PageActions, guest: Guest) -> None:
    views = list(actions.talk(guest, "", "A comedy"))
    first, last = views[0], views[-1]
    assert first.busy and first.box == "" and first.history == ""
    assert first.live and "A comedy" in first.live and 'class="dots"' in first.live
    assert any(view.live and cards(view.live) for view in views[1:-1])
    assert last.busy is False and len(cards(last.history)) == 4
    assert last.history and "What changed" in last.history and "+ comedy" in last.history
    assert last.panel and "comedy" in last.panel


def test_a_reload_shows_the_same_conversation(actions: PageActions, guest: Guest, bot: Bot) -> None:
    view = talk(actions, guest, "", "A comedy")
    conversation = view.conversation or ""
    slate = cards(view.history)
    turn = handlers.transcript(bot, guest.user, conversation)[0].turn_id
    clicked = actions.feedback(guest, conversation, turn, slate[0], "dislike")
    again = PageActions(bot).show(guest, conversation)
    assert again.history == clicked.history
    assert again.history and 'data-state="dislike"' in again.history
    assert again.panel == clicked.panel


def test_anothers_conversation_is_not_shown(actions: PageActions, guest: Guest) -> None:
    conversation = talk(actions, guest, "", "A comedy").conversation or ""
    stranger = Guest("visitor:two", guest.words)
    assert cards(actions.show(stranger, conversation).history) == []
    theirs = talk(actions, stranger, conversation, "A comedy")
    assert theirs.conversation not in ("", conversation)


def test_a_dislike_does_not_come_back_and_is_in_the_panel(
    actions: PageActions, guest: Guest, bot: Bot
) -> None:
    view = talk(actions, guest, "", "A comedy")
    first = cards(view.history)[0]
    turn = handlers.transcript(bot, guest.user, view.conversation or "")[0].turn_id
    clicked = actions.feedback(guest, view.conversation or "", turn, first, "dislike")
    assert bot.catalog.item(first).title in (clicked.panel or "")
    then = talk(actions, guest, view.conversation or "", "A comedy")
    assert first not in cards(then.history)[4:]


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_refused_message_keeps_its_text(actions: PageActions, guest: Guest, text: str) -> None:
    view = talk(actions, guest, "", text)
    assert view.box == text and view.busy is False
    assert view.notice and 'role="alert"' in view.notice
    assert view.history and guest.words("hello") in view.history


def test_without_a_cookie_nothing_is_stored(actions: PageActions, guest: Guest, bot: Bot) -> None:
    view = talk(actions, Guest("", guest.words), "", "A comedy")
    assert view.box == "A comedy" and "cookies" in (view.notice or "")
    assert handlers.conversations(bot, "") == ()


def test_a_message_while_another_streams(actions: PageActions, guest: Guest, bot: Bot) -> None:
    conversation = talk(actions, guest, "", "A comedy").conversation or ""
    bot.streaming.enter(conversation)
    view = talk(actions, guest, conversation, "A comedy")
    assert view.box == "A comedy" and "still being answered" in (view.notice or "")


def test_a_failure_is_one_friendly_line_and_the_text_is_kept(
    actions: PageActions, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("bot.turn.make_slate", broken)
    view = talk(actions, guest, "", "A comedy")
    assert view.box == "A comedy" and view.busy is False
    assert "went wrong" in (view.notice or "") and "secret" not in (view.notice or "")


def test_a_stop_ends_the_answer_and_keeps_what_was_said(
    actions: PageActions, guest: Guest, bot: Bot
) -> None:
    conversation = talk(actions, guest, "", "A comedy").conversation or ""
    views = actions.talk(guest, conversation, "A comedy")
    next(views)
    actions.stop(Guest("visitor:two", guest.words), conversation)  # a stranger's has no effect
    next(views)
    actions.stop(guest, conversation)
    last = after(views)
    assert last.busy is False and "Stopped" in (last.notice or "")
    assert bot.streaming.enter(conversation), "the conversation is free again"


def test_removing_offers_the_way_back(actions: PageActions, guest: Guest, bot: Bot) -> None:
    conversation = talk(actions, guest, "", "A comedy").conversation or ""
    belief = handlers.profile(bot, guest.user, conversation).likes[0].id
    removed = actions.remove(guest, conversation, belief)
    assert 'data-act="undo"' in (removed.notice or "")
    assert "Nothing yet" in (removed.panel or "")
    undone = actions.undo(guest, conversation)
    assert "comedy" in (undone.panel or "")
    assert actions.remove(guest, conversation, "no such belief").notice


def test_a_new_conversation_keeps_lasting_taste(actions: PageActions, guest: Guest) -> None:
    talk(actions, guest, "", "A comedy")
    fresh = actions.fresh(guest)
    assert fresh.conversation == "" and guest.words("hello") in (fresh.history or "")
    assert "comedy" in (fresh.panel or "")


def test_forgetting_begins_afresh(actions: PageActions, guest: Guest, bot: Bot) -> None:
    talk(actions, guest, "", "A comedy")
    view = actions.forget(guest)
    assert view.conversation == "" and "Nothing yet" in (view.panel or "")
    assert handlers.conversations(bot, guest.user) == ()


def test_what_words_the_answers_is_said(actions: PageActions, guest: Guest) -> None:
    text, waiting = actions.wording(guest.words)
    assert "no language model" in text and not waiting


def test_what_users_and_catalogues_say_is_escaped(actions: PageActions, guest: Guest) -> None:
    catalog = Catalog((Item("i", EVIL, genres=(EVIL,)),), noun="film")
    words = words_for("en", catalog)
    entry = SlateEntry("i", EVIL, None, EVIL, 0.5, None)
    change = ChangeSent(EVIL, None, 1.0, EVIL)
    belief = handlers.ProfileEntry(EVIL, EVIL, "text", 1.0, False, "lasting", EVIL)
    turn = handlers.TranscriptTurn(EVIL, EVIL, EVIL, (entry,), {"i": "like"}, (change,))
    pieces = (
        turn_html(turn, catalog, words),
        panel_html(handlers.Profile((belief,), (), ()), words),
        talk(actions, guest, "", EVIL).history or "",
    )
    for html in pieces:
        assert "<img" not in html and "onerror" in html


def test_only_titles_with_their_year_are_set_as_titles() -> None:
    slate = (SlateEntry("it", "It", 2017, "", 0.1, None),)
    html = reply_html("It (2017) is scary. It is long.\n\n- Enjoy.", slate)
    assert html == (
        '<p><cite>It</cite> (2017) is scary. It is long.</p><p class="listed">Enjoy.</p>'
    )


def test_what_changed_says_up_down_and_gone(catalog: Catalog) -> None:
    words = words_for("en", catalog)
    changes = [
        ChangeSent("comedy", None, 0.9, "a comedy"),
        ChangeSent("horror", 0.5, -0.9, "no horror"),
        ChangeSent("war", 0.5, None, "war"),
    ]
    text = re.sub(r"<[^>]+>", "|", changes_html(changes, words))
    assert "+ comedy" in text and "− horror" in text and "no longer: war" in text
    assert changes_html([], words) == ""


def test_openings_and_shelf_come_from_the_catalogue(catalog: Catalog) -> None:
    words = words_for("en", catalog)
    for seed in range(20):
        chance = random.Random(seed)
        items = shelf(catalog, 6, chance)
        assert len({item.item_id for item in items}) == 6
        says = " ".join(starters(catalog, words, chance))
        assert any(item.title in says for item in catalog.items)


def test_a_bare_catalogue_still_has_openings() -> None:
    bare = Catalog((Item("a", "A lamp"), Item("b", "A chair")), noun="product")
    words = words_for("en", bare)
    says = starters(bare, words, random.Random(1))
    assert len(says) == 1 and ("lamp" in says[0] or "chair" in says[0])
    assert len(shelf(bare, 6, random.Random(1))) == 2


def test_a_shop_opens_with_its_own_kinds_and_prices() -> None:
    kinds = ("lamp", "chair", "desk")
    items = (
        Item(f"{kind}-{n}", f"A {kind} {n}", price=10.0 * n, extra={"category": (kind,)})
        for kind in kinds
        for n in range(1, 8)
    )
    shop = Catalog(items, noun="product")
    says = starters(shop, words_for("en", shop), random.Random(3))
    assert len(says) == 3
    assert says[1].endswith("under 40") and says[1].split()[0].lower() in kinds


def test_both_languages_say_the_same_things() -> None:
    assert _ENGLISH.keys() == _CHINESE.keys()
    for name, text in _ENGLISH.items():
        blanks = set(re.findall(r"\{(\w+)\}", text)) - {"noun"}
        assert set(re.findall(r"\{(\w+)\}", _CHINESE[name])) - {"noun"} == blanks, name


@pytest.mark.parametrize(
    ("header", "chinese"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("en-US,en;q=0.9,zh;q=0.5", False),
        ("fr,zh;q=0.4", True),
        ("de", False),
        ("", False),
        ("zh;q=rubbish,en", False),
        (";;;,,q=1", False),
    ],
)
def test_chinese_when_the_browser_prefers_it(header: str, chinese: bool) -> None:
    assert prefers_chinese(header) is chinese
