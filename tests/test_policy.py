"""The policy table and the gain of a question."""

from __future__ import annotations

import numpy as np
import pytest

from bot.moves import TOPICS
from bot.policy import TABLE, Situation, decide
from bot.questions import best_question
from bot.understanding import INTENTS, Understanding
from retrieval.catalog import Catalog, Item
from retrieval.signals import Signal

LIKE = Signal("item", 1.0, title="Alien", item_id="alien")


def situation(*intents: str, has_slate: bool = True, **rest: object):
    understanding = Understanding(intents, **rest)  # type: ignore[arg-type]
    return Situation(understanding, has_slate)


@pytest.mark.parametrize(
    ("given", "kind", "topic"),
    [
        (situation("seek", query="a comedy"), "recommend", "fresh"),
        (situation("seek"), "recommend", "more"),
        (situation("seek", has_slate=False), "recommend", "fresh"),
        (situation("seek", again=True), "recommend", "again"),
        (situation("refine", dropped=("year",)), "recommend", "what_if"),
        (situation("reject"), "recommend", "more"),
        (situation("feedback", signals=(LIKE,)), "recommend", "fresh"),
        (situation("accept", signals=(LIKE,)), "chat", "accepted"),
        (situation("why"), "explain", "why"),
        (situation("why", asked="why_not"), "explain", "why_not"),
        (situation("question", subject=("alien",), asked="year"), "answer", "fact"),
        (situation("profile"), "answer", "profile"),
        (situation("profile", forget_all=True), "answer", "forgotten"),
        (situation("profile", signals=(LIKE,)), "answer", "remembered"),
        (situation("social"), "chat", "greeting"),
        (situation("other"), "chat", "listening"),
        (situation("question"), "chat", "offtopic"),
        (situation("other", mentioned=("alien",)), "answer", "fact"),
        (situation("social", asked="goodbye"), "chat", "goodbye"),
        (situation("other", language="other"), "chat", "language"),
    ],
)
def test_the_table(given: Situation, kind: str, topic: str) -> None:
    move = decide(given)
    assert (move.kind, move.topic) == (kind, topic)


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_leads_to_a_known_topic(intent: str) -> None:
    for has_slate in (True, False):
        move = decide(situation(intent, has_slate=has_slate))
        assert move.topic in TOPICS[move.kind]


def test_the_last_rule_always_holds() -> None:
    assert TABLE[-1][0](situation("other"))


def film(number: int, genre: str, language: str) -> Item:
    return Item(f"i{number}", f"Film {number}", genres=(genre,), language=(language,))


def test_the_question_that_sharpens_most_is_asked() -> None:
    items = [film(n, ("comedy", "drama", "horror", "western")[n % 4], "English") for n in range(40)]
    catalog = Catalog(items)
    scores = np.zeros(40)
    move = best_question(catalog, list(range(40)), scores, 4, frozenset())
    assert move is not None
    assert (move.kind, move.asked) == ("ask", "genre")
    assert set(move.options) == {"comedy", "drama", "horror", "western"}


def test_nothing_is_asked_twice_or_where_it_gains_nothing() -> None:
    same = Catalog([film(n, "comedy", "English") for n in range(40)])
    assert best_question(same, list(range(40)), np.zeros(40), 4, frozenset()) is None
    mixed = Catalog([film(n, ("comedy", "drama")[n % 2], "English") for n in range(40)])
    assert best_question(mixed, list(range(40)), np.zeros(40), 4, frozenset({"genre"})) is None


def test_a_sure_slate_is_shown_without_a_question() -> None:
    genres = ("comedy", "drama", "horror", "western")
    catalog = Catalog([film(n, genres[n % 4], "English") for n in range(40)])
    scores = np.concatenate([np.full(4, 100.0), np.zeros(36)])
    assert best_question(catalog, list(range(40)), scores, 4, frozenset()) is None
