"""A signal is one signed preference read from a turn; this module holds its value type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["item", "facet", "range", "text"]
Scope = Literal["session", "lasting"]

_NEUTRAL = 0.15  # a polarity within this bound counts as no opinion


@dataclass(frozen=True, slots=True)
class Signal:
    """One signed preference and the words it was read from.

    `polarity` lies in [-1, 1] and `confidence` in [0, 1]. Which target fields are set depends on
    `kind`: item (title, item_id, seen, rating), facet (field, value), range (field, min, max,
    both inclusive, either may be open), text (value). `source` is "text" for free text, else the
    kind of feedback the signal came from.
    """

    kind: Kind
    polarity: float
    confidence: float = 1.0
    scope: Scope | None = None
    hard: bool = False
    evidence: str = ""
    title: str | None = None
    item_id: str | None = None
    seen: bool | None = None
    rating: float | None = None
    field: str | None = None
    value: str | None = None
    min: float | None = None
    max: float | None = None
    source: str = "text"

    @property
    def signed(self) -> bool:
        """Whether this is an opinion at all: |polarity| above 0.15."""
        return abs(self.polarity) > _NEUTRAL

    @property
    def weight(self) -> float:
        """Strength times confidence, in [0, 1]."""
        return abs(self.polarity) * self.confidence


@dataclass(frozen=True, slots=True)
class TurnSignals:
    """The signals of one turn, in the order they were read.

    `turn_id` names the turn, `conversation_id` the conversation; a session-scoped signal counts
    in that conversation alone.
    """

    turn_id: str
    conversation_id: str
    signals: tuple[Signal, ...]


def normalise(text: str) -> str:
    """Fold case, accents and punctuation, and drop a leading article; used to compare names."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"[^\w\s]", " ", plain)
    plain = re.sub(r"\s+", " ", plain).strip()
    return re.sub(r"^(the|a|an) (?=\S)", "", plain)


def target_key(signal: Signal) -> tuple[str, ...]:
    """What the signal is about; two signals with one key replace one another."""
    if signal.kind == "item":
        return ("item", signal.item_id or normalise(signal.title or ""))
    if signal.kind == "facet":
        return ("facet", signal.field or "", normalise(signal.value or ""))
    if signal.kind == "range":
        return ("range", signal.field or "")
    return ("text", normalise(signal.value or ""))


_TARGET_FIELDS: Mapping[str, tuple[str, ...]] = {
    "item": ("title", "item_id", "seen", "rating"),
    "facet": ("field", "value"),
    "range": ("field", "min", "max"),
    "text": ("value",),
}


def signal_to_dict(signal: Signal) -> dict[str, Any]:
    """The JSON form: common fields, the fields of the target's kind, and a source if not text."""
    common = ("kind", "polarity", "confidence", "scope", "hard", "evidence")
    data = {name: getattr(signal, name) for name in common + _TARGET_FIELDS[signal.kind]}
    return data if signal.source == "text" else {**data, "source": signal.source}


def signal_from_dict(data: Mapping[str, Any]) -> Signal:
    """The inverse of `signal_to_dict`; raises TypeError on an unknown field."""
    return Signal(**data)
