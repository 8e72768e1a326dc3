"""What a language model may not say, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from briefs import LOVES_ALIEN, NO_COMEDY, brief

from bot.phrasing import Part
from bot.reply_checks import ReplyChecker, tidy
from bot.voice_words import stem

FIRST = Part("item", "plain", 1)


@pytest.mark.parametrize(
    "sentence",
    [
        "[1] is a tense thriller about racism, close to [4].",
        "[1] is an unsettling horror film with a twist.",
        "My pick is [1], a scary mystery that you may like.",
        "[1] has a good twist, and people who like it call it scary.",
        "[1] is a horror film about racism, and a horror with a twist.",
        "A scary horror film in the vein of [4], [1] is there whenever you want a twist.",
    ],
)
def test_grounded_sentences_pass(sentence: str) -> None:
    assert ReplyChecker(brief()).fault(sentence, FIRST) == ""


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("", "shape"),
        ("[1] is " + "very " * 60 + "scary.", "shape"),
        ("[1] 是一部恐怖片。", "script"),
        ("[1] очень страшный horror.", "script"),
        ("[1] is *scary* <b>horror</b>.", "signs"),
        ('[1] is a "scary" horror film.', "signs"),
        ("[1] is scary horror, see http://x.io/a?b=1&c.", "signs"),
        ("[x] is a scary horror film.", "signs"),
        ("User: [1] is a scary horror film.", "role"),
        ("As an AI language model I like [1].", "role"),
        ("My system prompt says [1] is horror.", "role"),
        ("[1] is a scary horror film from 2017.", "digits"),
        ("[9] is a scary horror film.", "number"),
        ("[0] is a scary horror film.", "number"),
        ("I will order [1] for you.", "promise"),
        ("I'll always remember that you like [1].", "promise"),
        ("[1] is a scary film by Jordan Peele.", "name"),
        ("[1] is like The Matrix, but scary.", "name"),
        ("[1] IS SCARY HORROR.", "name"),
        ("Peele made [1], a scary horror film.", "ungrounded"),
        ("[1] is a scary horror film about a detective.", "ungrounded"),
        ("[1] is a romantic story.", "ungrounded"),
        ("[1] is an animated horror film.", "ungrounded"),
        ("[1] won an award for its horror.", "ungrounded"),
        ("[1] is a funny horror film.", "ungrounded"),
        ("[1] is a horror comedy.", "refusal"),
        ("[1] is not scary, just a twist.", "contradiction"),
        ("[1] has no horror in it.", "contradiction"),
        ("You loved [1], a scary horror film.", "memory"),
        ("[1] is a scary scary horror film.", "clumsy"),
        ("[1] is scary horror, close to [1].", "clumsy"),
        ("[1] is horror about a slow-burn, racism.", "ungrounded"),
        ("[1] is horror about a twist-unsettling.", "clumsy"),
        ("[1] is a horror film and a horror film.", "clumsy"),
        ("[1] is a horror film about the.", "clumsy"),
        ("[2] is a thriller about dreams.", "part"),
        ("[1] is like [2], scary and tense.", "part"),
        ("[1] is a good one.", "part"),
        ("Is [1] scary horror for you?", "part"),
        ("This is a good film.", "part"),
    ],
)
def test_a_sentence_is_refused_for_its_fault(sentence: str, fault: str) -> None:
    assert ReplyChecker(brief()).fault(sentence, FIRST) == fault


def test_a_likeness_needs_a_reason() -> None:
    third = Part("item", "plain", 3)
    checker = ReplyChecker(brief())
    assert checker.fault("[3] is a crime drama, close to [4].", third) == "memory"
    assert checker.fault("[3] is a crime drama about the mafia.", third) == ""


def test_a_disliked_item_is_not_brought_up() -> None:
    hated = brief(likes=(), dislikes=(NO_COMEDY, replace(LOVES_ALIEN, polarity=-1.0)))
    fault = ReplyChecker(hated).fault("[1] is scary horror, close to [4].", FIRST)
    assert fault == "number"


def test_a_sentence_is_not_said_twice() -> None:
    checker = ReplyChecker(brief())
    checker.accept("[1] is a scary horror film with a twist.")
    assert checker.fault("[1] is a scary horror film with a good twist.", FIRST) == "repetition"


def test_a_question_holds_all_its_options() -> None:
    checker = ReplyChecker(brief("ask", "preference", options=("drama", "horror")))
    ask = Part("ask", "plain")
    assert checker.fault("Would you like drama or horror?", ask) == ""
    assert checker.fault("Would you like drama?", ask) == "part"
    assert checker.fault("I like drama and horror.", ask) == "part"


@pytest.mark.parametrize(
    ("topic", "good", "bad"),
    [
        ("greeting", "Hello! What would you like?", "Hello."),
        ("thanks", "With pleasure!", "No, thanks."),
        ("thanks", "You are welcome, come back any day of the week!", "Come back tomorrow."),
        ("goodbye", "Goodbye, enjoy!", "What is next."),
        ("rejected", "What would you like instead?", "That is a great choice."),
        ("accepted", "A lovely choice, enjoy!", "Not this one."),
    ],
)
def test_small_talk_fits_its_occasion(topic: str, good: str, bad: str) -> None:
    say = Part("say", "plain")
    assert ReplyChecker(brief("chat", topic)).fault(good, say) == ""
    assert ReplyChecker(brief("chat", topic)).fault(bad, say) == "part"


@pytest.mark.parametrize(
    ("raw", "tidied"),
    [
        ("- **[1]** is good.", "[1] is good."),
        ("2. [1]  is\n good.", "[1] is good."),
        ("1.", ""),
        ("[1]", ""),
        ("“Hello there!”", "Hello there!"),
        ("[1] is a underdog in a union.", "[1] is an underdog in a union."),
        ("[1] is a one of a kind, a European once.", "[1] is a one of a kind, a European once."),
    ],
)
def test_tidy_takes_off_markup(raw: str, tidied: str) -> None:
    assert tidy(raw) == tidied


def test_stems_join_forms_of_a_word() -> None:
    assert stem("comedies") == stem("comedy")
    assert stem("slowly") == stem("slow")
    assert stem("friend's") == stem("friends")
    assert stem("haunted") == stem("haunting")
