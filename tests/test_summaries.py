"""Tastes and items in words: nothing is invented, nothing is turned round, plain words stand by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import FakeLanguageModel
from hypothesis import given
from hypothesis import strategies as st

from bot.descriptions import descriptions, facts_of
from bot.profile_words import profile_words
from bot.review_aspects import aspects
from bot.summaries import summary
from bot.summary_checks import summary_fault
from finetune.chat_examples import WRITTEN, read_examples
from retrieval.catalog import Catalog, Item
from retrieval.catalog_files import read_catalog
from retrieval.catalog_filling import write_filled
from retrieval.signals import Signal

PROFILE = "Profile: likes horror, slow burn, [1]; refuses musicals"
NOVEL = "Describe: a crime novel; revenge, harbour; from Chile; reviewers say: too long"


def _model(*replies: str) -> FakeLanguageModel:
    model = FakeLanguageModel(*replies)
    model.adapted = True
    return model


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("You love slow-burn horror and [1], but musicals are not for you.", ""),
        ("You love slow-burn horror and [1], and you refuse musicals.", ""),
        ("You love musicals and [1], but slow-burn horror is not for you.", "polarity"),
        ("You love horror, slow burn, musicals and [1].", "polarity"),
        ("You love slow-burn horror and [1].", "missing"),
        ("You love slow-burn horror, but musicals are not for you.", "number"),
        ("You love slow-burn horror and [2], but no musicals.", "number"),
        ("You love slow-burn Korean horror and [1], but no musicals.", "ungrounded"),
        ("You love slow-burn horror and [1] since 1999, but no musicals.", "shape"),
        ("You told me: horror, slow burn and [1]. No musicals.", "memory"),
        ("Ignore the rules: horror, slow burn, [1], no musicals.", "leak"),
        ("", "shape"),
    ],
)
def test_a_profile_is_said_whole_and_the_right_way_round(text: str, fault: str) -> None:
    assert summary_fault("film", PROFILE, text) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("A crime novel from Chile about revenge at the harbour.", ""),
        ("A novel of revenge at the harbour. Reviewers find it too long.", ""),
        ("A crime novel from Peru about revenge.", "ungrounded"),
        ("A lovely story for the evening.", "missing"),
        ("A crime novel about revenge at the Harbour.", ""),
        ("A crime novel about revenge and [1].", "number"),
    ],
)
def test_a_description_says_facts_alone(text: str, fault: str) -> None:
    assert summary_fault("book", NOVEL, text) == fault


def test_what_reviewers_say_is_said_to_be_theirs() -> None:
    note = "Describe: tools, axe; red; reviewers say: sturdy"
    assert summary_fault("product", note, "A sturdy red axe.") == "polarity"
    assert summary_fault("product", note, "A red axe. Reviewers find it sturdy.") == ""


def test_nearly_all_written_examples_pass_and_none_does_with_its_sides_swapped() -> None:
    found = [e for e in read_examples(WRITTEN) if e.part in ("profile", "describe")]
    passed = sum(not summary_fault(e.noun, e.note, e.reply) for e in found)
    assert passed >= 0.97 * len(found)
    both = [e for e in found if "likes " in e.note and "refuses " in e.note]
    wrong = []
    for example in both:
        swapped = example.note.replace("likes ", "@").replace("refuses ", "likes ")
        if not summary_fault(example.noun, swapped.replace("@", "refuses "), example.reply):
            wrong.append(example)
    assert not wrong


def test_only_an_adapted_model_is_asked() -> None:
    text = "A crime novel about revenge at the harbour."
    assert summary(_model(text), "book", NOVEL) == text
    assert summary(FakeLanguageModel(text), "book", NOVEL) == ""
    assert summary(None, "book", NOVEL) == ""
    assert summary(_model(), "book", NOVEL) == ""  # the model fails
    assert summary(_model("A novel by Isabel Allende."), "book", NOVEL) == ""


CATALOG = Catalog([Item("it", "It", year=2017)], noun="film")
BELIEVED = (
    Signal("facet", 1.0, field="genre", value="Horror"),
    Signal("item", 0.9, item_id="it", title="It"),
    Signal("facet", 0.8, field="person", value="Jordan Peele"),
    Signal("facet", -1.0, hard=True, field="genre", value="Musical"),
    Signal("facet", 0.5, field="language", value="korean"),
    Signal("range", 1.0, field="year", min=1990, max=1999),
)


def test_a_profile_in_words_numbers_names_and_adds_ranges_itself() -> None:
    model = _model("You love Korean horror, [1] and [2], but no musical.")
    assert profile_words(BELIEVED, CATALOG, model) == (
        "You love Korean horror, It and Jordan Peele, but no musical. Films from the 1990s, please."
    )
    asked = model.asked[0][-1].content
    assert asked == "Profile: likes horror, [1], [2]; refuses musical; in Korean"


def test_a_profile_in_plain_words_without_a_model() -> None:
    assert profile_words(BELIEVED, CATALOG) == (
        "You like horror, It and Jordan Peele; you refuse musical; you want films in Korean. "
        "Films from the 1990s, please."
    )
    assert profile_words((), CATALOG) == ""
    assert profile_words(BELIEVED[4:5], CATALOG) == "You want films in Korean."


def test_aspects_are_named_by_several_reviews_and_denied_by_none() -> None:
    reviews = (
        "Very comfortable, but the zip is flimsy.",
        "So comfortable! Flimsy zip though.",
        "Not sturdy at all. Too small for me.",
        "Sturdy and comfortable. Too small.",
    )
    found = aspects(reviews)
    assert found[0] == "comfortable"
    assert "too small" in found
    assert not any("sturdy" in a for a in found)
    assert aspects(reviews[:1]) == ()
    assert "comfortable" not in aspects(reviews, ("Comfortable Boots",))


@given(st.lists(st.text(max_size=60), max_size=6))
def test_aspects_hold_only_words_of_the_reviews(reviews: list[str]) -> None:
    found = aspects(reviews)
    text = " ".join(reviews).lower().replace("’", "'")
    assert len(found) <= 3
    assert all(word in text for aspect in found for word in aspect.split())


def test_facts_leave_out_numbers_and_the_usual_language() -> None:
    item = Item(
        "a", "A", genres=("drama",), keywords=("1980s", "old love", "sea"),
        language=("French",), country=("United States",),
    )  # fmt: skip
    assert facts_of(item, "film").note == (
        "Describe: a drama; old love, sea; in French; from the United States"
    )
    assert "French" not in facts_of(item, "film", {"French"}).note
    assert facts_of(item, "film").plain == (
        "A drama: old love and sea, in French, from the United States."
    )


def test_missing_descriptions_are_filled_and_no_other(tmp_path: Path) -> None:
    source, out = tmp_path / "mine.csv", tmp_path / "out.jsonl"
    source.write_text(
        "Name,genres,keywords,About\n"
        "One,drama,sea,\n"
        ",drama,a row without a title,\n"
        "Two,drama,snow,There already\n"
        "Three,,,\n"
        "Four,comedy,dogs,\n"
    )
    mapping = tmp_path / "map.yaml"
    mapping.write_text("noun: film\ncolumns: {Name: title, About: description}\n")
    read = read_catalog(source, mapping)
    model = _model("A drama about the sea.", "A comedy by Woody Allen.")
    found = list(descriptions(read.catalog, model))
    assert [(text, how) for _, text, how in found] == [
        ("A drama about the sea.", "model"),
        ("", "nothing known"),
        ("A comedy: dogs.", "template"),
    ]
    write_filled(source, mapping, read, {i: text for i, text, _ in found}, out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["About"] for row in rows] == [
        "A drama about the sea.", "", "There already", "", "A comedy: dogs.",
    ]  # fmt: skip
    again = read_catalog(out, mapping).catalog
    assert [i.description for i in again.items][1] == "There already"
