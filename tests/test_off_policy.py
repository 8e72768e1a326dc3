"""Off-policy estimates on simulated data of known value, and on a log that a bot wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bots import make_bot
from hypothesis import given
from hypothesis import strategies as st

from bot.events import FeedbackGiven, SlateShown
from bot.turn import respond
from bot.understanding import Understanding
from finetune.off_policy import Trial, estimate
from finetune.off_policy_log import drawn_places, trials_of
from retrieval.errors import UserError
from retrieval.slate import chances, choose

ARMS = np.array([0.1, 0.2, 0.4, 0.7])
LOGGING = np.array([0.4, 0.3, 0.2, 0.1])
TARGET = np.array([0.1, 0.1, 0.2, 0.6])
VALUE = float(ARMS @ TARGET)


def simulated(n: int, seed: int, model: np.ndarray, propensity: np.ndarray) -> list[Trial]:
    rng = np.random.default_rng(seed)
    arms = rng.choice(4, size=n, p=LOGGING)
    rewards = (rng.random(n) < ARMS[arms]).astype(float)
    return [
        Trial(f"c{k}", propensity[a], TARGET[a], r, model[a], float(model @ TARGET))
        for k, (a, r) in enumerate(zip(arms, rewards, strict=True))
    ]


def test_the_known_value_lies_within_the_intervals() -> None:
    hits = {"ips": 0, "snips": 0, "dr": 0}
    for seed in range(30):
        found = estimate(simulated(600, seed, ARMS, LOGGING))
        for name in hits:
            e = getattr(found, name)
            hits[name] += e.low <= VALUE <= e.high
    assert min(hits.values()) >= 25  # of 30 intervals of 95 %


def test_the_estimates_are_unbiased_and_a_model_steadies() -> None:
    runs = [estimate(simulated(400, seed, ARMS, LOGGING)) for seed in range(40)]
    for name in ("ips", "dr"):
        values = [getattr(r, name).value for r in runs]
        assert np.mean(values) == pytest.approx(VALUE, abs=3 * np.std(values) / 40**0.5 + 1e-3)
    assert np.std([r.dr.value for r in runs]) < np.std([r.ips.value for r in runs])


def test_doubly_robust_stands_a_wrong_model_or_wrong_propensities() -> None:
    wrong_model = estimate(simulated(20_000, 1, np.full(4, 0.9), LOGGING))
    wrong_propensity = estimate(simulated(20_000, 1, ARMS, np.full(4, 0.25)))
    assert wrong_model.dr.value == pytest.approx(VALUE, abs=0.03)
    assert wrong_propensity.dr.value == pytest.approx(VALUE, abs=0.03)
    assert abs(wrong_propensity.ips.value - VALUE) > 0.1


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=20))
def test_the_effective_size_is_at_most_the_size(weights: list[float]) -> None:
    found = estimate([Trial(f"c{k}", w, 0.5, 1.0) for k, w in enumerate(weights)])
    assert 1 - 1e-9 <= found.effective <= len(weights) + 1e-9


def test_without_a_drawn_place_it_is_refused_in_one_line() -> None:
    with pytest.raises(UserError, match="left to chance"):
        estimate([])


def test_the_chances_are_what_choose_draws_by() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=12)
    vectors = rng.normal(size=(12, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = choose(scores, vectors, 4, temperatures=(0.0, 0.0, 0.0, 0.3), rng=rng)
    above = [p.position for p in places[:3]]
    left = ~np.isin(np.arange(12), above)
    odds = chances(scores, vectors, vectors[above], left, 0.3)
    assert odds.sum() == pytest.approx(1.0)
    assert odds[places[3].position] == pytest.approx(places[3].propensity)


def test_the_ranking_that_logged_gets_its_own_propensities_back(tmp_path: Path) -> None:
    texts = ("a scary film set in space", "something funny for the family")
    script = {t: Understanding(("seek",), query=t) for t in texts}
    bot = make_bot(tmp_path, script, temperature=0.5)
    for n, text in enumerate(texts):
        list(respond(bot, f"user{n}", f"c{n}", text))
        rows = bot.event_log.user_events(f"user{n}")
        (slate,) = [r.event for r in rows if isinstance(r.event, SlateShown)]
        bot.event_log.append(
            f"user{n}", FeedbackGiven(f"c{n}", slate.turn_id, slate.items[-1], "chosen")
        )
    drawn = list(drawn_places(bot.event_log.all_events()))
    trials = trials_of(drawn, bot.shelf)
    assert len(trials) == 2
    assert [t.target for t in trials] == pytest.approx([t.propensity for t in trials], rel=1e-3)
    assert [t.reward for t in trials] == [1.0, 1.0]
    assert estimate(trials).ips.value == pytest.approx(1.0, rel=1e-3)
