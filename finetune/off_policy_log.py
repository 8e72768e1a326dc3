"""Judges a ranking by the event log: what it would have put in the places left to chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.bot import Parts
from bot.build import build_parts
from bot.event_log import open_event_log
from bot.events import FeedbackGiven, Row, SlateShown, Undone
from bot.need import Shelf, need_of, personal_shelf, taste_of
from bot.recommend import WIDE, rank_candidates
from bot.session import Session, fold_session
from bot.settings import Settings
from finetune.off_policy import PolicyValue, Trial, estimate
from finetune.run_folder import part_of, read_run
from retrieval.bundle import read_bundle
from retrieval.errors import UserError
from retrieval.slate import chances

_TAKEN = ("chosen", "like", "purchased")  # what counts as a reward of 1
_PRIOR = 5.0  # trials of the mean that an item's own share of rewards is drawn to


@dataclass(frozen=True)
class Drawn:
    """A slate's place with its propensity, and the session just before it was shown."""

    session: Session
    slate: SlateShown
    place: int
    reward: float


def value_of_run(settings: Settings, run_id: str) -> PolicyValue:
    """What the ranking of a run would have earned in the logged places left to chance.

    The estimate is of that one place given the places above it as they were shown. Raises
    UserError where no place was left to chance.
    """
    run = read_run(settings.home, run_id)
    log = open_event_log(settings.database or settings.home / "events.sqlite")
    try:
        drawn = list(drawn_places(log.all_events()))
    finally:
        log.close()
    if not drawn:
        return estimate(())
    quiet = settings.model_copy(update={"llm": "plain", "understander": "trained"})
    parts: Parts = build_parts(quiet, read_bundle(settings.home).with_part(part_of(run)))
    return estimate(trials_of(drawn, parts.shelf))


def earnings(settings: Settings, run_id: str) -> Iterator[str]:
    """What the log says a ranker would have earned, in a line; evidence, no part of the verdict.

    Nothing for runs of other kinds and for those learned from transcripts.
    """
    run = read_run(settings.home, run_id)
    if run.kind != "ranker" or run.data["source"]["from"] != "log":
        return
    try:
        found = value_of_run(settings, run_id)
    except UserError as error:
        yield error.message
        return
    yield (
        f"Taken in the place left to chance: {found.earned} as logged; with this ranking IPS"
        f" {found.ips}, SNIPS {found.snips}, DR {found.dr} ({found.trials} places, effectively"
        f" {found.effective:.0f})."
    )


def trials_of(drawn: Sequence[Drawn], shelf: Shelf) -> list[Trial]:
    """Each drawn place with the probabilities of a shelf's ranking and a model of the reward.

    The model is an item's share of rewards in all other conversations, drawn to the mean.
    """
    rewards = _Rewards(drawn)
    found = []
    for one in drawn:
        slate, place = one.slate, one.place
        odds = _odds(one, shelf)
        item, propensity = slate.items[place], slate.propensities[place]
        assert propensity is not None
        name = slate.conversation_id
        expected = sum(p * rewards.of(other, name) for other, p in odds.items())
        found.append(
            Trial(
                name, propensity, odds.get(item, 0.0), one.reward, rewards.of(item, name), expected
            )
        )
    return found


def _odds(one: Drawn, shelf: Shelf) -> Mapping[str, float]:
    """The probability of each item in that place under the shelf's ranking."""
    own = personal_shelf(shelf, one.session)
    need = need_of(own, one.session, taste_of(own, one.session))
    ranked, _ = rank_candidates(own, need, frozenset(one.session.excluded))
    items = [shelf.catalog.items[row].item_id for row in ranked.rows]
    free = [k for k, item in enumerate(items) if item not in one.session.excluded][:WIDE]
    above = [i for i in one.slate.items[: one.place] if i in shelf.catalog]
    vectors = shelf.index.vectors
    odds = chances(
        ranked.scores[free],
        np.asarray(vectors[ranked.rows[free]]),
        np.asarray(vectors[[shelf.catalog.row(i) for i in above]]),
        np.array([items[k] not in above for k in free], dtype=np.bool_),
        one.slate.temperature,
    )
    return {items[k]: float(p) for k, p in zip(free, odds, strict=True)}


class _Rewards:
    """How often an item was rewarded, apart from one conversation."""

    def __init__(self, drawn: Sequence[Drawn]) -> None:
        self._all: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for one in drawn:
            item = one.slate.items[one.place]
            self._all[item].append((one.slate.conversation_id, one.reward))
        self._mean = float(np.mean([one.reward for one in drawn])) if drawn else 0.0

    def of(self, item: str, conversation: str) -> float:
        """The share of rewards, drawn to the mean of all."""
        others = [r for name, r in self._all.get(item, ()) if name != conversation]
        return (sum(others) + _PRIOR * self._mean) / (len(others) + _PRIOR)


def drawn_places(rows: Iterable[Row]) -> Iterator[Drawn]:
    """The places of the log that have a propensity, with what came of them."""
    by_user: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_user[row.user_key].append(row)
    for own in by_user.values():
        undone = {r.event.target for r in own if isinstance(r.event, Undone)}
        taken = {
            (r.event.turn_id, r.event.item_id)
            for r in own
            if isinstance(r.event, FeedbackGiven)
            and r.event.feedback in _TAKEN
            and r.event_id not in undone
        }
        for number, row in enumerate(own):
            slate = row.event
            if isinstance(slate, SlateShown) and slate.temperature > 0:
                for place, propensity in enumerate(slate.propensities):
                    if propensity is not None:
                        session = fold_session(own[:number], slate.conversation_id)
                        reward = float((slate.turn_id, slate.items[place]) in taken)
                        yield Drawn(session, slate, place, reward)
