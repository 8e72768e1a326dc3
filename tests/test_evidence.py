"""A verdict comes from whole conversations, and says how many more it takes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.evidence import FEWEST, Tally, judge, tallies_from_dict, tallies_to_dict


def tallies(before: list[float], after: list[float]) -> dict[str, Tally]:
    pairs = zip(before, after, strict=True)
    return {str(k): Tally((b, 1.0), (a, 1.0)) for k, (b, a) in enumerate(pairs)}


def coins(n: int, share: float, seed: int) -> list[float]:
    return list((np.random.default_rng(seed).random(n) < share).astype(float))


def test_a_clear_rise_is_better_and_a_clear_fall_worse() -> None:
    up = judge(tallies([0.0] * 40, coins(40, 0.6, 1)))
    assert up.verdict == "better"
    assert up.needed is None
    assert up.low > 0
    assert judge(tallies(coins(40, 0.6, 1), [0.0] * 40)).verdict == "worse"


def test_no_difference_is_no_evidence_without_a_number() -> None:
    same = judge(tallies(coins(40, 0.5, 1), coins(40, 0.5, 1)))
    assert (same.verdict, same.change, same.needed) == ("not enough evidence", 0.0, None)


def test_few_conversations_never_decide() -> None:
    found = judge(tallies([0.0] * (FEWEST - 1), [1.0] * (FEWEST - 1)))
    assert (found.verdict, found.needed) == ("not enough evidence", 1)
    assert judge({}).verdict == "not enough evidence"


def test_what_is_needed_follows_the_root_of_the_number() -> None:
    before, after = coins(60, 0.5, 1), coins(60, 0.58, 2)
    found = judge(tallies(before, after))
    assert found.verdict == "not enough evidence"
    half = (found.high - found.low) / 2
    assert found.needed == max(1, int(np.ceil(60 * (half / abs(found.change)) ** 2)) - 60)
    grown = 1 + (60 + found.needed) // 60
    again = judge(tallies(before * grown, after * grown))
    assert again.verdict != "not enough evidence"


def test_every_further_look_asks_for_more() -> None:
    evidence = tallies(coins(60, 0.4, 3), coins(60, 0.6, 4))
    widths = [judge(evidence, look).high - judge(evidence, look).low for look in (1, 2, 5)]
    assert widths[0] < widths[1] < widths[2]


def test_a_ratio_of_sums_weighs_long_conversations_more() -> None:
    evidence = {str(k): Tally((0, 1), (1, 1)) for k in range(10)}
    evidence["long"] = Tally((90, 90), (0, 90))
    found = judge(evidence)
    assert found.before == 0.9
    assert found.after == 0.1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.tuples(st.integers(0, 5), st.integers(0, 5)), st.integers(0, 5)), max_size=30
    )
)
def test_the_interval_holds_the_change_and_turning_it_round_turns_the_verdict(
    rows: list[tuple[tuple[int, int], int]],
) -> None:
    one = {str(k): Tally((a, a + c), (b, b + c)) for k, ((a, b), c) in enumerate(rows)}
    other = {name: Tally(t.after, t.before) for name, t in one.items()}
    there, back = judge(one), judge(other)
    assert there.change == -back.change
    opposite = {"better": "worse", "worse": "better"}
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    if len(rows) >= FEWEST:
        assert there.low <= there.high
    assert tallies_from_dict(tallies_to_dict(one)) == one


def test_a_model_that_is_no_better_is_seldom_found_better() -> None:
    wrong = sum(
        judge(tallies(coins(50, 0.3, 2 * seed), coins(50, 0.3, 2 * seed + 1))).verdict == "better"
        for seed in range(100)
    )
    assert wrong <= 8
