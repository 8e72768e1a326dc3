"""Counts how often the words of a title are meant as the title, and how often plainly.

ReDial's writers tagged the films they named: a tag is a title, and the same words without a tag
are plain talk. CCPE and CPCD have no tags: there only words that ReDial never tags are counted.
`python -m finetune.title_priors --data DIR [--leave-out FILE ...]` writes the packaged table;
the FILEs are JSON Lines whose ids ("redial:12253:6") name conversations to leave out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.plain_text import name_key, name_words, plain_text
from bot.title_evidence import SENTENCE_END, tells_case
from bot.title_index import TitleIndex
from bot.title_priors import FORMS, SHIPPED, Form, form_of
from retrieval.catalog_files import builtin_catalog, read_catalog

LABELS = Path(__file__).parent.parent / "tests" / "data"
_TAG = re.compile(r"@(\d+)")
_LONGEST = 6  # words of a phrase
_BREAK = re.compile(r"[.!?;,:()\n]")
_UNTAGGED = 0.5  # weight of a text without tags, where some plain uses are titles after all
_LOWERED = 0.5  # share of writers who would not have typed the capitals that a tag inserts
_CAPITAL = 0.6  # likewise of one word with a capital inside a sentence
_CAPITALS = 0.3  # likewise of several
_SEVERAL = 0.6  # likewise of several words without capitals
_INEXACT = 0.3  # share of a title's uses under another article or without its subtitle


@dataclass(slots=True)
class Counts:
    """Plain uses by (phrase, form), and by row how often a title was tagged in each form."""

    plain: Counter[tuple[str, Form]] = field(default_factory=Counter)
    untagged: Counter[tuple[str, Form]] = field(default_factory=Counter)
    tags: Counter[tuple[int, Form]] = field(default_factory=Counter)


def count_plain(text: str, names: frozenset[str], into: Counter[tuple[str, Form]]) -> None:
    """Count each run of words that is a name, by its form."""
    plain = plain_text(text)
    cased = tells_case(plain)
    words = plain.words
    for first in range(len(words)):
        for last in range(first, min(first + _LONGEST, len(words))):
            if last > first and _BREAK.search(plain.text[words[last - 1].end : words[last].start]):
                break
            texts = tuple(word.text for word in words[first : last + 1])
            if name_key(texts) in names:
                into[" ".join(texts), form_of(plain, first, last, cased)] += 1


def read_redial(
    path: Path,
    row_of: Mapping[str, int],
    names: frozenset[str],
    without: frozenset[str],
    out: Counts,
) -> None:
    """Count ReDial's tags and the plain words around them."""
    for talk in _rows(path):
        if talk["conversationId"] in without:
            continue
        for message in talk["messages"]:
            text = message["text"]
            for tag in _TAG.finditer(text):
                if tag.group(1) in row_of:
                    starts = bool(SENTENCE_END.search(text[: tag.start()]))
                    out.tags[row_of[tag.group(1)], "start" if starts else "inner"] += 1
            for part in _TAG.split(text)[::2]:
                count_plain(part, names, out.plain)


def table(counts: Counts, index: TitleIndex, titles: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """By phrase: plain uses in lower case, capitalised, at a start; then title uses likewise."""
    found = {}
    tagged = {name_key(name_words(titles[row])): titles[row].lower() for row, _ in counts.tags}
    phrases = {p for p, _ in (*counts.plain, *counts.untagged)} | set(tagged.values())
    for phrase in sorted(phrases):
        rows = index.rows(name_key(phrase.split()))
        as_title = _title_uses(phrase, rows, counts, titles)
        plainly = [_plain_uses(phrase, form, counts, not sum(as_title)) for form in FORMS]
        values = tuple(round(v) for v in (*plainly, *as_title))
        if sum(values[:3]) >= 2 or (sum(values[3:]) >= 2 and len(phrase.split()) <= 3):
            found[phrase] = values
    return found


def _plain_uses(phrase: str, form: Form, counts: Counts, untagged: bool) -> float:
    found = counts.plain[phrase, form] + untagged * _UNTAGGED * counts.untagged[phrase, form]
    if " " in phrase:
        return found * (_CAPITALS if form == "inner" else _SEVERAL)
    return found * (_CAPITAL if form == "inner" else 1.0)


def _title_uses(
    phrase: str, rows: Iterable[int], counts: Counts, titles: Sequence[str]
) -> tuple[float, float, float]:
    inner = start = 0.0
    for row in rows:
        share = 1.0 if titles[row].lower() == phrase else _INEXACT
        inner += share * counts.tags[row, "inner"]
        start += share * counts.tags[row, "start"]
    return _LOWERED * (inner + start), (1 - _LOWERED) * inner, (1 - _LOWERED) * start


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def untagged_texts(data: Path) -> Iterator[tuple[str, str]]:
    """(conversation, message) of the sources whose titles nobody tagged."""
    with (data / "ccpe" / "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["dialog_id"], row["text"]
    for talk in _rows(data / "cpcd" / "train.jsonl.gz"):
        for turn in talk["turns"]:
            yield talk["id"], turn["user_query"]
            yield talk["id"], turn["system_response"]


def left_out(files: Iterable[Path]) -> frozenset[str]:
    """The conversations that the ids of labelled messages name, without their source."""
    ids = (json.loads(line)["id"] for f in files for line in f.read_text("utf-8").splitlines())
    return frozenset(i.split(":")[1] for i in ids if i.count(":") == 2)


def names_of(data: Path, indexes: Iterable[TitleIndex]) -> frozenset[str]:
    """Keys of the titles of some catalogues and of US films since 1900."""
    known = {key for index in indexes for key in (*index.exact, *index.partial)}
    films = (row["title"] for row in _rows(data / "catalogs" / "wikipedia_movies.jsonl.gz"))
    return frozenset(known | {name_key(name_words(title)) for title in films}) - {""}


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and write the table."""
    parser = argparse.ArgumentParser(prog="python -m finetune.title_priors", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the conversations")
    parser.add_argument("--leave-out", type=Path, nargs="*", default=[], help="labelled messages")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the table goes")
    options = parser.parse_args(arguments)
    catalog = read_catalog(options.data / "redial" / "catalog.jsonl.gz").catalog
    songs = read_catalog(LABELS / "tracks.jsonl").catalog
    index = TitleIndex(catalog)
    names = names_of(options.data, (index, TitleIndex(builtin_catalog()), TitleIndex(songs)))
    without = left_out([*LABELS.glob("understanding_*.jsonl"), *options.leave_out])
    counts = Counts()
    row_of = {item.item_id: row for row, item in enumerate(catalog.items)}
    path = options.data / "redial" / "train.jsonl.gz"
    read_redial(path, row_of, names, without, counts)
    for conversation, said in untagged_texts(options.data):
        if conversation not in without:
            count_plain(said, names, counts.untagged)
    rows = table(counts, index, [re.sub(r"\s*\(.*?\)", "", i.title) for i in catalog.items])
    text = "".join(f"{phrase}\t{' '.join(map(str, row))}\n" for phrase, row in rows.items())
    options.out.write_text(text, encoding="utf-8")
    print(f"{len(rows)} phrases, {len(text)} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
