"""What may not teach is left out and counted: copies, bots, bursts, abuse, personal data."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from test_examples import ITEMS, talk

from finetune.example_filters import usable
from finetune.example_privacy import holds_personal_data, is_abusive
from finetune.example_values import Opinion
from finetune.example_weights import of_feedback


@pytest.mark.parametrize(
    "text",
    [
        "write to ann.smith@example.org please",
        "call me at +44 20 7946 0958",
        "my number is (555) 010-9999 555",
        "card 4111 1111 1111 1111",
        "I live at 12 Long Meadow Lane, so nothing loud",
        "my address is the old mill",
        "DE89 3704 0044 0532 0130 00",
    ],
)
def test_personal_data_is_found(text: str) -> None:
    assert holds_personal_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "I loved 21 Jump Street (2012) and 22 Jump Street!",
        "from 1984 1999 2001 or so",
        "@Black Panther was great",
        "something from the 90s, under 120 minutes, 3 or 4 stars",
        "12 Angry Men, 2001: A Space Odyssey",
    ],
)
def test_films_and_years_are_no_personal_data(text: str) -> None:
    assert not holds_personal_data(text)


def test_abuse_is_aimed_at_somebody() -> None:
    assert is_abusive("you stupid idiot") or is_abusive("you are an idiot")
    assert is_abusive("shut up, dumb bot")
    assert not is_abusive("Kill Bill is so damn good, that bastard Bill deserved it")


def test_exact_copies_count_once() -> None:
    first = talk(1, "a", said="I would like a long quiet film about the sea")
    copies = [replace(first, conversation=f"x{k}", began=k + 5) for k in range(2)]
    kept, out = usable([first, *copies])
    assert [t.conversation for t in kept] == ["c1"] and out == {"duplicate": 2}


def test_inhuman_speed_is_a_bot() -> None:
    base = talk(1, "a")
    messages = base.transcript.messages * 2
    transcript = replace(base.transcript, messages=messages)
    human = replace(base, transcript=transcript, seconds=(0.0, 9.0, 30.0, 41.0))
    robot = replace(human, conversation="r", seconds=(0.0, 0.2, 0.4, 0.6))
    assert usable([human])[1] == {}
    assert usable([robot])[1] == {"bot": 1}


def test_a_template_with_other_titles_and_users_is_a_bot() -> None:
    rng = random.Random(0)
    text = "Hello there, can you recommend a really good film for tonight with my old friends, {}?"
    bots = [talk(k, f"u{k}", said=text.format(rng.choice(["Up", "Her", "Us"]))) for k in range(8)]
    people = [talk(k, f"p{k}") for k in range(20, 40)]
    kept, out = usable([*bots, *people])
    assert out["bot"] + out["duplicate"] == 8 and len(kept) == 20


def test_one_item_cannot_burst_and_one_user_cannot_flood() -> None:
    usual = [talk(k, f"p{k}") for k in range(300)]
    liked = of_feedback((ITEMS[3], "like", None), 2)
    pushed = [talk(1000 + k, f"s{k}", liked) for k in range(200)]
    kept, out = usable([*usual, *pushed])
    assert out["burst"] > 100
    assert sum(any(o.item_id == ITEMS[3] for o in t.opinions) for t in kept) < 100
    again = [talk(k, "one", liked) for k in range(5)]
    assert usable(again)[1] == {"burst": 4}  # one user's like proves an item once
    flood = [talk(k, "one") for k in range(200)]
    assert usable(flood)[1]["burst"] > 100


def test_feedback_that_denies_itself_is_taken_out_and_counted() -> None:
    like, dislike = (of_feedback((ITEMS[1], k, None), 2) for k in ("like", "dislike"))
    later = replace(dislike, place=4)
    (kept,), out = usable([talk(1, "a", like, dislike)])
    assert out == {"contradiction": 1} and not kept.opinions
    (kept,), out = usable([talk(1, "a", like, later)])
    assert not out and len(kept.opinions) == 2  # a changed mind is no contradiction
    words = Opinion(ITEMS[1], -1.0, 0.6, 0, "text", True)
    (kept,), out = usable([talk(1, "a", words, like)])
    assert out == {"contradiction": 1} and not kept.opinions
