"""What was named before is placed by how likely it is to be named again, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.ranker_data import Example
from finetune.repeats_training import RepeatsConfig, train_repeats
from retrieval.ranking_context import Mention, RankingContext, utterance
from retrieval.repeats import MARKS, Repeats, marks, repeats_from, said_grams, uninterrupted


def talk(*said: tuple[bool, str, tuple[int, ...]]) -> RankingContext:
    mentions = [Mention(row, who, k) for k, (who, _, rows) in enumerate(said) for row in rows]
    return RankingContext(tuple(mentions), tuple(utterance(who, text) for who, text, _ in said))


ASKED = talk((False, "hello", ()), (True, "have you seen this?", (4,)))
TOLD = talk((False, "hello", ()), (True, "i saw that one", (4,)))


@pytest.fixture(scope="module")
def learned() -> Repeats:
    """Recommenders who speak of an item again exactly when they are asked about it."""
    examples = [Example(k, ASKED, (4,), (False,)) for k in range(60)]
    examples += [Example(k, TOLD, (7,), (True,)) for k in range(60)]
    found = train_repeats(examples, RepeatsConfig(epochs=40, batch=16, words_decay=0.01))
    assert found is not None
    return found


def mark(context: RankingContext, name: str) -> list[float]:
    return [float(v) for v in marks(context)[:, MARKS.index(name)]]


def test_what_is_learned_decides_the_first_place(learned: Repeats) -> None:
    scores = np.linspace(1, 0, 9, dtype=np.float32)
    assert np.argmax(learned.among(scores, ASKED)) == 4
    assert np.argmax(learned.among(scores, TOLD)) == 0
    assert learned.log_odds(ASKED)[0] > 0 > learned.log_odds(TOLD)[0]


@given(st.lists(st.floats(-20, 20, width=32), min_size=9, max_size=9))
@settings(deadline=None)
def test_what_is_new_keeps_its_scores(learned: Repeats, values: list[float]) -> None:
    scores = np.array(values, dtype=np.float32)
    placed = learned.among(scores, ASKED)
    others = np.arange(9) != 4
    np.testing.assert_array_equal(placed[others], scores[others])
    chances = np.exp(placed - placed[others].max())
    odds = chances[4] / chances[others].sum()
    assert odds == pytest.approx(np.exp(learned.log_odds(ASKED)[0] + 0.2), rel=1e-2)


def test_arrays_keep_the_model(learned: Repeats) -> None:
    again = repeats_from(list(learned.vocabulary), learned.arrays())
    np.testing.assert_array_equal(again.log_odds(ASKED), learned.log_odds(ASKED))


def test_nothing_named_or_no_text_changes_nothing(learned: Repeats) -> None:
    scores = np.ones(9, dtype=np.float32)
    silent = RankingContext((Mention(2, True, 0),))
    for context in (talk((True, "hello", ())), silent, RankingContext()):
        assert learned.among(scores, context) is scores
    assert train_repeats([Example(0, silent, (2,), (False,))], RepeatsConfig()) is None


def test_marks_say_who_named_it_and_when() -> None:
    context = talk(
        (True, "i liked these", (1, 2)),
        (False, "like this one?", (3,)),
        (True, "no", ()),
        (True, "but this?", (3, 5)),
    )
    assert uninterrupted(context) == 2
    assert [m.row for m in context.wanted] == [1, 2, 3, 5]
    assert mark(context, "now") == [0, 0, 1, 1]
    assert mark(context, "two_ago") == [1, 1, 0, 0]
    assert mark(context, "taken_up") == [0, 0, 1, 0]
    assert mark(context, "now_new") == [0, 0, 0, 1]
    assert mark(context, "asked") == [1, 1, 1, 1]
    assert mark(context, "any_habit") == [0, 0, 0, 0]
    assert marks(context).shape == (4, len(MARKS))


def test_questions_and_pairs_count_as_words() -> None:
    assert said_grams("Seen it? Seen it!") == [
        *("seen", "it", "'asks", "'exclaims"),
        *("seen it", "it 'asks", "'asks seen", "it 'exclaims"),
    ]
