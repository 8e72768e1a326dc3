"""A report is one page that parses, needs nothing else and shows foreign text only as text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.comparison import compare
from bot.evaluation import evaluate, list_quality
from bot.predictions import ReplayedTurn, SlateItem
from bot.tradeoff import Point
from retrieval.errors import UserError
from ui.plots import Dot, Whisker, curve, stepped, whiskers
from ui.report import comparison_page, replay_page
from ui.report_html import write_report

ATTACK = '<script>alert("x")</script>'
VOID = {"meta", "br", "line", "circle", "polyline"}
MANIFEST = {"system": "v1", "catalog": "films", "items": 40, "conversations": 3}


class Checker(HTMLParser):
    """Collects tags and fails on one that closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert "NaN" not in (value or ""), (tag, name)
            assert "nan" not in (value or "").split(), (tag, name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert not checker.open
    assert not {"script", "img", "link", "iframe"} & set(checker.tags)
    assert not re.search(r"https?://|url\((?!#)|@import|src=|href=(?!\"#)", html)
    return checker


def turns() -> list[ReplayedTurn]:
    ranked = tuple(f"i{n}" for n in range(20))
    slate = (SlateItem("i0", f"Title {ATTACK}", f"why {ATTACK}"), SlateItem("i1", "Plain", ""))
    return [
        ReplayedTurn(
            f"c{n} {ATTACK}", 3, ranked, (f"i{n}",), (f"Target {ATTACK}",), ("i9",), n,
            (("user", f"I said {ATTACK}"), ("assistant", "yes")), slate, diversity=0.4,
        )
        for n in range(3)
    ]  # fmt: skip


def test_the_report_of_a_replay(tmp_path: Path) -> None:
    points = (Point(0.5, 0.1, 0.6, 0.2, True), Point(1.0, 0.2, 0.5, 0.2, True, True))
    html = replay_page(MANIFEST, evaluate(turns(), 40), turns(), points, {"broken line": 2})
    found = checked(html)
    assert "recall@10" in found.text
    assert "broken line 2" in found.text
    assert ATTACK in found.text  # as text
    assert "Really recommended: Target" in found.text
    assert "Pareto" in found.text
    assert found.tags.count("svg") == 4
    path = tmp_path / "report.html"
    write_report(html, path)
    assert path.read_text(encoding="utf-8") == html


def test_the_report_of_a_comparison() -> None:
    after = [replace(t, ranked=t.ranked[::-1]) for t in turns()]
    quality = list_quality(turns(), 40)
    html = comparison_page((MANIFEST, MANIFEST), compare(turns(), after), (quality, quality))
    found = checked(html)
    assert "The second version is worse." in found.text
    assert "reciprocal rank" in found.text
    assert found.tags.count("article") == 3


def test_a_comparison_in_which_nothing_changed() -> None:
    quality = list_quality(turns(), 40)
    pages = comparison_page((MANIFEST, MANIFEST), compare(turns(), turns()), (quality, quality))
    assert "No target changed its place." in checked(pages).text


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_report("", tmp_path / "absent" / "report.html")


finite = st.floats(-1e6, 1e6)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=5), st.booleans())
def test_plots_take_any_numbers(rows: list[tuple[float, float, float]], zero: bool) -> None:
    made = [Whisker(str(n), *sorted(r)[1:2], min(r), max(r)) for n, r in enumerate(rows)]
    checked(whiskers(made, "a plot", zero=zero))
    checked(stepped([made, made[:1]], "a plot"))
    dots = [Dot(x, y, "d", True, True) for x, y, _ in rows]
    checked(curve(dots, "x", "y", "a plot"))
