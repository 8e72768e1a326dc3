"""Texts with a rating or with an order between them: review sets, ReDial's forms, our own."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN = Path(__file__).parent / "data" / "ratings" / "written.jsonl"

_SCORE = re.compile(r"\[\s*([+-])\s*([123])\s*\]")
_MARKS = re.compile(r"\[[a-z]+\]|\[\s*[+-]\s*\d?\s*\]")
_LINE = re.compile(r"<(?:Pros|Cons)>(.*?)</(?:Pros|Cons)>", re.DOTALL)
_FILM = re.compile(r"@(\d+)")


@dataclass(frozen=True)
class RatedText:
    """A text with its rating in [1, 5] and the set that it is from."""

    text: str
    rating: float
    source: str


@dataclass(frozen=True)
class OrderedTexts:
    """Texts of one set of which every one of `better` is taken to rate above every `worse`."""

    source: str
    better: tuple[str, ...]
    worse: tuple[str, ...]


def rating_of_score(score: float) -> float:
    """A feature's score in [-3, 3] mapped linearly to [1, 5]."""
    return 3.0 + score * 2.0 / 3.0


def product_reviews(folder: Path) -> list[RatedText]:
    """Sentences of the product reviews with the mean of their scores, and whole short reviews.

    A sentence without a score states no opinion and is left out; a review counts as a whole from
    two scored sentences on, with the mean over them.
    """
    found = []
    for archive in ("product_reviews_1.zip", "product_reviews_2.zip"):
        with zipfile.ZipFile(folder / archive) as files:
            for name in sorted(n for n in files.namelist() if n.endswith(".txt")):
                if "README" not in name:
                    found += _reviews_in(files.read(name).decode("utf-8", "replace"))
    return found


def _reviews_in(text: str) -> list[RatedText]:
    rated: list[RatedText] = []
    for review in re.split(r"^\[t\].*$", text, flags=re.MULTILINE):
        sentences: list[tuple[str, float | None]] = []
        for line in review.splitlines():
            labels, mark, sentence = line.partition("##")
            sentence = _MARKS.sub("", sentence).strip()
            if not mark or not sentence:
                continue
            scores = [int(sign + size) for sign, size in _SCORE.findall(labels)]
            mean = sum(scores) / len(scores) if scores else None
            sentences.append((sentence, mean))
        scored = [(s, m) for s, m in sentences if m is not None]
        rated += [RatedText(s, rating_of_score(m), "sentence") for s, m in scored]
        if len(scored) > 1:
            whole = " ".join(s for s, _ in sentences)[:1500]
            mean = sum(m for _, m in scored) / len(scored)
            rated.append(RatedText(whole, rating_of_score(mean), "review"))
    return rated


def sentence_polarity(folder: Path) -> OrderedTexts:
    """Praising and damning sentences about films."""
    with zipfile.ZipFile(folder / "sentence_polarity.zip") as files:
        both = [
            files.read(f"sentence_polarity/rt-polarity.{end}").decode("utf-8", "replace")
            for end in ("pos", "neg")
        ]
    better, worse = (tuple(filter(None, map(str.strip, text.splitlines()))) for text in both)
    return OrderedTexts("polarity", better, worse)


def pros_and_cons(folder: Path) -> OrderedTexts:
    """What reviewers wrote under pros and under cons, of more than two words."""
    with zipfile.ZipFile(folder / "pros_cons.zip") as files:
        both = [
            files.read(f"pros_cons/Integrated{end}.txt").decode("utf-8", "replace")
            for end in ("Pros", "Cons")
        ]
    better, worse = (
        tuple(t for m in _LINE.finditer(text) if len((t := m.group(1).strip()).split()) > 2)
        for text in both
    )
    return OrderedTexts("pros and cons", better, worse)


def liked_forms(folder: Path) -> OrderedTexts:
    """ReDial: what seekers said of the one film in a message, liked or not by their form."""
    better: list[str] = []
    worse: list[str] = []
    with gzip.open(folder / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            talk = json.loads(line)
            form = talk.get("initiatorQuestions") or {}  # an empty one is a list
            seeker = talk["initiatorWorkerId"]
            for text, liked in _said_of_one(talk["messages"], seeker, form):
                (better if liked else worse).append(text)
    return OrderedTexts("liked", tuple(better), tuple(worse))


def _said_of_one(
    messages: list[dict[str, Any]], seeker: int, form: dict[str, dict[str, int]]
) -> Iterator[tuple[str, bool]]:
    for message in messages:
        films = set(_FILM.findall(message["text"]))
        if message["senderWorkerId"] != seeker or len(films) != 1:
            continue
        liked = form.get(films.pop(), {}).get("liked")
        text = _FILM.sub("this film", message["text"]).strip()
        if liked in (0, 1) and len(text.split()) > 4:
            yield text, liked == 1


def written_ratings(path: Path = OWN) -> list[RatedText]:
    """Texts written and rated by this project, a JSON line {"text", "rating"} each."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [RatedText(d["text"], float(d["rating"]), "written") for d in map(json.loads, lines)]
