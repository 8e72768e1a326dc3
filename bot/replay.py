"""Replays conversations through a system, turn by turn, showing it only what came before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from bot.predictions import (
    Key,
    Manifest,
    Progressing,
    ReplayedTurn,
    SlateItem,
    write_predictions,
)
from bot.transcript_values import Transcript, TranscriptMessage, readable_title
from retrieval.catalog import Catalog
from retrieval.errors import UserError

DEPTH = 100  # ids of a ranking that are kept
SLATE = 5  # of them with title and reasons
CHUNK = 32  # conversations ranked together and then written down

_CONTEXT = 4  # messages before a turn that the report shows
_CONTEXT_CHARACTERS = 300

State = TypeVar("State")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a system ranks in one state: at most DEPTH ids, best first, and what it went by.

    The fields are those of ReplayedTurn.
    """

    ranked: tuple[str, ...]
    preferences: int = 0
    slate: tuple[SlateItem, ...] = ()
    scores: tuple[float, ...] = ()
    diversity: float | None = None


class System(Protocol[State]):
    """A version of a recommender under replay; a state is never changed, only succeeded."""

    name: str
    catalog: Catalog

    def start(self, conversation: str) -> State:
        """The state before anything was said."""
        ...

    def hear(self, state: State, message: TranscriptMessage) -> State:
        """The state after one more message."""
        ...

    def rank(self, states: Sequence[State]) -> Sequence[Ranking]:
        """Rank the whole catalogue in each state; together, so that work can be batched."""
        ...


def replay(
    system: System[State],
    transcripts: Sequence[Transcript],
    predictions: Path | None = None,
    progress: Progress | None = None,
) -> tuple[ReplayedTurn, ...]:
    """Rank the catalogue for every recommender message, from what was said before it alone.

    A system is given no transcript: it hears the messages before a turn one by one, and the
    ranking of a turn is asked of a state that ends there. With `predictions` the result is
    written there and an interrupted replay of the same system and transcripts goes on from its
    last whole chunk. `progress(done, total)` counts conversations.
    """
    chunks = [transcripts[at : at + CHUNK] for at in range(0, len(transcripts), CHUNK)]
    manifest = manifest_of(system, transcripts)
    sizes = [sum(len(t.recommendations()) for t in chunk) for chunk in chunks]
    partial = None if predictions is None else Progressing(predictions, manifest, sizes)
    turns: list[ReplayedTurn] = []
    for number, chunk in enumerate(chunks):
        if partial is not None and number < len(partial.done):
            turns += partial.done[number]
        else:
            replayed = tuple(_replay_chunk(system, chunk))
            turns += replayed
            if partial is not None:
                partial.add(replayed)
        if progress:
            progress(min((number + 1) * CHUNK, len(transcripts)), len(transcripts))
    if predictions is not None and partial is not None:
        write_predictions(predictions, manifest, turns)
        partial.finish()
    return tuple(turns)


def told(
    transcripts: Sequence[Transcript], ranked: Mapping[Key, tuple[str, ...]], catalog: Catalog
) -> tuple[ReplayedTurn, ...]:
    """Predictions that come without evidence, told with what their transcripts say.

    Preferences are then the items that the user had named, and slates have no reasons. Raises
    UserError where no prediction belongs to these transcripts.
    """
    turns = []
    for transcript in transcripts:
        for message in transcript.recommendations():
            ids = ranked.get((transcript.conversation, message.index))
            if ids is not None:
                told_of = {
                    i for m in transcript.before(message) if m.role == "user" for i in m.items
                }
                known = [catalog.item(i) for i in ids[:SLATE] if i in catalog]
                slate = tuple(SlateItem(i.item_id, readable_title(i), "") for i in known)
                ranking = Ranking(ids, len(told_of), slate)
                turns.append(_replayed(transcript, message, ranking, catalog))
    if not turns:
        raise UserError(
            "No prediction belongs to a turn of these transcripts.",
            "Give the transcripts and the catalogue that were replayed.",
        )
    return tuple(turns)


def manifest_of(system: System[State], transcripts: Sequence[Transcript]) -> Manifest:
    """What a replay is of: the system, the catalogue and the very words of the transcripts."""
    digest = hashlib.sha256()
    for transcript in transcripts:
        digest.update(repr(transcript).encode("utf-8", "surrogatepass"))
    return {
        "format": 1,
        "system": system.name,
        "catalog": system.catalog.name,
        "catalog_fingerprint": system.catalog.fingerprint,
        "items": len(system.catalog),
        "conversations": len(transcripts),
        "transcripts": digest.hexdigest(),
    }


def _replay_chunk(
    system: System[State], transcripts: Sequence[Transcript]
) -> Iterator[ReplayedTurn]:
    """The turns of some conversations: first all are heard, then all turns are ranked together."""
    asked: list[tuple[Transcript, TranscriptMessage, State]] = []
    for transcript in transcripts:
        awaited = {message.index for message in transcript.recommendations()}
        state = system.start(transcript.conversation)
        for message in transcript.messages:
            if message.index in awaited:
                asked.append((transcript, message, state))
                awaited.discard(message.index)
            if not awaited:
                break
            state = system.hear(state, message)
    rankings = system.rank([state for _, _, state in asked])
    for (transcript, message, _), ranking in zip(asked, rankings, strict=True):
        yield _replayed(transcript, message, ranking, system.catalog)


def _replayed(
    transcript: Transcript, message: TranscriptMessage, ranking: Ranking, catalog: Catalog
) -> ReplayedTurn:
    before = transcript.before(message)
    return ReplayedTurn(
        transcript.conversation,
        message.index,
        ranked=ranking.ranked,
        targets=message.items,
        target_titles=tuple(readable_title(catalog.item(i)) for i in message.items),
        named=tuple(dict.fromkeys(i for m in before for i in m.items)),
        preferences=ranking.preferences,
        context=tuple((m.role, m.text[:_CONTEXT_CHARACTERS]) for m in before[-_CONTEXT:]),
        slate=ranking.slate,
        scores=ranking.scores,
        diversity=ranking.diversity,
    )
