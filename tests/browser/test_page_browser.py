"""A real Chromium on the real server: talk, dislike, reload, restart, phone, dark, Chinese."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retrieval.catalog_files import builtin_catalog

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SHOTS = Path(__file__).parent / "shots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 1000.0
WATCH = """() => {
  window.seen = [];
  const live = document.querySelector('#live');
  new MutationObserver(() => window.seen.push(live.innerText))
    .observe(live, {subtree: true, childList: true, characterData: true});
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed"),
]


class Server:
    """The real server in a child process, on a port that stays the same over a restart."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = ["serve", "--home", str(self.home), "--port", str(self.port), "--llm", "plain"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *words],
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "OMP_NUM_THREADS": "2"},
        )
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        said = ""
        while not (found := re.search(r"at http://[\d.]+:(\d+)", said)):
            said += lines.get(timeout=400)
        self.port = int(found[1])

    def _read(self, lines: queue.Queue[str]) -> None:
        assert self.process is not None and self.process.stderr is not None
        for line in self.process.stderr:
            lines.put(line)
        lines.put("the server ended\n")

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("home"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


class Visit:
    """One visitor's browser on the page; it notes every request to another host."""

    def __init__(self, browser: Any, server: Server, **options: Any) -> None:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60 * SECONDS)
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.server = server
        self.open()

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self) -> None:
        self.page.goto(self.server.url)
        self.page.wait_for_selector(".welcome, .turn")

    def say(self, text: str) -> None:
        """Type a message, send it with the keyboard and wait for the end of the answer."""
        before = self.page.locator("#history .turn").count()
        self.page.fill("#say textarea", text)
        self.page.keyboard.press("Enter")
        self.answered(before + 1)

    def answered(self, turns: int) -> None:
        self.page.locator("#history .turn").nth(turns - 1).wait_for()
        self.page.wait_for_selector("#send", state="visible")

    def cards(self, turn: int = -1) -> list[str]:
        """The item ids shown in a turn, the last one without a number."""
        found = self.page.locator("#history .turn").nth(turn).locator(".card")
        return [str(card.get_attribute("data-item")) for card in found.all()]

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.wait_for_timeout(600)  # let the cards settle
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Visit]:
    made = Visit(browser, server)
    yield made
    assert made.foreign == [], "the page asks other hosts for something"
    assert made.errors == [], "a script of the page failed"
    made.context.close()


def test_a_conversation_that_changes_the_next_slate(visit: Visit) -> None:
    page = visit.page
    visit.shot("welcome")
    page.fill("#say textarea", "I love science fiction, but I hate horror")
    page.evaluate(WATCH)
    page.click("#send")
    visit.answered(1)
    assert len(set(page.evaluate("window.seen"))) > 1, "the answer comes in pieces"
    first = visit.cards()
    assert len(first) == 4
    catalog = builtin_catalog()
    assert all("horror" not in catalog.item(item).genres for item in first)
    assert "horror" in page.inner_text("#panel .dislikes")
    assert "hate horror" in page.inner_text("#panel .dislikes q")
    assert "What changed" in page.inner_text("#history .changes")

    page.click(".card >> nth=0 >> [data-kind=dislike]")
    page.wait_for_selector(f"#panel .dislikes >> text={catalog.item(first[0]).title}")
    assert page.get_attribute(".card >> nth=0", "data-state") == "dislike"
    visit.shot("disliked")

    page.click("#live .say >> nth=0")
    visit.answered(2)
    second = visit.cards()
    assert second and not set(second) & set(first)
    visit.shot("next-slate")

    page.reload()
    page.wait_for_selector("#history .turn >> nth=1")
    assert visit.cards(0) == first and visit.cards(1) == second
    assert page.get_attribute(".card >> nth=0", "data-state") == "dislike"
    assert catalog.item(first[0]).title in page.inner_text("#panel .dislikes")


def test_removing_a_belief_undoing_it_and_a_new_conversation(visit: Visit) -> None:
    page = visit.page
    visit.say("I love comedies")
    page.click("#panel .likes .remove")
    page.wait_for_selector("#panel .likes", state="detached")
    page.click("#notice .back")
    page.wait_for_selector("#panel .likes")
    page.click("[data-act=fresh]")
    page.wait_for_selector(".welcome")
    assert page.locator("#panel .likes li").count() == 1
    page.click(".welcome .say >> nth=0")
    visit.answered(1)
    assert page.locator(".welcome").count() == 0


def test_forgetting_asks_first(visit: Visit) -> None:
    page = visit.page
    visit.say("I love comedies")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("[data-act=forget]")
    assert page.locator("#panel .likes li").count() == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("[data-act=forget]")
    page.wait_for_selector(".welcome")
    assert page.locator("#panel .likes li").count() == 0


def test_the_keyboard_reaches_everything(visit: Visit) -> None:
    page = visit.page
    visit.say("I love comedies")
    page.focus("#history .act >> nth=0")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.kind") == "dislike"
    page.keyboard.press("Enter")
    page.wait_for_selector(".card[data-state=dislike] .state:not(:empty)")
    assert page.evaluate("document.activeElement.dataset.kind") == "dislike"


def test_what_is_refused_keeps_the_text_and_says_why(visit: Visit) -> None:
    page = visit.page
    page.click("#send")
    page.wait_for_selector("#notice [role=alert]")
    long = "long " * 900
    page.fill("#say textarea", long)
    page.click("#send")
    page.wait_for_selector("#notice >> text=4,000")
    assert page.input_value("#say textarea") == long
    visit.shot("refused")


def test_markup_in_a_message_is_only_text(visit: Visit) -> None:
    evil = "<img src=x onerror=\"document.title='broken'\"><script>document.title=1</script>"
    visit.say(evil)
    visit.say("`${document.title='broken'}` {{value}}")
    assert visit.page.title() == "Sommelier"
    assert visit.page.inner_text(".said p >> nth=0") == evil
    visit.page.reload()
    visit.page.wait_for_selector("#history .turn >> nth=1")
    assert visit.page.title() == "Sommelier"


def test_composing_a_chinese_word_does_not_send(visit: Visit) -> None:
    page = visit.page
    page.fill("#say textarea", "xi")
    page.evaluate(
        """document.querySelector('#say textarea').dispatchEvent(
             new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, isComposing: true}))"""
    )
    page.wait_for_timeout(1 * SECONDS)
    assert page.locator(".turn").count() == 0
    assert page.input_value("#say textarea") == "xi"


def test_a_phone_shows_all_of_it(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, viewport={"width": 390, "height": 844}, has_touch=True)
    page = visit.page
    visit.shot("phone-welcome")
    visit.say("I love science fiction, but I hate horror")
    visit.shot("phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.is_visible("#panel")
    page.click("#header [data-act=panel]")
    page.wait_for_selector("#panel .dislikes", state="visible")
    visit.shot("phone-panel")
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel", state="hidden")
    assert visit.foreign == []
    visit.context.close()


def test_the_picture_of_the_readme(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, viewport={"width": 1280, "height": 860})
    visit.say("I loved Arrival and Amélie. No horror, and I can’t stand Adam Sandler.")
    visit.page.click(".card >> nth=0 >> [data-kind=like]")
    visit.page.wait_for_selector(".card[data-state=like] .state:not(:empty)")
    visit.page.mouse.move(5, 5)
    visit.page.evaluate("window.scrollTo(0, 0)")
    visit.shot("readme")
    visit.context.close()


def test_the_dark(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, color_scheme="dark")
    visit.say("Something funny and warm from the 1990s")
    colour = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", colour)[:3]) < 120
    visit.shot("dark")
    visit.context.close()


def test_a_chinese_browser_reads_chinese(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, locale="zh-CN")
    assert "今天" in visit.page.inner_text(".welcome h1")
    assert visit.page.get_attribute("#say textarea", "placeholder") == "说说你喜欢或不喜欢什么……"
    visit.shot("chinese")
    visit.context.close()


def test_a_conversation_outlives_the_server(visit: Visit, server: Server) -> None:
    visit.say("I love comedies")
    shown = visit.cards()
    server.stop()
    server.start()
    visit.open()
    assert visit.cards() == shown
    visit.say("Something else, please")
    assert visit.cards() and not set(visit.cards()) & set(shown)
