"""People found in messages: the catalogue's, well-known ones, short forms, misspellings, "him"."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import tiny_catalog

import bot
from bot.known_people import known_people
from bot.linking import LinkContext
from bot.people import PeopleLinker
from bot.person_references import person_references
from bot.plain_text import name_key, name_words, plain_text
from bot.target_linking import TargetLinker
from bot.trained_understander import TrainedUnderstander
from bot.understanding import Message, Request
from bot.word_lists import sections
from retrieval.catalog import Catalog, Item

FILMS = TargetLinker(tiny_catalog())
TRACKS_CATALOG = Catalog(
    (
        Item("1", "Bohemian Rhapsody", people=("Queen",), genres=("rock",)),
        Item("2", "Hello", people=("Adele",), genres=("pop",)),
        Item("3", "Hitchcock Railway", people=("Joe Cocker",), genres=("rock",)),
    ),
    noun="track",
)
TRACKS = TargetLinker(TRACKS_CATALOG)


def people(linker: TargetLinker, text: str, asked: bool = False) -> list[str]:
    context = LinkContext(artist_expected=asked)
    mentions = linker.targets(plain_text(text), context)
    return [m.value for m in mentions if m.field == linker.people_field]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("can we wrap off with a couple songs by Roddy ricch?", ["Roddy Ricch"]),
        ("SZA Jhene Aiko Sevyn Streeter", ["SZA", "Jhené Aiko", "Sevyn Streeter"]),
        ("Let's add some Kendrick Lamar and J cole to it", ["Kendrick Lamar", "J. Cole"]),
        ("a selection from System of a Down", ["System of a Down"]),
        ("Drake. And Chris Brown", ["Drake", "Chris Brown"]),
        ("Florida/Georgia Line would be nice", ["Florida Georgia Line"]),
        ("some tracks by Bach", ["Johann Sebastian Bach"]),
        ("rock: Springsteen, Petty, Seger", ["Bruce Springsteen", "Tom Petty", "Bob Seger"]),
        ("can you add some of Whitney", ["Whitney Houston"]),
        ("i like kendrick", ["Kendrick Lamar"]),
        ("i like old weezy", ["Lil Wayne"]),
        ("i like Megan Trainor", ["Meghan Trainor"]),
        ("the 80's like Def Leopard also", ["Def Leppard"]),
        ("Linkin Park, Nickle back", ["Linkin Park", "Nickelback"]),
        ("no Bestie Boys", ["Beastie Boys"]),
        ("some of ushers", ["Usher"]),
    ],
)  # fmt: skip
def test_artists_that_the_catalogue_lacks_are_known(text: str, wanted: list[str]) -> None:
    assert people(TRACKS, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Wes Anderson, Kurosawa", ["Wes Anderson", "Akira Kurosawa"]),
        ("leo is hilarious", ["Leonardo DiCaprio"]),
        ("the rock is a good actor", ["Dwayne Johnson"]),
        ("anything w/ the rock in it", ["Dwayne Johnson"]),
        ("Liam Neisen is really great", ["Liam Neeson"]),
        ("I love Will Ferrel", ["Will Ferrell"]),
        ("keanu at his best", ["Keanu Reeves"]),
    ],
)  # fmt: skip
def test_film_people_are_known_by_short_and_misspelt_names(text: str, wanted: list[str]) -> None:
    assert people(FILMS, text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "something for the future",
        "I painted my room pink",
        "yes",
        "who is that?",
        "a song with heart",
        "journey of my life",
        "we live by the rush of it",
        "do you have her?",
    ],
)
def test_ordinary_words_are_no_artists(text: str) -> None:
    assert not people(TRACKS, text)
    assert not people(TRACKS, text, asked=True)


@pytest.mark.parametrize(
    "text",
    ["a film about an old man", "on the rock", "cage fights", "a marvel of a film", "he was brad"],
)
def test_ordinary_words_are_no_film_people(text: str) -> None:
    assert not people(FILMS, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("songs by pink", ["Pink"]),
        ("play some Future please", ["Future"]),
        ("How about a little Pink or Taylor Swift", ["Pink", "Taylor Swift"]),
        ("other 90s bands, idk garbage, hole, etc", ["Garbage", "Hole"]),
        ("money man future", ["Money Man", "Future"]),
        ("drake and future", ["Drake", "Future"]),
        ("bands like the doors", ["The Doors"]),
    ],
)
def test_artists_named_by_an_ordinary_word_need_a_cue(text: str, wanted: list[str]) -> None:
    assert people(TRACKS, text) == wanted


def test_one_ordinary_word_answers_a_question_for_artists() -> None:
    assert people(TRACKS, "future", asked=True) == ["Future"]


def test_the_catalogue_s_spelling_and_field_win() -> None:
    catalog = Catalog((Item("1", "Single", extra={"artist": ("BEYONCE",)}),), noun="track")
    (mention,) = TargetLinker(catalog).targets(plain_text("i love beyoncé"), LinkContext())
    assert (mention.field, mention.value) == ("artist", "BEYONCE")
    (mention,) = TargetLinker(catalog).targets(plain_text("play queen bey"), LinkContext())
    assert (mention.field, mention.value) == ("artist", "BEYONCE")


def test_a_last_name_of_many_stays_as_it_was_said() -> None:
    assert people(FILMS, "films by Jackson") == ["jackson"]


def test_a_part_of_another_name_is_no_short_form() -> None:
    assert "Christopher Nolan" not in people(FILMS, "I like Jeanette Nolan")
    assert "Whitney Houston" not in people(TRACKS, "songs by Whitney Wonders")


def test_a_title_that_is_a_name_stays_a_title() -> None:
    catalog = Catalog(
        (Item("1", "Hitchcock", year=2012), Item("2", "John Wick", year=2014)), noun="film"
    )
    linker = TargetLinker(catalog)
    for text in ("have you seen Hitchcock?", "I loved John Wick"):
        assert [m.kind for m in linker.targets(plain_text(text), LinkContext())] == ["item"]


def test_products_and_books_get_no_lexicon() -> None:
    catalog = Catalog((Item("1", "Bag", extra={"author": ("A. Writer",)}),), noun="book")
    linker = TargetLinker(catalog)
    assert linker.domain == "other"
    assert people(linker, "I like Drake and keanu") == []


def test_first_and_last_names_call_people_spoken_of() -> None:
    spoken = (("person", "Kamasi Washington"), ("person", "Robert Glasper"))
    linker = PeopleLinker(TRACKS_CATALOG, "music")
    found = linker.link(plain_text("Kamasi blew me away. Glasper not so much"), spoken)
    assert [m.value for m in found] == ["Kamasi Washington", "Robert Glasper"]


@pytest.mark.parametrize(
    "text",
    [
        "I like her, she was good in The Blind Side",
        "I loved him in Planes",
        "Yes that was fun. He's a great actor!",
        "more by them",
        "some more of his songs",
        "lets play more off him",
    ],
)
def test_pronouns_mean_the_person_spoken_of_last(text: str) -> None:
    found = person_references(plain_text(text), (), "person", "Tom Hanks")
    assert {m.value for m in found} == {"Tom Hanks"}
    assert all(m.pronoun for m in found)
    assert not person_references(plain_text(text), (), "person", None)


@pytest.mark.parametrize(
    "text",
    ["my husband is picky, he's funny", "I like them", "her name is Ann", "a friend, I like him"],
)
def test_other_pronouns_mean_nobody_known(text: str) -> None:
    assert not person_references(plain_text(text), (), "person", "Tom Hanks")


def told(*texts: str) -> list[tuple[str | None, bool]]:
    """What the last text says of whom, after the others, user and assistant in turn."""
    roles = ["user" if n % 2 == 0 else "assistant" for n in range(len(texts))][::-1]
    talk = tuple(Message(r, t) for r, t in zip(roles, texts, strict=True))  # type: ignore[arg-type]
    signals = TrainedUnderstander(tiny_catalog()).understand(Request(talk)).signals
    return [(s.value, s.polarity > 0) for s in signals if s.kind == "facet" and s.signed]


def test_a_pronoun_means_the_person_named_in_the_same_message() -> None:
    said = told("Do you know Sandra Bullock?", "Keanu Reeves, well, I love him")
    assert said == [("Keanu Reeves", True)]


def test_of_several_people_named_together_a_pronoun_means_none() -> None:
    credits = "Heat is by Michael Mann, Speed by Jan de Bont. Anything else?"
    assert told("I love Tom Hanks", credits, "no more of him") == [("Tom Hanks", False)]
    assert told("hello", credits, "no more of him") == []


def test_a_pronoun_carries_the_opinion_on_the_person() -> None:
    understander = TrainedUnderstander(tiny_catalog())
    request = Request(
        (Message("assistant", "Do you know Sandra Bullock?"), Message("user", "I love her!"))
    )
    signals = understander.understand(request).signals
    assert [(s.kind, s.value, s.polarity > 0) for s in signals] == [
        ("facet", "Sandra Bullock", True)
    ]


@pytest.mark.parametrize("domain", ["film", "music"])
def test_the_lexicon_is_sound(domain: str) -> None:
    lists = sections("known_people")
    names = [*lists[domain], *lists[f"{domain} words"]]
    keys = [name_key(name_words(name)) for name in names]
    assert len(keys) == len(set(keys))
    assert all(keys)
    known = known_people(domain)
    for line in lists[f"{domain} short"]:
        assert name_key(name_words(line.rpartition("= ")[2])) in keys, line
    assert known.named(["leo"] if domain == "film" else ["weezy"])
    assert (Path(bot.__file__).parent / "known_people.txt").stat().st_size < 200_000
