"""What a message names: the value type of a mention, shared by linking, stance and references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MentionKind = Literal["item", "facet", "range", "text"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A target named in a plain text at [start, end), without any opinion yet.

    `rows` are the catalogue rows of an item, best first (empty: a title that the catalogue lacks);
    `value` is the title, the facet's value or the phrase. `pronoun` marks a reference ("it",
    "the second one") and `sure` in [0, 1] says how certain the link is. `refused` marks a range
    whose words already hold the refusal ("nothing before 1990"): its sign is settled; `plural`
    that all of `rows` are meant ("both").
    """

    start: int
    end: int
    kind: MentionKind
    value: str = ""
    rows: tuple[int, ...] = ()
    field: str = ""
    low: float | None = None
    high: float | None = None
    sure: float = 1.0
    pronoun: bool = False
    refused: bool = False
    plural: bool = False


def without_overlaps(mentions: list[Mention]) -> list[Mention]:
    """Keep the longest mention wherever two overlap, earlier ones first; sorted by start."""
    kept: list[Mention] = []
    taken: set[int] = set()
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, -m.sure)):
        span = range(mention.start, mention.end)
        if not any(position in taken for position in span):
            taken.update(span)
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)
