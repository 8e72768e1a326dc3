"""What each kind of feedback means: the signal it leaves and when it repeats an earlier one."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import get_args

from bot.events import BeliefRemoved, Event, FeedbackGiven, FeedbackKind, Row, Understood, Undone
from retrieval.errors import UserError
from retrieval.signals import Signal
from retrieval.taste import IMPLICIT

KINDS: tuple[FeedbackKind, ...] = get_args(FeedbackKind)
EVIDENCE: Mapping[str, str] = {
    "like": "you pressed like",
    "dislike": "you pressed dislike",
    "seen": "you marked it as seen",
    "not_now": "you pressed not now",
    "never": "you pressed never",
    "chosen": "you chose it",
    "rating": "you rated it",
    "opened": "you opened it",
    "link": "you followed its link",
    "dwell": "you stayed with it",
    "purchased": "you bought it",
}

_FULL_DWELL = 60.0  # seconds after which staying longer says nothing more


def check_feedback(kind: str, value: float | None) -> FeedbackKind:
    """The kind as a FeedbackKind; UserError where kind and value are not a feedback."""
    if kind not in KINDS:
        raise UserError(f"There is no feedback {kind!r}.", f"Send one of: {', '.join(KINDS)}.")
    if kind == "rating" and (value is None or not 1 <= value <= 5):
        raise UserError("A rating needs a value from 1 to 5.", "Send it as value.")
    if kind == "dwell" and (value is None or not 0 <= value < math.inf):
        raise UserError("A dwell needs a value in seconds, 0 or more.", "Send it as value.")
    if kind not in ("rating", "dwell") and value is not None:
        raise UserError(f"The feedback {kind!r} has no value.", "Leave value out.")
    return kind


def feedback_signal(event: FeedbackGiven) -> Signal:
    """The signal that a feedback leaves.

    `like` +1, `dislike` −1, `never` a hard −1, `chosen` +1, a rating r (r − 3)/2, all lasting;
    `seen` and `not_now` are no opinion. Implicit kinds count half or less, with a confidence
    of at most 0.3; a purchase is surer.
    """
    kind, value = event.feedback, event.value or 0.0
    polarity, confidence = {
        "like": (1.0, 1.0),
        "dislike": (-1.0, 1.0),
        "never": (-1.0, 1.0),
        "chosen": (1.0, 1.0),
        "rating": ((value - 3) / 2, 1.0),
        "opened": (0.5, 0.1),
        "link": (0.5, 0.2),
        "dwell": (0.5, 0.3 * min(1.0, value / _FULL_DWELL)),
        "purchased": (1.0, 0.6),
    }.get(kind, (0.0, 1.0))
    return Signal(
        "item",
        polarity,
        confidence,
        scope="session" if kind == "not_now" else "lasting",
        hard=kind == "never",
        evidence=EVIDENCE[kind] + (f" {value:g} of 5" if kind == "rating" else ""),
        item_id=event.item_id,
        seen=True if kind in ("seen", "rating") else None,
        rating=event.value if kind == "rating" else None,
        source=kind,
    )


def repeat_key(user_key: str, event: FeedbackGiven, earlier: Iterable[Row]) -> str:
    """A name that a feedback shares with its repetition, and with nothing else.

    `earlier` are the user's rows so far, oldest first. Between two equal feedbacks the second
    is a repetition, unless something that may have changed the user's mind lies between them:
    another explicit feedback or an opinion in words on that item, a removal or an undo. The
    position of the last such row is part of the name, so that like, dislike, like are three.
    """
    turned = ""
    for row in earlier:
        if _turns(row.event, event):
            turned = row.event_id
    parts = [user_key, event.conversation_id, event.turn_id, event.item_id, event.feedback]
    text = json.dumps([*parts, event.value, turned])
    return hashlib.sha256(text.encode()).hexdigest()


def _turns(earlier: Event, event: FeedbackGiven) -> bool:
    """Whether an earlier event makes an equal feedback before it void."""
    if isinstance(earlier, BeliefRemoved | Undone):
        return True
    if isinstance(earlier, Understood):
        signals = earlier.understanding.signals
        return any(s.item_id == event.item_id and s.signed for s in signals)
    if not isinstance(earlier, FeedbackGiven) or event.feedback in IMPLICIT:
        return False
    other = (earlier.feedback, earlier.value) != (event.feedback, event.value)
    return earlier.item_id == event.item_id and other and earlier.feedback not in IMPLICIT
