"""Turns the event log or transcripts into training examples, split by user, the newest held out."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scipy.stats import binomtest

from bot.event_log import open_event_log
from bot.settings import Settings
from bot.transcripts import Format, read_transcripts
from bot.understanding import Understander
from finetune.chat_from_log import pairs_of
from finetune.example_filters import agreement, usable
from finetune.example_talks import log_talks, transcript_talks, with_words
from finetune.example_values import (
    Examples,
    MessageExample,
    NeedExample,
    Opinion,
    RatingExample,
    Sources,
    Talk,
)
from finetune.example_weights import CERTAIN, UNREACTED, ratings
from finetune.redial_forms import with_forms
from retrieval.catalog import Catalog
from retrieval.errors import UserError

__all__ = [
    "Examples",
    "MessageExample",
    "NeedExample",
    "Opinion",
    "RatingExample",
    "Sources",
    "Talk",
    "accepted",
    "check_trust",
    "from_talks",
    "from_transcripts",
    "gather",
]

NEWEST = 0.2  # share of the conversations, the newest, that is held out
_MESSAGES, _CHARACTERS = 3, 400  # of the user's latest words that make a need, as in ranking
_TRUST, _COMPARED = 0.7, 20  # least agreement of buttons with words, and what it takes to tell
_HEARD = 100  # conversations of a file that are read for it: enough to tell .6 from .7 surely


def gather(
    settings: Settings,
    catalog: Catalog,
    *,
    without: Collection[str] = (),
    until: int | None = None,
) -> Examples:
    """Examples from the event log; `without` are keyed users (`bot.user_keys.user_key`).

    `until` is the last position of the log that is read, all of it where none is given. Raises
    UserError where the log is not there, is empty, or contradicts itself.
    """
    log = open_event_log(settings.database or settings.home / "events.sqlite")
    try:
        position = log.last_seq() if until is None else until
        rows = (row for row in log.all_events() if row.seq <= position)
        talks = list(log_talks(rows, catalog))
    finally:
        log.close()
    if not talks:
        raise UserError("The event log holds no conversation yet.", "Let people talk first.")
    examples = from_talks(talks, without=without, unreacted=0.0)
    check_trust(examples)
    return replace(examples, log_position=position)


def from_transcripts(
    source: Path,
    format: Format,
    catalog: Catalog,
    *,
    secret: bytes,
    understander: Understander | None = None,
    without: Collection[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Examples:
    """Examples from a file of conversations, with ReDial's forms as feedback.

    `secret` keys the speakers' names. `understander` reads opinions on items out of the words
    where nobody pressed a button; where somebody did it only tells, on a part of the
    conversations, whether the buttons are to be trusted. Raises UserError where they are not.
    """
    found = read_transcripts(source, format, catalog).transcripts
    told = with_forms(found, source, catalog) if format == "redial" else list(found)
    pressed = any(message.feedback for transcript in told for message in transcript.messages)
    talks = list(transcript_talks(told, secret, None if pressed else understander, progress))
    examples = from_talks(talks, without=without)
    if pressed and understander is not None:
        kept = set(examples.conversations)
        believed = [t for t in talks if t.conversation in kept]
        examples = replace(examples, agreement=_heard(believed, understander))
    check_trust(examples)
    return examples


def _heard(talks: Sequence[Talk], understander: Understander) -> tuple[int, int]:
    """How often buttons agree with the words, and could, in talks spread evenly over time."""
    told = [t for t in talks if any(o.explicit and o.value for o in t.opinions)]
    every = max(1, -(-len(told) // _HEARD))
    return agreement(with_words(talk, understander) for talk in told[::every])


def from_talks(
    talks: Iterable[Talk],
    *,
    without: Collection[str] = (),
    unreacted: float = UNREACTED,
    newest: float = NEWEST,
) -> Examples:
    """Filter talks, split them and make every kind of example; pure, whatever their order.

    `unreacted` is the weight of being recommended without a reaction: none where the choice was
    ours, since a model would only learn to repeat itself.
    """
    everything = sorted(talks, key=lambda t: (t.began, t.conversation))
    kept, left_out = usable(everything, without)
    train, held = split(kept, newest)
    apart = len(kept) - len(train) - len(held)
    if apart:
        left_out["of a user on the other side"] = apart
    believed = {t.conversation for t in kept}  # before contradictions were taken out of them
    used = [*train, *held]
    return Examples(
        conversations=tuple(t.conversation for t in used),
        users=tuple(sorted({t.user for t in used})),
        train_users=tuple(sorted({t.user for t in train})),
        left_out=dict(left_out),
        train=_sources(train),
        held_out=_sources(held),
        agreement=agreement(t for t in everything if t.conversation in believed),
        unreacted=unreacted,
    )


def accepted(sources: Sources, unreacted: float) -> dict[str, frozenset[str]]:
    """For each conversation the items that were right to recommend: what a gate may count as hits.

    What we chose to show ourselves is no proof that it was right; with `unreacted` 0 only items
    that somebody liked count. Where nobody told anything, a recommender's own choice does.
    """
    told: dict[str, dict[str, float]] = {}
    for rating in sources.ratings:
        told.setdefault(rating.conversation, {})[rating.item_id] = rating.rating
    found = {}
    for transcript in sources.transcripts:
        known = told.get(transcript.conversation, {})
        items = {i for m in transcript.messages if m.role == "assistant" for i in m.items}
        found[transcript.conversation] = frozenset(
            i for i in items if known.get(i, unreacted) > CERTAIN
        )
    return found


def split(talks: Sequence[Talk], newest: float = NEWEST) -> tuple[list[Talk], list[Talk]]:
    """What trains and what is held out of talks that are ordered, oldest first.

    The newest share is held out. Who talked on both sides is put on one of them by a hash of
    their key, and what they said on the other side is left out: nothing of a user who judges a
    model was seen by it, and nothing it saw is newer than what it is judged on.
    """
    cut = len(talks) - round(newest * len(talks))
    old, new = talks[:cut], talks[cut:]
    both = {t.user for t in old} & {t.user for t in new}
    judges = {user for user in both if _by_chance(user) < 0.5}
    train = [t for t in old if t.user not in judges]
    return train, [t for t in new if t.user not in both - judges]


def check_trust(examples: Examples) -> None:
    """Refuse examples whose buttons contradict the words more often than misreading explains.

    Somebody who turns feedback around, by malice or by a bug in a site's buttons, cannot turn
    around what people write. Raises UserError where surely (95 %, Wilson) less than 70 % of the
    items that have both agree.
    """
    agree, both = examples.agreement
    if both < _COMPARED:
        return
    high = binomtest(agree, both).proportion_ci(0.95, method="wilson").high
    if high < _TRUST:
        raise UserError(
            f"Of {both} items with an opinion by button and in words only {agree} have the same"
            f" sign in both ({agree / both:.0%}).",
            "The feedback is not trusted and nothing was trained; check who sends it.",
        )


def _sources(talks: Sequence[Talk]) -> Sources:
    rated = [r for talk in talks for r in ratings(talk)]
    chat = tuple(example for talk in talks for example in talk.chat)
    by_talk: Mapping[str, dict[str, float]] = {
        name: {r.item_id: r.rating for r in group}
        for name, group in itertools.groupby(rated, key=lambda r: r.conversation)
    }
    return Sources(
        transcripts=tuple(t.transcript for t in talks),
        chat=chat,
        pairs=tuple(pairs_of(chat)),
        needs=tuple(n for t in talks for n in _needs(t, by_talk.get(t.conversation, {}))),
        messages=tuple(m for t in talks for m in t.messages),
        ratings=tuple(rated),
    )


def _needs(talk: Talk, rated: Mapping[str, float]) -> Iterable[NeedExample]:
    """What was asked for before an item was put forward that then was liked."""
    refused = tuple(sorted(i for i, r in rated.items() if r < -CERTAIN))
    said: list[str] = []
    named: set[str] = set()
    for message in talk.transcript.messages:
        if message.role == "user":
            said.append(message.text)
        elif said:
            need = " ".join(said[-_MESSAGES:])[-_CHARACTERS:]
            for item in message.items:
                if rated.get(item, 0.0) > CERTAIN and item not in named:
                    yield NeedExample(talk.conversation, need, item, refused, rated[item])
        named |= set(message.items)


def _by_chance(user: str) -> float:
    """A number in [0, 1) that belongs to a user."""
    digest = hashlib.blake2s(f"side {user}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
