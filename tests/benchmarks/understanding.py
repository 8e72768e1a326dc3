"""Measures the default understander on the labelled development set; prints figures by kind.

Run `python tests/benchmarks/understanding.py [--errors]` with ../shared/data at hand. A label is
"+item:Titanic": sign, kind, target; "?" as the sign marks one that may be there or missing.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.lexicon import genre_names  # noqa: E402
from bot.ordinary import FUNCTION_WORDS  # noqa: E402
from bot.trained_understander import TrainedUnderstander  # noqa: E402
from bot.understanding import Message, Request, Understanding  # noqa: E402
from retrieval.catalog import Catalog, Item  # noqa: E402
from retrieval.signals import Signal, normalise  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
LABELS = ROOT / "tests" / "data"


def film_catalog() -> Catalog:
    """The ReDial catalogue with the facts that it has."""
    items = []
    with gzip.open(DATA / "redial" / "catalog.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            d = json.loads(line)
            facts = (tuple(d.get(k, ())) for k in ("genres", "people", "director"))
            genres, people, directors = facts
            items.append(
                Item(
                    d["id"], d["title"], year=d.get("year"),
                    genres=genres, people=people, directors=directors,
                )
            )  # fmt: skip
    return Catalog(items, noun="film")


def track_catalog() -> Catalog:
    """The 130 tracks beside the labels."""
    items = []
    for line in (LABELS / "tracks.jsonl").read_text(encoding="utf-8").splitlines():
        d = json.loads(line)
        items.append(
            Item(
                d["id"], d["title"], year=d["year"],
                genres=tuple(d["genres"]), people=tuple(d["people"]),
            )
        )  # fmt: skip
    return Catalog(items, noun="track")


def key_of(signal: Signal) -> tuple[str, str]:
    """Kind and target as the labels spell them."""
    if signal.kind == "item":
        return "item", normalise(signal.title or "")
    if signal.kind == "range":
        ends = ("" if end is None else f"{end:g}" for end in (signal.min, signal.max))
        return signal.field or "", "..".join(ends)
    if signal.kind == "facet":
        value = normalise(signal.value or "")
        names = genre_names()
        return signal.field or "", names.get((signal.value or "").lower(), (value, False))[0]
    return "text", normalise(signal.value or "")


def parse(label: str) -> tuple[str, str, str]:
    """Sign ("+", "-" or "?"), kind and target of a label."""
    kind, _, target = label[1:].partition(":")
    if kind == "genre":
        return label[0], kind, genre_names().get(target.lower(), (target, False))[0]
    return label[0], kind, target if ".." in target else normalise(target)


def soft(a: str, b: str) -> bool:
    """Whether two phrases meet: one contains the other or they share a content word."""
    words = [
        {w.rstrip("s") for w in re.findall(r"\w+", t) if w not in FUNCTION_WORDS} for t in (a, b)
    ]
    return a in b or b in a or bool(words[0] & words[1])


class Score:
    """Counts of true and false positives and misses, by kind."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.signs = [0, 0]
        self.quiet = [0, 0]
        self.errors: list[str] = []

    def add(self, case: dict[str, Any], got: Understanding) -> None:
        labels = [parse(label) for label in case["signals"] if label[0] in "+-?"]
        wanted = {(k, t): s for s, k, t in labels if s != "?"}
        free = {(k.rstrip("-?"), t) for s, k, t in labels if s == "?" or k[-1] in "-?"}
        wanted = {key: sign for key, sign in wanted.items() if key[0][-1] not in "-?"}
        found = {key_of(s): "+" if s.polarity > 0 else "-" for s in got.signals if s.signed}
        before = dict(self.counts)
        self._hard(wanted, found, free)
        self._soft(wanted, found, free)
        if not wanted and not free:
            self.quiet[0] += not found
            self.quiet[1] += 1
        intents = set(got.intents)
        right = set(case["intent"])
        if intents & right:
            # Alternatives are written as one list: any of them satisfies.
            self.counts["intent", "tp"] += len(intents & right)
            self.counts["intent", "fp"] += len(intents - right)
        else:
            self.counts["intent", "fp"] += len(intents)
            self.counts["intent", "fn"] += 1
        wrong = any(v != before.get(k, 0) for k, v in self.counts.items() if k[1] != "tp")
        if wrong:
            self.errors.append(
                f"{case['id']} {talk_of(case)[-2:]}\n"
                f"    wanted {case['intent']} {case['signals']}\n"
                f"    got    {list(got.intents)} {[s + ':'.join(k) for k, s in found.items()]}"
            )

    def _hard(
        self,
        wanted: dict[tuple[str, str], str],
        found: dict[tuple[str, str], str],
        free: set[tuple[str, str]],
    ) -> None:
        for key, sign in wanted.items():
            if key[0] == "text":
                continue
            if key in found:
                self.signs[0] += found[key] == sign
                self.signs[1] += 1
            hit = found.get(key) == sign
            self.counts[_group(key[0]), "tp" if hit else "fn"] += 1
        for key, sign in found.items():
            if key[0] != "text" and wanted.get(key) != sign and key not in free:
                texts = [k[1] for k, s in wanted.items() if k[0] == "text" and s == sign]
                if not (key[0] == "genre" and any(soft(key[1], t) for t in texts)):
                    self.counts[_group(key[0]), "fp"] += 1

    def _soft(
        self,
        wanted: dict[tuple[str, str], str],
        found: dict[tuple[str, str], str],
        free: set[tuple[str, str]],
    ) -> None:
        texts = [(k[1], s) for k, s in found.items() if k[0] == "text"]
        genres = [(k[1], s) for k, s in found.items() if k[0] == "genre"]
        for key, sign in wanted.items():
            if key[0] == "text":
                hit = any(s == sign and soft(key[1], t) for t, s in texts + genres)
                self.counts["text", "tp" if hit else "fn"] += 1
        names = [k[1] for k in free] + [k[1] for k in wanted if k[0] != "text"]
        for text, sign in texts:
            right = any(
                k[0] == "text" and s == sign and soft(k[1], text) for k, s in wanted.items()
            )
            if not right and not any(soft(name, text) for name in names):
                self.counts["text", "fp"] += 1

    def table(self) -> str:
        lines = []
        groups = ["item", "facet", "range", "text", "intent"]
        for group in [*groups[:3], "item+facet+range", *groups[3:]]:
            parts = groups[:3] if "+" in group else [group]
            tp, fp, fn = (sum(self.counts[p, c] for p in parts) for c in ("tp", "fp", "fn"))
            precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
            f1 = 2 * tp / max(1, 2 * tp + fp + fn)
            lines.append(f"{group:17s} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  n {tp + fn}")
        lines.append(
            f"sign accuracy     {self.signs[0] / max(1, self.signs[1]):.3f}  n {self.signs[1]}"
        )
        lines.append(
            f"left quiet        {self.quiet[0] / max(1, self.quiet[1]):.3f}  n {self.quiet[1]}"
        )
        return "\n".join(lines)


def _group(kind: str) -> str:
    return kind if kind == "item" else "range" if kind in ("year", "runtime", "price") else "facet"


def request_of(case: dict[str, Any], catalog: Catalog) -> Request:
    """The request of a labelled case."""
    ids = {normalise(item.title): item.item_id for item in reversed(catalog.items)}
    talk = talk_of(case)
    messages = tuple(
        Message("user" if line.startswith("U: ") else "assistant", line[3:])
        if line[:3] in ("U: ", "A: ")
        else Message("user", line)
        for line in talk
    )
    shown = tuple(
        ids[normalise(title)] for title in case.get("shown", ()) if normalise(title) in ids
    )
    return Request(messages, shown)


def talk_of(case: dict[str, Any]) -> list[str]:
    """The words of a case: its own, or those that its reference names in the shared data."""
    if "talk" in case:
        return list(case["talk"])
    source, conversation, place = case["ref"].split("/")
    return conversations(source)[conversation][: int(place) + 1]


@lru_cache(maxsize=3)
def conversations(source: str) -> dict[str, list[str]]:
    """Every conversation of redial, ccpe or cpcd as "U: ..." and "A: ..." lines.

    A place counts the source's own messages; for cpcd it counts turns, which are two lines each.
    """
    if source == "ccpe":
        found: dict[str, list[str]] = {}
        with open(DATA / "ccpe" / "train.csv", encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                found.setdefault(row["dialog_id"], []).append(f"{row['speaker'][0]}: {row['text']}")
        return found
    with gzip.open(DATA / source / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        talks = [json.loads(line) for line in lines]
    if source == "cpcd":
        return {talk["id"]: Turns(talk["turns"]) for talk in talks}
    return {talk["conversationId"]: redial_lines(talk) for talk in talks}


class Turns(list[str]):
    """The lines of a cpcd conversation; a slice to n + 1 ends with the user's line of turn n."""

    def __init__(self, turns: list[dict[str, Any]]) -> None:
        super().__init__(
            line
            for turn in turns
            for line in (f"U: {turn['user_query']}", f"A: {turn['system_response']}")
        )

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return list(self)[: 2 * key.stop - 1]
        return super().__getitem__(key)


def redial_lines(talk: dict[str, Any]) -> list[str]:
    """A ReDial conversation with the titles in place of their ids."""
    titles = talk["movieMentions"] or {}

    def title(match: re.Match[str]) -> str:
        return re.sub(r"\s+", " ", str(titles.get(match.group(1)) or "something")).strip()

    seeker = talk["initiatorWorkerId"]
    return [
        ("U: " if m["senderWorkerId"] == seeker else "A: ") + re.sub(r"@(\d+)", title, m["text"])
        for m in talk["messages"]
    ]


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """The labelled cases: ours, and references to real conversations."""
    for name in ("written", "real"):
        for line in (LABELS / f"understanding_{name}.jsonl").read_text("utf-8").splitlines():
            yield name, json.loads(line)


def main() -> None:
    """Print the figures; with --errors every case that is not right."""
    understanders = {"film": (c := film_catalog(), TrainedUnderstander(c))}
    understanders["music"] = (c := track_catalog(), TrainedUnderstander(c))
    scores = {f"{k}, {n}": Score() for n in ("written", "real") for k in ("film", "music")}
    times = []
    for name, case in cases():
        catalog, understander = understanders[case["catalog"]]
        request = request_of(case, catalog)
        start = time.perf_counter()
        got = understander.understand(request)
        times.append((time.perf_counter() - start) * 1000)
        scores[f"{case['catalog']}, {name}"].add(case, got)
    for name, score in scores.items():
        print(f"== {name}\n{score.table()}")
        if "--errors" in sys.argv:
            print("\n".join(score.errors))
    print(f"latency median {statistics.median(times):.1f} ms, max {max(times):.1f} ms")


if __name__ == "__main__":
    main()
