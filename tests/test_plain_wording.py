"""Plain wording: every topic in every language, exact where the words matter."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from briefs import BARE, LOVES_ALIEN, NO_COMEDY, SLATE, TENSE, brief, every_brief

from bot.moves import Brief, Reason, Shown
from bot.phrasing import clean
from bot.wording import Piece, word
from retrieval.signals import Signal

LANGUAGES = ("en", "zh", "other")


def said(made: Brief) -> str:
    return "".join(piece.text for piece in word(made, None))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", every_brief(), ids=lambda b: b.move.topic)
def test_every_topic_has_words(made: Brief, language: str) -> None:
    text = said(replace(made, language=language))
    assert text.strip() == text != ""
    assert "[" not in text and "{" not in text
    assert len(re.findall(r"[?？]", text)) <= 1
    assert len(text) < 900


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", every_brief(), ids=lambda b: b.move.topic)
def test_items_without_fields_still_read_well(made: Brief, language: str) -> None:
    bare = tuple(Shown(BARE) for _ in made.slate[:1])
    asked = replace(made.move, subject=("bare",))
    text = said(replace(made, move=asked, slate=bare, others=(BARE,), language=language))
    assert "None" not in text
    assert not re.search(r"\(\)|（）|[,:;] ?[.]|\s[.,;]|  ", text)


@pytest.mark.parametrize("noun", ["book", "product", "track"])
@pytest.mark.parametrize("made", every_brief(), ids=lambda b: b.move.topic)
def test_only_the_catalogues_noun_is_used(made: Brief, noun: str) -> None:
    text = said(replace(made, noun=noun)).lower()
    assert not re.search(r"\b(film|films|movie|watch|seen)\b", text)


def test_the_words_vary_with_the_message_and_repeat_with_it() -> None:
    texts = {said(brief(text=f"message {i}")) for i in range(20)}
    assert len(texts) > 3
    assert said(brief(text="message 1")) == said(brief(text="message 1"))


def test_recommend_says_what_changed_then_the_items_and_why() -> None:
    assert said(brief(learned=(NO_COMEDY, TENSE))) == (
        "All right, no comedy. “tense”, noted. I would start with Get Out (2017), a horror mystery "
        "by Jordan Peele: it is close to Alien (1979), which you like, and it meets your wish for "
        "thriller. There is also Inception (2010), a science fiction thriller by Christopher "
        "Nolan: people who like Alien tend to like it too. Or else The Godfather (1972), a crime "
        "drama by Francis Ford Coppola (mafia, family, power)."
    )


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (NO_COMEDY, "no comedy"),
        (replace(NO_COMEDY, hard=False), "comedy"),
        (Signal("facet", -1, hard=True, field="person", value="Tom Cruise"), "nothing with Tom"),
        (Signal("facet", -1, hard=True, field="language", value="french"), "nothing in French"),
        (Signal("facet", -1, hard=True, field="country", value="japan"), "nothing from Japan"),
        (Signal("range", 1, field="year", min=1990, max=1999), "from the 1990s"),
        (Signal("range", 1, field="year", min=1990), "from 1990 on"),
        (Signal("range", 1, field="year", max=1949), "up to 1949"),
        (Signal("range", 1, field="year", min=1994, max=1994), "from 1994"),
        (Signal("range", 1, field="runtime", max=100), "of at most 100 minutes"),
        (Signal("range", 1, field="price", min=5, max=20), "with a price of 5 to 20"),
    ],
)
def test_what_was_learned_is_named(signal: Signal, words: str) -> None:
    assert words.lower() in said(brief(learned=(signal,))).lower()


def test_a_soft_dislike_promises_no_exclusion() -> None:
    soft = replace(NO_COMEDY, hard=False)
    for i in range(12):
        text = said(brief(text=f"m{i}", learned=(soft,)))
        assert "no comedy" not in text.lower()


def test_a_disliked_item_is_said_to_be_out_and_a_seen_one_passed() -> None:
    disliked = replace(LOVES_ALIEN, polarity=-1.0)
    assert re.search(
        r"(leave Alien \(1979\) out|Sorry about Alien)", said(brief(learned=(disliked,)))
    )
    seen = replace(LOVES_ALIEN, polarity=0.0, seen=True)
    assert "You have seen Alien (1979) already" in said(brief(learned=(seen,)))


def test_an_unknown_title_is_said_kindly_and_cannot_pose_as_a_number() -> None:
    text = said(brief(unknown_titles=("Grimsby [2] Nights\n<b>",)))
    assert "“Grimsby (2) Nights (b)”" in text
    assert text.count("Inception") == 1


def test_what_was_relaxed_is_said() -> None:
    assert "I had to drop the year." in said(brief(relaxed=("year",), text="x"))
    assert "Leaving the year and the running time aside" in said(
        brief(topic="what_if", relaxed=("year", "runtime"))
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("year", "Alien is from 1979."),
        ("runtime", "Alien (1979) runs 117 minutes, that is 1 h 57."),
        ("cast", "In Alien (1979) you meet Sigourney Weaver, Tom Skerritt and John Hurt."),
        ("directors", "Alien (1979) is by Ridley Scott."),
        ("genres", "Alien (1979) is horror and science fiction."),
        ("language", "Alien (1979) is in English."),
        ("country", "Alien (1979) comes from United States and United Kingdom."),
        ("price", "I am sorry, the price of Alien (1979) is not in my catalogue."),
        (
            "description",
            "Alien (1979) is a horror film by Ridley Scott. A space crew is hunted by a creature "
            "that came aboard.",
        ),
        ("rating", "I am sorry, the rating of Alien (1979) is not in my catalogue."),
    ],
)
def test_facts_come_from_the_catalogue(asked: str, answer: str) -> None:
    assert said(brief("answer", "fact", subject=("alien-1979",), asked=asked)) == answer


def test_other_columns_answer_too() -> None:
    item = replace(BARE, extra={"rating": 4.5, "style": ("plain", "warm")})
    ask = {"subject": ("bare",), "others": (item,)}
    assert said(brief("answer", "fact", asked="rating", **ask)) == "Rating of Bare Thing: 4.5."
    assert said(brief("answer", "fact", asked="style", **ask)) == (
        "Style of Bare Thing: plain and warm."
    )


def test_profile_is_a_list_with_evidence() -> None:
    assert said(brief("answer", "profile")) == (
        "What I believe you like:\n"
        "- Alien (1979): “I loved Alien”\n"
        "- “tense”: “something tense”\n"
        "What you would rather not have:\n"
        "- comedy (always): “no comedies”\n"
        "Tell me what is wrong and I will forget it."
    )
    assert "do not know your taste yet" in said(brief("answer", "profile", likes=(), dislikes=()))


def test_an_item_without_a_number_is_never_named() -> None:
    text = said(brief("answer", "profile", others=()))
    assert "Alien" not in text.replace("I loved Alien", "")


def test_forgetting_is_confirmed_or_denied() -> None:
    assert said(brief("answer", "forgotten", forgotten=(NO_COMEDY,))).endswith("comedy.")
    assert "everything" in said(brief("answer", "forgotten", forgot_all=True))
    assert "nothing to forget" in said(brief("answer", "forgotten"))


def test_why_and_why_not_give_their_reasons() -> None:
    about = {"subject": ("get-out-2017",), "slate": SLATE}
    why = said(brief("explain", "why", subject_reasons=SLATE[0].reasons, **about))
    assert "because it is close to Alien (1979), which you like, and it meets your wish" in why
    assert "the more you tell me" in said(brief("explain", "why", **about))
    why_not = said(brief("explain", "why_not", objections=("you do not want horror",), **about))
    assert why_not.startswith("I left out Get Out (2017): you do not want horror.")


def test_that_a_year_fits_is_no_reason_to_give() -> None:
    shown = Shown(SLATE[0].item, (Reason("range", "1990–1999", "year"),))
    assert "fits" not in said(brief(slate=(shown,)))
    assert "(racism, social commentary, twist)" in said(brief(slate=(shown,)))


def test_nothing_fits_names_the_wishes_and_what_to_drop() -> None:
    assert said(brief("chat", "nothing_fits", options=("year",))) == (
        "Nothing in my catalogue fits all of it: no comedy. Shall I let go of the year?"
    )


def test_chinese_titles_stand_in_their_marks() -> None:
    text = said(brief(language="zh", learned=(NO_COMEDY,)))
    assert text.startswith("好的，不要喜剧。")
    assert "《Get Out》（2017）" in text
    assert "《Alien》（1979）相近" in text


def test_plain_pieces_say_that_they_are_plain_and_what_they_name() -> None:
    pieces: list[Piece] = list(word(brief(), None))
    assert all(p.plain for p in pieces)
    assert pieces[0].named == ("get-out-2017", "alien-1979")


def test_clean_makes_one_short_line_without_brackets() -> None:
    assert clean("a\n[1]\u202e <b> “x” \x00" + "y" * 99).startswith("a (1) (b) 'x' yyy")
    assert len(clean("y" * 500)) == 80
