"""Labelled messages as training examples for the understander's heads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.head_features import Hints
from bot.opinions import Opinion
from bot.plain_text import PlainText
from bot.reading_network import Prepared, prepare
from bot.trained_understander import TrainedUnderstander
from bot.understanding import INTENTS, Message, Request
from bot.understanding_score import NEUTRAL
from retrieval.catalog import Catalog, Item
from retrieval.facets import GENRE_SPELLINGS
from retrieval.signals import normalise

UTTERANCES = Path(__file__).parent / "data" / "utterances"

Case = Mapping[str, Any]  # {"id", "messages", "shown", "intent", "signals", "domain"}


@dataclass(frozen=True, slots=True)
class Example:
    """One message ready for the network, with its labels.

    `intents` (10,) are shares of the annotators that saw each intent; `words` (w,) and
    `opinions` (o,) are 0 nothing, 1 wanted, 2 refused, and -1 where the label does not tell.
    """

    case: Case
    source: str
    hints: Hints
    prepared: Prepared
    intents: NDArray[np.float32]
    words: NDArray[np.int64]
    opinions: NDArray[np.int64]

    @property
    def signed(self) -> float:
        """1 where the message needs a signal, 0 where it has none, 0.5 where one may be there."""
        found = [s for s in self.case["signals"] if abs(s["polarity"]) > NEUTRAL]
        return 0.0 if not found else 0.5 if all(s.get("optional") for s in found) else 1.0


def read_cases(folder: Path = UTTERANCES) -> dict[str, list[Case]]:
    """The labelled utterances by file."""
    return {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def catalog_of(cases: Iterable[Case], known: Sequence[Item] = (), noun: str = "film") -> Catalog:
    """`known` items and whatever else the cases name, so that labels have a target to link."""
    titles = {normalise(item.title): item for item in known}
    people: dict[str, None] = {}
    genres: dict[str, None] = {}
    for case in cases:
        named = [s["title"] for s in case["signals"] if s["kind"] == "item"]
        for title in [*named, *case.get("shown", ())]:
            titles.setdefault(normalise(title), Item(f"case-{len(titles)}", title))
        for signal in case["signals"]:
            if signal["kind"] == "facet":
                side = people if signal["field"] == "person" else genres
                side.setdefault(signal["value"])
    bearers = [
        Item(f"bearer-{i}", f"Zz Nameless {i}", people=(name,)) for i, name in enumerate(people)
    ]
    kinds = Item("kinds", "Zz Nameless Kind", genres=tuple(genres) if noun != "film" else ())
    return Catalog([*titles.values(), *bearers, kinds], noun=noun)


def request_of(case: Case, catalog: Catalog) -> Request:
    """The case's conversation, with the ids of the titles that were shown."""
    ids = {normalise(item.title): item.item_id for item in reversed(catalog.items)}
    shown = (ids.get(normalise(title)) for title in case.get("shown", ()))
    messages = (Message(m["role"], m["text"]) for m in case["messages"])
    return Request(tuple(messages), tuple(i for i in shown if i))


def examples(
    cases: Sequence[Case], source: str, understander: TrainedUnderstander, tokenizer: Any
) -> Iterator[Example]:
    """Cases in English, read by the rules and labelled for the heads."""
    catalog = understander.catalog
    for case in cases:
        hints = understander.hints(request_of(case, catalog))
        yield Example(
            case, source, hints, prepare(hints, tokenizer), _intents(case),
            word_labels(hints.plain, case["signals"]),
            np.array([_opinion(o, case, catalog) for o in hints.opinions], np.int64),
        )  # fmt: skip


def _intents(case: Case) -> NDArray[np.float32]:
    sets = [case["intent"], *([case["second"]["intent"]] if "second" in case else ())]
    shares = [sum(i in s for s in sets) / len(sets) for i in INTENTS]
    return np.array(shares, np.float32)


def word_labels(plain: PlainText, signals: Sequence[Case]) -> NDArray[np.int64]:
    """Which words make up the labelled phrases.

    A phrase is looked for as it is, then by its words' beginnings within the evidence; where
    neither is found the evidence's words are left out of training, and so are phrases that may
    be there or not.
    """
    labels = np.zeros(len(plain.words), np.int64)
    for signal in sorted(signals, key=lambda s: not s.get("optional")):  # what is needed comes last
        if signal["kind"] != "text" or abs(signal["polarity"]) <= NEUTRAL:
            continue
        label = -1 if signal.get("optional") else 1 if signal["polarity"] > 0 else 2
        value, evidence = (_words(signal.get(k) or "") for k in ("value", "evidence"))
        at = _run(plain, value) or _run(plain, evidence)
        if at is None:
            continue
        stems = {w[:4] for w in value}
        held = [i for i in range(*at) if plain.words[i].text[:4] in stems]
        for i in held:
            labels[i] = label
        if not held:
            labels[slice(*at)] = np.where(labels[slice(*at)] == 0, -1, labels[slice(*at)])
    return labels


def _words(text: str) -> list[str]:
    return normalise(text.replace("'", "\u02bc")).replace("\u02bc", "'").split()


def _run(plain: PlainText, words: Sequence[str]) -> tuple[int, int] | None:
    """Where the words stand in a row, as word positions [start, end)."""
    said = [w.text for w in plain.words]
    for start in range(len(said) - len(words) + 1 if words else 0):
        if all(a == b for a, b in zip(said[start:], words, strict=False)):
            return start, start + len(words)
    return None


def _opinion(opinion: Opinion, case: Case, catalog: Catalog) -> int:
    """The label's sign for the opinion's target: 1 wanted, 2 refused, 0 not labelled at all.

    What may be there or not is left out of training (-1). Of several titles meant together more
    than half have to be labelled.
    """
    found = [s for s in case["signals"] if abs(s["polarity"]) > NEUTRAL]
    signs = _signs_of(opinion, [s for s in found if not s.get("optional")], catalog)
    if len(signs) * 2 > (len(opinion.mention.rows) if opinion.mention.plural else 1):
        return 1 if signs[-1] else 2
    free = _signs_of(opinion, [s for s in found if s.get("optional")], catalog)
    return -1 if signs or free else 0


def _signs_of(opinion: Opinion, signals: Sequence[Case], catalog: Catalog) -> list[bool]:
    """Whether each of the signals that is about the opinion's target is a wish."""
    mention = opinion.mention
    signs = []
    for signal in signals:
        if mention.kind == "item" and signal["kind"] == "item":
            rows = mention.rows if mention.plural else mention.rows[:1]
            titles = {normalise(catalog.items[r].title) for r in rows} or {normalise(mention.value)}
            alike = normalise(signal["title"]) in titles
        elif mention.kind == "range":
            ends = (signal.get("min"), signal.get("max"))
            alike = signal["kind"] == "range" and ends == (mention.low, mention.high)
        elif mention.kind in ("facet", "text") and signal["kind"] in ("facet", "text"):
            alike = _alike(
                mention.value, signal["value"], mention.kind == signal["kind"] == "facet"
            )
        else:
            alike = False
        if alike:
            signs.append(signal["polarity"] > 0)
    return signs


def _alike(one: str, other: str, exactly: bool) -> bool:
    a, b = (GENRE_SPELLINGS.get(v, v) for v in (normalise(one), normalise(other)))
    if exactly:
        return a == b
    return bool(a and b) and (a in b or b in a or bool(set(a.split()) & set(b.split())))
