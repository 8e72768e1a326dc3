"""The scorer of understood messages: what counts, what is granted, what is free."""

from __future__ import annotations

from typing import Any

from bot.understanding_score import Score, score


def labels(*signals: dict[str, Any], intent: str = "seek", **more: Any) -> dict[str, Any]:
    return {"intent": intent.split(), "signals": list(signals), **more}


def item(title: str, polarity: float = 1, **more: Any) -> dict[str, Any]:
    return {"kind": "item", "title": title, "polarity": polarity, **more}


def genre(value: str, polarity: float = 1) -> dict[str, Any]:
    return {"kind": "facet", "field": "genre", "value": value, "polarity": polarity}


def text(value: str, polarity: float = 1, **more: Any) -> dict[str, Any]:
    return {"kind": "text", "value": value, "polarity": polarity, **more}


def one(gold: dict[str, Any], found: dict[str, Any], granted: bool = False) -> Score:
    return score([(gold, found)], granted)


def test_a_wrong_sign_is_an_extra_and_a_miss() -> None:
    total = one(labels(item("The Matrix")), labels(item("Matrix", -1)))
    assert (total.targets.hit, total.targets.extra, total.targets.missed) == (0, 1, 1)
    assert (total.signs_right, total.signs_found) == (0, 1)


def test_names_and_genres_meet_in_usual_spellings() -> None:
    total = one(labels(item("The Matrix"), genre("Sci-Fi")), labels(item("matrix"), genre("scifi")))
    assert total.targets.f1 == 1


def test_romance_or_comedy_stands_for_a_liked_romantic_comedy() -> None:
    for parts in ((genre("romance"),), (genre("comedy"),), (genre("romance"), genre("comedy"))):
        assert one(labels(genre("romantic comedy")), labels(*parts)).targets.f1 == 1
    assert one(labels(genre("romantic comedy", -1)), labels(genre("romance", -1))).targets.f1 == 1
    assert one(labels(genre("romantic comedy", -1)), labels(genre("comedy", -1))).targets.f1 == 0


def test_a_subgenre_may_come_as_a_facet() -> None:
    total = one(labels(text("slasher")), labels(genre("slasher")))
    assert total.texts.hit == 1
    assert total.targets.extra == 0


def test_an_optional_signal_is_free_where_alternatives_are_granted() -> None:
    gold = labels(item("Up"), item("Her", optional=True), text("sad", optional=True))
    for found in (labels(item("Up")), labels(item("Up"), item("Her"), text("sad"))):
        total = one(gold, found, granted=True)
        assert total.faults == 0
        assert total.targets.hit == 1
    assert one(gold, labels(item("Up"))).targets.missed == 1
    assert one(gold, labels(item("Up"), item("Her", -1)), granted=True).targets.extra == 1


def test_any_intent_of_a_group_stands_for_the_other() -> None:
    gold = labels(intent="seek", intent_either=[["seek", "refine"]], intent_optional=["social"])
    found = labels(intent="refine social")
    assert one(gold, found, granted=True).faults == 0
    assert one(gold, found).intents.f1 == 0
    assert one(gold, labels(intent="feedback"), granted=True).intents.hit == 0


def test_messages_without_signals_are_to_be_left_quiet() -> None:
    total = score([(labels(), labels(genre("war"))), (labels(), labels(item("Up", 0.1)))])
    assert (total.quiet, total.left_quiet) == (2, 1)
