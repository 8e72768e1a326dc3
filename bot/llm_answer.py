"""What a language model answered about a message, read from its text and validated."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.understanding import INTENTS, Intent
from bot.understanding_prompt import MAX_SIGNALS

_LONGEST = 20_000  # characters of an answer that are read at all


class _Told(BaseModel):
    """What all signals have; unknown keys are passed over."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    evidence: str = Field(min_length=1)
    polarity: float = Field(ge=-1, le=1)
    confidence: float = Field(0.7, ge=0, le=1)
    scope: Literal["session", "lasting"] | None = None
    hard: bool = False


class ToldItem(_Told):
    """An opinion of an item, by its title."""

    kind: Literal["item"]
    title: str = Field(min_length=1)
    seen: bool | None = None
    rating: float | None = Field(None, ge=1, le=5)


class ToldFacet(_Told):
    """A facet's value, wanted or refused."""

    kind: Literal["facet"]
    field: str
    value: str = Field(min_length=1)


class ToldRange(_Told):
    """Bounds on a column, inclusive."""

    kind: Literal["range"]
    field: str
    min: float | None = None
    max: float | None = None


class ToldText(_Told):
    """A quality in words."""

    kind: Literal["text"]
    value: str = Field(min_length=1)


Told = ToldItem | ToldFacet | ToldRange | ToldText


class Answer(BaseModel):
    """A whole answer as it came."""

    model_config = ConfigDict(extra="ignore")

    intent: list[str]
    signals: list[Annotated[Told, Field(discriminator="kind")]] = Field(max_length=MAX_SIGNALS)

    @property
    def intents(self) -> tuple[Intent, ...]:
        """The known ones among the intents, each once."""
        return tuple(i for i in INTENTS if i in self.intent)


class UnreadableAnswer(Exception):
    """An answer that is no valid JSON of ours; the text names the fault for the model."""


def read_answer(text: str) -> Answer:
    """The answer in a text, prose or a fence around it passed over; raises UnreadableAnswer."""
    return _validated(_json_in(text[:_LONGEST]))


def _json_in(text: str) -> Any:
    start = text.find("{")
    if start < 0:
        raise UnreadableAnswer("it holds no JSON object")
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except (ValueError, RecursionError) as error:
        where = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
        raise UnreadableAnswer(f"the JSON is broken ({where})") from error
    return found


def _validated(found: Any) -> Answer:
    try:
        return Answer.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the object"
        raise UnreadableAnswer(f"{place}: {first['msg']}") from error
