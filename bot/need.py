"""What is to be ranked for in a turn: the same for people and for replayed conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.online import personal_weights
from bot.session import Session
from bot.understanding import Understanding
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.facets import FacetRows
from retrieval.index import ItemIndex
from retrieval.learned_ranker import LearnedRanker
from retrieval.ranking import LEARNED_WEIGHTS, Need, Weights
from retrieval.ranking_context import Mention, RankingContext, Utterance, utterance
from retrieval.target_vectors import CatalogVectors
from retrieval.taste import Taste, Vector, fold

_OPINION = {"like": 1.0, "chosen": 1.0, "dislike": -1.0, "never": -1.0}  # of a card's button


@dataclass(frozen=True)
class Shelf:
    """A catalogue with everything that ranks it; n items, vectors of d dimensions."""

    catalog: Catalog
    index: ItemIndex
    encoder: Encoder
    facets: FacetRows
    vectors: CatalogVectors
    weights: Weights
    popularity: NDArray[np.float32] | None
    learned: LearnedRanker | None = None


def make_shelf(
    catalog: Catalog, index: ItemIndex, encoder: Encoder, ranker: LearnedRanker | None = None
) -> Shelf:
    """Prepare a catalogue, its index and encoder for ranking, with what conversations taught."""
    facets = FacetRows(catalog)
    vectors = CatalogVectors(catalog, index, encoder, facets)
    popularity = log_popularity(catalog)
    weights = Weights() if ranker is None else LEARNED_WEIGHTS
    return Shelf(catalog, index, encoder, facets, vectors, weights, popularity, ranker)


def personal_shelf(shelf: Shelf, session: Session) -> Shelf:
    """The shelf with the weights that the user's own choices lead to; itself without any."""
    weights = personal_weights(shelf.weights, session.choices)
    return shelf if weights is shelf.weights else replace(shelf, weights=weights)


def log_popularity(catalog: Catalog) -> NDArray[np.float32] | None:
    """Standardised log(1 + popularity) (n,), items without one at the mean; None without any."""
    known = [item.popularity for item in catalog.items]
    if not any(known):
        return None
    logs = np.array([np.nan if p is None or p < 0 else np.log1p(p) for p in known])
    deviation = float(np.nanstd(logs)) or 1.0
    standard = (logs - np.nanmean(logs)) / deviation
    return np.asarray(np.nan_to_num(standard, nan=0.0), dtype=np.float32)


def taste_of(shelf: Shelf, session: Session) -> Taste:
    """The taste that a session's signals fold to."""
    return fold(
        session.signals,
        shelf.vectors,
        conversation_id=session.conversation_id,
        removed=session.removed,
    )


def need_of(shelf: Shelf, session: Session, taste: Taste, *, again: bool = False) -> Need:
    """What the last turn of a session asks to rank for.

    `again` says whether items named before take the place that is due to them: a replay predicts
    what is named next, people are shown what is new to them.
    """
    turns = session.turns
    context = context_of(shelf.catalog, session)
    age = {turn.turn_id: len(turns) - 1 - place for place, turn in enumerate(turns)}
    query = query_of(session)
    return Need(
        q=_encode(shelf, query),
        taste=taste,
        age=age,
        learned=learned_scores(shelf, context, again=again),
        popularity=shelf.popularity,
        named=tuple(m.row for m in context.wanted) if again else (),
    )


def learned_scores(
    shelf: Shelf, context: RankingContext, *, again: bool = False
) -> NDArray[np.float32] | None:
    """What conversations taught of every item (n,), standardised; None without a ranker."""
    if shelf.learned is None:
        return None
    scores = shelf.learned.score(context)
    placed = shelf.learned.with_named(scores, context) if again else scores
    deviation = float(scores.std()) or 1.0
    return np.asarray((placed - scores.mean()) / deviation, dtype=np.float32)


def context_of(catalog: Catalog, session: Session) -> RankingContext:
    """The conversation as the learned ranker sees it: who named what, and what was said."""
    mentions: list[Mention] = []
    messages: list[Utterance] = []
    for turn in session.turns:
        read = turn.understanding
        if turn.text:
            signals = () if read is None else read.signals
            opinions = {s.item_id: s.polarity for s in signals if s.item_id is not None}
            named = () if read is None else read.mentioned
            mentions += _mentions(catalog, named, True, len(messages), opinions)
            messages.append(_utterance(catalog, True, turn.text, named))
        if turn.reply or turn.slate:
            given = {item: _OPINION.get(kind, 0.0) for item, kind, _ in turn.feedback}
            named = tuple(dict.fromkeys((*turn.slate, *turn.named)))
            mentions += _mentions(catalog, named, False, len(messages), given)
            messages.append(_utterance(catalog, False, turn.reply, named))
    return RankingContext(tuple(mentions), tuple(messages))


def _mentions(
    catalog: Catalog,
    named: Sequence[str],
    by_user: bool,
    turn: int,
    opinions: Mapping[str, float],
) -> list[Mention]:
    known = [item for item in named if item in catalog]
    return [Mention(catalog.row(i), by_user, turn, opinions.get(i, 0.0)) for i in known]


def _utterance(catalog: Catalog, by_user: bool, text: str, named: Sequence[str]) -> Utterance:
    return utterance(by_user, text, [catalog.item(i).title for i in named if i in catalog])


def query_of(session: Session) -> str:
    """The words of the newest turn that asked for something; "another one" keeps the need."""
    for turn in reversed(session.turns):
        understanding: Understanding | None = turn.understanding
        if understanding is not None and understanding.query and understanding.language == "en":
            return understanding.query
    return ""


def _encode(shelf: Shelf, query: str) -> Vector | None:
    return np.asarray(shelf.encoder.encode([query])[0], dtype=np.float32) if query else None
