"""Titles made of plain words are told from plain talk by how often each was counted as either."""

from __future__ import annotations

import pytest

from bot.linking import LinkContext, TitleLinker
from bot.plain_text import plain_text
from bot.title_index import TitleIndex
from bot.title_priors import counted_need
from finetune.title_priors import Counts, count_plain, table
from retrieval.catalog import Catalog, Item

TITLES = (
    "LOL", "Sunday", "Anything Else", "It", "The Actors", "The Sure Thing", "Hello", "Bright",
    "Saw", "Hostel", "Hellraiser", "Fargo", "American Psycho", "The Thing", "Misery",
    "The Shining", "About Time", "Bad Guy", "My Way", "Ghost", "Beaches", "Die Hard",
    "Under Siege", "The Bourne Legacy", "Maze Runner: The Death Cure", "The Maze Runner",
    "Scream", "Halloween", "Taken", "Taken 2", "Up", "Star Wars", "Crazy Rich Asians",
)  # fmt: skip
LINKER = TitleLinker(Catalog([Item(t, t) for t in TITLES], noun="film"))


def titles(text: str, careful: bool = False) -> list[str]:
    found = LINKER.link(plain_text(text), LinkContext(careful=careful))
    return [m.value for m in found if m.kind == "item"]


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "He gets hypnotized by that movie LOL",
        "How goes your Sunday?",
        "can you suggest any thing else that is action packed",
        "It was really good.",
        "It is a thriller about a writer",
        "I t has some funny parts too",
        "The actors, how well they played",
        "Oh sure thing, I like those",
        "Hello! I can help with that! Any artist that you like?",
        "it was very bright, like the scenes",
        "we saw a movie that was great",
        "I saw it, and he saw",
        "thanks for this thing",
        "what is up with you",
    ],
)
def test_plain_words_are_no_titles(text: str, careful: bool) -> None:
    assert titles(text, careful) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("saw, hostel, hellraiser… never", ["Saw", "Hostel", "Hellraiser"]),
        ("think fargo without the jokes", ["Fargo"]),
        ("the thing is one of my faves", ["The Thing"]),
        ("misery & the shining hold up", ["Misery", "The Shining"]),
        ("after About Time I kinda get it", ["About Time"]),
        ("play bad guy", ["Bad Guy"]),
        ("can you play bad guy please", ["Bad Guy"]),
        ("nothing everyone does, so no My Way.", ["My Way"]),
        ("Have you seen Crazy rich asians?", ["Crazy Rich Asians"]),
        ("Ghost is always a good one too and Beaches", ["Ghost", "Beaches"]),
        ("cant decide between scream and halloween", ["Scream", "Halloween"]),
        ("not much interest for Star Wars.", ["Star Wars"]),
        ("Uhm Fargo American Psycho", ["Fargo", "American Psycho"]),
        ("my favourite is saw.", ["Saw"]),
        ("have you seen It?", ["It"]),
    ],
)
def test_titles_of_plain_words_are_found_where_the_words_around_say_so(
    text: str, wanted: list[str]
) -> None:
    assert titles(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("You might like the The Bourne Legacy series too", ["The Bourne Legacy"]),
        ("the Maze Runner: The Death Cure series", ["Maze Runner: The Death Cure"]),
        ("I like the old Die Hard and Under Siege movies", ["Die Hard", "Under Siege"]),
        ("I like all the Taken movies", []),
        ("I love the star wars movies", []),
    ],
)
def test_a_title_before_series_is_one_title_only_where_it_is_said_in_full(
    text: str, wanted: list[str]
) -> None:
    assert titles(text) == wanted


def test_counts_raise_and_lower_the_evidence_needed_and_the_unknown_leaves_it() -> None:
    assert counted_need(("zzyzx",), "lower", 1.25) == 1.25
    assert counted_need(("lol",), "lower", 1.0) > 2.0
    assert counted_need(("the", "shining"), "lower", 0.6) < 0.3
    assert counted_need(("it",), "start", 2.0) > counted_need(("it",), "inner", 2.0)


def test_tags_and_plain_words_are_counted_by_form() -> None:
    catalog = Catalog([Item("1", "Get Out")], noun="film")
    counts = Counts()
    count_plain("we get out. I want to get out! Get Out", frozenset({"getout"}), counts.plain)
    counts.tags[0, "inner"] = 6
    counts.tags[0, "start"] = 2
    found = table(counts, TitleIndex(catalog), ["Get Out"])
    assert found == {"get out": (1, 0, 0, 4, 3, 1)}
