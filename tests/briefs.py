"""Briefs over the tiny catalogue that the tests of the wording share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fakes import tiny_catalog

from bot.moves import TOPICS, Brief, Move, Reason, Shown
from retrieval.catalog import Item
from retrieval.signals import Signal

CATALOG = tiny_catalog()
NO_COMEDY = Signal(
    "facet", -1.0, hard=True, scope="lasting", field="genre", value="comedy", evidence="no comedies"
)
LOVES_ALIEN = Signal("item", 1.0, title="Alien", item_id="alien-1979", evidence="I loved Alien")
TENSE = Signal("text", 0.8, value="tense", evidence="something tense")
SLATE = (
    Shown(
        CATALOG.item("get-out-2017"),
        (Reason("similar", item_id="alien-1979"), Reason("facet", "thriller", "genre")),
    ),
    Shown(CATALOG.item("inception-2010"), (Reason("co_preference", item_id="alien-1979"),)),
    Shown(CATALOG.item("the-godfather-1972")),
)


def brief(kind: str = "recommend", topic: str = "fresh", **changes: Any) -> Brief:
    """A brief with three films, one of them close to Alien, which is liked."""
    move = Move(
        kind,  # type: ignore[arg-type]
        topic,
        **{k: changes.pop(k) for k in ("subject", "asked", "options") if k in changes},
    )
    made = Brief(
        move=move,
        noun="film",
        text="something tense like Alien, no comedies",
        slate=SLATE if kind in {"recommend", "ask"} else (),
        others=(CATALOG.item("alien-1979"),),
        likes=(LOVES_ALIEN, TENSE),
        dislikes=(NO_COMEDY,),
    )
    return replace(made, **changes)


def every_brief(**changes: Any) -> list[Brief]:
    """One brief for each topic of each kind of move."""
    alien = CATALOG.item("alien-1979")
    found = []
    for kind, topics in TOPICS.items():
        for topic in topics:
            about = {
                "subject": ("alien-1979",),
                "asked": "genre" if kind == "ask" else "runtime",
                "options": ("drama", "horror") if kind == "ask" else ("year",),
            }
            made = brief(kind, topic, **about, others=(alien,))
            made = replace(made, objections=("you turned it down",), forgotten=(NO_COMEDY,))
            found.append(replace(made, learned=(NO_COMEDY, LOVES_ALIEN), **changes))
    return found


BARE = Item("bare", "Bare Thing")
