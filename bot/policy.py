"""The policy turns what was understood into a move, by one table read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.moves import Move
from bot.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Situation:
    """What the policy looks at: the understanding and two facts of the conversation.

    `has_slate` says that something was shown before in this conversation, `asked` is the facet
    that the last reply asked about, if it asked.
    """

    understanding: Understanding
    has_slate: bool
    asked: str | None = None

    def means(self, *intents: str) -> bool:
        """Whether any of these intents was understood."""
        return any(intent in self.understanding.intents for intent in intents)

    @property
    def has_wish(self) -> bool:
        """Whether the message says anything to rank by."""
        understanding = self.understanding
        return bool(understanding.signals or understanding.query or understanding.unknown_titles)


Rule = tuple[Callable[[Situation], bool], Callable[[Situation], Move]]


def _fresh(situation: Situation) -> Move:
    topic = "again" if situation.understanding.again else "fresh"
    if topic == "fresh" and situation.has_slate and not situation.has_wish:
        topic = "more"
    return Move("recommend", topic)


def _profile(situation: Situation) -> Move:
    understanding = situation.understanding
    if understanding.forget or understanding.forget_all:
        return Move("answer", "forgotten")
    return Move("answer", "remembered" if understanding.signals else "profile")


def _why(situation: Situation) -> Move:
    topic = "why_not" if situation.understanding.asked == "why_not" else "why"
    return Move("explain", topic, situation.understanding.subject)


def _fact(situation: Situation) -> Move:
    understanding = situation.understanding
    return Move("answer", "fact", understanding.subject, understanding.asked)


def _about(situation: Situation) -> Move:
    return Move("answer", "fact", situation.understanding.mentioned[:1], "description")


def _accepted(situation: Situation) -> Move:
    understanding = situation.understanding
    liked = tuple(
        s.item_id for s in understanding.signals if s.item_id is not None and s.polarity > 0
    )
    return Move("chat", "accepted", liked or understanding.mentioned)


def _social(situation: Situation) -> Move:
    words = situation.understanding.asked
    return Move("chat", words if words in ("thanks", "goodbye") else "greeting")


# The first rule whose condition holds decides.
TABLE: tuple[Rule, ...] = (
    (lambda s: s.understanding.language == "other", lambda s: Move("chat", "language")),
    (lambda s: bool(s.understanding.dropped), lambda s: Move("recommend", "what_if")),
    (lambda s: bool(s.understanding.forget) or s.understanding.forget_all, _profile),
    (lambda s: s.means("profile") and not s.means("seek"), _profile),
    (lambda s: s.means("why"), _why),
    (lambda s: s.means("question") and bool(s.understanding.subject), _fact),
    (lambda s: s.means("seek", "refine"), _fresh),
    (lambda s: s.means("reject"), lambda s: Move("recommend", "more")),
    (lambda s: s.means("accept") and not s.means("feedback"), _accepted),
    (lambda s: s.means("accept") and bool(_accepted(s).subject), _accepted),
    (lambda s: s.means("feedback") or s.has_wish, lambda s: Move("recommend", "fresh")),
    (lambda s: s.understanding.asked == "instruction", lambda s: Move("chat", "instruction")),
    (lambda s: s.means("social"), _social),
    # "yes", "no", "whatever" after a question: go on with what is known.
    (lambda s: s.asked is not None, lambda s: Move("recommend", "more")),
    # A title alone: say what it is.
    (lambda s: bool(s.understanding.mentioned), _about),
    (lambda s: s.means("question"), lambda s: Move("chat", "offtopic")),
    (lambda s: True, lambda s: Move("chat", "listening")),
)


def decide(situation: Situation) -> Move:
    """The move for a situation: that of the first rule in TABLE whose condition holds."""
    for holds, move in TABLE:
        if holds(situation):
            return move(situation)
    raise AssertionError("the last rule always holds")
