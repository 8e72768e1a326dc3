"""Chinese messages: titles by alias, genres, years, signs, references and intents."""

from __future__ import annotations

import pytest
from fakes import tiny_catalog
from understanding_cases import signed, talk

from bot.languages import language_of
from bot.trained_understander import TrainedUnderstander

UNDERSTANDER = TrainedUnderstander(tiny_catalog())


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (
            ("我不喜欢恐怖片，想看90年代的爱情片",),
            {"-genre:horror", "+genre:romance", "+year:1990..1999"},
        ),
        (
            ("我很喜欢千与千寻，但是飞屋环游记太无聊了",),
            {"+item:Spirited Away", "-item:Up", "-无聊"},
        ),
        (
            ("推荐一部2000年以后的喜剧，不要超过两个小时",),
            {"+genre:comedy", "+year:2000..", "+runtime:..120"},
        ),
        (("不要2000年以前的",), {"+year:2000.."}),
        (("我老婆喜欢恐怖片",), set()),
        (("你看过飞屋环游记吗？", "看过了，很好看"), {"+item:Up"}),
        (("为什么推荐千与千寻？",), set()),
    ],
)
def test_signals(lines: tuple[str, ...], wanted: set[str]) -> None:
    answer = UNDERSTANDER.understand(talk(*lines))
    assert signed(answer) == wanted
    assert answer.language == "zh"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("你好", "social"), ("推荐一部喜剧", "seek"), ("为什么推荐它？", "why"), ("换一部", "refine")],
)
def test_intents(text: str, intent: str) -> None:
    assert intent in UNDERSTANDER.understand(talk(text)).intents


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I'd like a comedy", "en"),
        ("la la land", "en"),
        ("lol k thx", "en"),
        ("Das Boot was great", "en"),
        ("", "en"),
        ("推荐一部电影", "zh"),
        ("Quiero una película de terror", "other"),
        ("je cherche un film pour ce soir avec ma femme", "other"),
        ("Посоветуй фильм", "other"),
        ("映画をおすすめして", "other"),
    ],
)
def test_language_is_recognised(text: str, language: str) -> None:
    assert language_of(text) == language
