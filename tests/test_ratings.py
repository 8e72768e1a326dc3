"""Ratings from free text: stated ones, predicted ones, how they are learned and scored."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import FakeEncoder, tiny_catalog
from hypothesis import given, settings
from hypothesis import strategies as st
from understanding_cases import talk

from bot.rating_reader import SHIPPED, RatingHead, RatingReader, load_head, rating_reader_for
from bot.stated_ratings import stated_rating
from bot.trained_understander import TrainedUnderstander
from finetune.review_texts import (
    OrderedTexts,
    RatedText,
    product_reviews,
    pros_and_cons,
    rating_of_score,
    sentence_polarity,
    written_ratings,
)
from finetune.sentiment_scores import baselines, scores
from finetune.train_sentiment import (
    TEST,
    RatingNetwork,
    SentimentConfig,
    embedded,
    save_head,
    train_head,
)
from retrieval.encoder import Encoder
from retrieval.errors import UserError
from retrieval.signals import Signal


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4/5", 4),
        ("8/10", 4),
        ("I'd give it 4 out of 5", 4),
        ("I'd give it 4 out of 5 stars", 4),
        ("nine out of ten", 4.5),
        ("three and a half stars", 3.5),
        ("3.5/5", 3.5),
        ("3,5 of 5", 3.5),
        ("a solid 7 out of 10 for me", 3.5),
        ("five stars!", 5),
        ("5-star film", None),
        ("zero stars", 1),
        ("1/10", 1),
        ("if I could give it six stars I would", 5),
        ("90/100", 4.5),
        ("★★★★☆", 4),
        ("first 2 stars, now 4 stars", 4),
        ("critics gave it 5 stars", None),
        ("don't believe the five star reviews", None),
        ("not 5 stars", None),
        ("one star off for the ending", None),
        ("something with at least 4 stars", None),
        ("a five star hotel", None),
        ("I saw 3 of 5 films", None),
        ("Fahrenheit 9/11", None),
        ("24/7", None),
        ("on 4/5/2020", None),
        ("9 to 5", None),
        ("I loved it", None),
        ("", None),
    ],
)
def test_stated_ratings_are_read_exactly(text: str, rating: float | None) -> None:
    found = stated_rating(text)
    assert (found.rating if found else None) == rating


@given(st.text(max_size=200))
def test_any_text_has_a_rating_within_bounds_or_none(text: str) -> None:
    found = stated_rating(text)
    assert found is None or (1 <= found.rating <= 5 and 0 <= found.start < found.end <= len(text))


class Scripted(RatingReader):
    """Predicts what a table says of a text."""

    def __init__(self, table: dict[str, float]) -> None:
        super().__init__()
        self.table = table
        self.asked: list[str] = []

    def rate(self, text: str) -> tuple[float, float] | None:
        self.asked.append(text)
        return next(((r, 0.5) for word, r in self.table.items() if word in text), None)


def opinion(title: str, polarity: float, evidence: str, seen: bool | None = None) -> Signal:
    return Signal("item", polarity, 0.9, evidence=evidence, title=title, item_id=title, seen=seen)


def test_an_opinion_gets_the_predicted_rating_and_keeps_its_polarity() -> None:
    reader = Scripted({"great": 4.44})
    [signal] = reader.rated([opinion("Up", 0.7, "Up was great")], "Up was great fun", {"Up": "Up"})
    assert (signal.polarity, signal.rating) == (0.7, 4.4)
    assert reader.asked == ["it was great fun"]  # the title tells nothing


def test_each_item_is_rated_by_what_is_said_of_it() -> None:
    text = "Up was great but Alien was awful"
    signals = [opinion("Up", 1, "Up was great"), opinion("Alien", -1, "Alien was awful")]
    found = Scripted({"great": 4.5, "awful": 1.2}).rated(signals, text, {"Up": "", "Alien": ""})
    assert [s.rating for s in found] == [4.5, 1.2]


@pytest.mark.parametrize(
    "text", ["something like Up", "I want to watch Up", "Up sounds great", "haven't seen Up", "Up"]
)
def test_a_wish_has_no_rating(text: str) -> None:
    [signal] = Scripted({"": 4.0}).rated([opinion("Up", 0.7, "Up")], text, {"Up": "Up"})
    assert signal.rating is None


def test_an_unclear_opinion_has_no_rating() -> None:
    reader = Scripted({"": 2.0})
    assert reader.rated([opinion("Up", 1, "loved Up")], "loved Up", {})[0].rating is None
    seen = opinion("Up", -1, "Up is awful", seen=False)
    assert reader.rated([seen], "Up is awful", {})[0].rating is None
    assert RatingReader().rated([opinion("Up", 1, "loved Up")], "loved Up", {})[0].rating is None


def test_other_signals_pass_as_they_are() -> None:
    facet = Signal("facet", 1.0, field="genre", value="comedy")
    assert Scripted({"": 4.0}).rated([facet], "a comedy, 4 stars", {}) == (facet,)


PLAIN = TrainedUnderstander(tiny_catalog())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I give Inception 9/10", {("Inception", 0.75, 4.5)}),
        ("seen Up, 3 out of 5", {("Up", 0.0, 3.0)}),
        ("8/10 for Interstellar, Superbad 2/10", {("Interstellar", 0.5, 4.0), ("Superbad", -1, 1)}),
        ("critics gave Inception 5 stars", set()),
        ("forget that I rated Inception 5 stars", set()),
    ],
)
def test_a_stated_rating_is_an_opinion(text: str, wanted: set[tuple[str, float, float]]) -> None:
    found = PLAIN.understand(talk(text)).signals
    assert {(s.title, s.polarity, s.rating) for s in found if s.kind == "item"} == wanted


def test_a_bare_rating_is_of_the_item_last_put_forward() -> None:
    [signal] = PLAIN.understand(talk("hi", "Have you seen Inception?", "4 stars")).signals
    assert (signal.item_id, signal.rating, signal.evidence) == ("inception-2010", 4, "4 stars")


def network(variant: str = "ordinal", seed: int = 0) -> RatingNetwork:
    torch.manual_seed(seed)
    return RatingNetwork(SentimentConfig(variant=variant, hidden=8)).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("variant", ["squared", "ordinal"])
@given(seed=st.integers(0, 99), scale=st.floats(0.1, 30))
@settings(max_examples=20, deadline=None)
def test_predictions_are_ratings_and_as_in_training(variant: str, seed: int, scale: float) -> None:
    net, rows = network(variant, seed), np.random.default_rng(seed).normal(size=(5, 384))
    rows = (scale * rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    mean, deviation = net.head().predict(rows)
    assert ((mean >= 1) & (mean <= 5)).all()
    assert (deviation >= 0).all()
    with torch.no_grad():
        trained = net.mean(net(torch.from_numpy(rows))).numpy()
    assert np.allclose(np.clip(trained, 1, 5), mean, atol=1e-3)
    assert (np.diff(net.thresholds().detach()) > 0).all()


GOOD, BAD = ("lovely", "wonderful", "superb"), ("dreadful", "awful", "boring")


@pytest.mark.parametrize("variant", ["squared", "ordinal"])
def test_training_learns_ratings_and_orders(variant: str) -> None:
    encoder = FakeEncoder(384)
    rated = [RatedText(f"{w} film {n}", 4.5, "written") for w in GOOD for n in range(8)]
    rated += [RatedText(f"{w} film {n}", 1.5, "written") for w in BAD for n in range(8)]
    ordered = [OrderedTexts("polarity", ("what a gem here",), ("such a dud here",))]
    config = SentimentConfig(variant=variant, steps=120)  # type: ignore[arg-type]
    head = train_head(embedded(encoder, rated, ordered), config).head()
    texts = ["lovely film", "awful film", "a gem here", "a dud here"]
    mean, deviation = head.predict(encoder.encode(texts))
    assert mean[0] > 4 > 2 > mean[1]
    assert mean[2] > mean[3] + 0.5  # nothing but the order tells these apart
    assert (deviation < 2).all()


def test_weights_are_written_and_read(tmp_path: Path) -> None:
    net, path = network(), tmp_path / "rating.safetensors"
    save_head(path, net, SentimentConfig(hidden=8))
    rows = FakeEncoder(384).encode(["a", "b"])
    assert np.allclose(load_head(path).predict(rows)[0], net.head().predict(rows)[0], atol=0.01)
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be read"):
        load_head(path)


def test_only_the_packaged_encoder_gets_the_head(real_encoder: Encoder) -> None:
    assert rating_reader_for(FakeEncoder()).rate("lovely") is None
    assert rating_reader_for(None).rate("lovely") is None
    assert SHIPPED.stat().st_size < 1_000_000
    good, bad = (rating_reader_for(real_encoder).rate(t) for t in ("I loved it", "I hated it"))
    assert good is not None
    assert bad is not None
    assert good[0] > 3 > bad[0]


def test_the_shipped_head_beats_both_baselines(real_encoder: Encoder) -> None:
    tests = [json.loads(line) for line in TEST.read_text(encoding="utf-8").splitlines()]
    texts, truth = [t["text"] for t in tests], np.array([t["rating"] for t in tests], dtype=float)
    found = scores(truth, *load_head(SHIPPED).predict(real_encoder.encode(texts)))
    floor = baselines(texts, truth)
    assert found["mae"] < 0.85 < floor["lexicon"]["mae"] < floor["mean"]["mae"]
    assert found["quadratic"] > 0.55 > floor["lexicon"]["quadratic"]
    assert 0.6 < found["within"] < 0.9


def test_no_text_of_the_test_is_trained_on() -> None:
    lines = TEST.read_text(encoding="utf-8").splitlines()
    held = {json.loads(line)["text"].strip().lower() for line in lines}
    written = written_ratings()
    assert len(written) > 400
    assert not held & {r.text.strip().lower() for r in written}
    assert {round(r.rating * 2) / 2 for r in written} == {r.rating for r in written}


def test_scores_agree_with_figures_known_by_construction() -> None:
    truth = np.array([1.0, 2, 3, 4, 5])
    perfect = scores(truth, truth, np.full(5, 0.1))
    assert perfect == {
        "mae": 0, "f1": 1, "kappa": 1, "quadratic": 1, "within": 1, "deviation": pytest.approx(0.1)
    }  # fmt: skip
    turned = scores(truth, truth[::-1].copy())
    assert turned["quadratic"] == pytest.approx(-1)
    assert turned["kappa"] == pytest.approx(0)
    assert scores(truth, np.full(5, 3.0))["kappa"] == pytest.approx(0)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=3, max_size=40))
@settings(max_examples=40, deadline=None)
def test_agreement_is_cohens(pairs: list[tuple[int, int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, said = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    if len(set(truth) | set(said)) < 2:
        return
    found = scores(truth, said)
    for name, weights in (("kappa", None), ("quadratic", "quadratic")):
        expected = metrics.cohen_kappa_score(truth, said, labels=[1, 2, 3, 4, 5], weights=weights)
        assert found[name] == pytest.approx(expected, abs=1e-9)


def _zip(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def test_review_sets_are_read(tmp_path: Path) -> None:
    review = (
        "* header\n[t] title\ncamera[+3]##a superb camera .\n##i bought it in may .\n"
        "lens[-2][u],zoom[-1]##both are poor .\n[t]\nsize[+1] ##small , which is nice .\n"
    )
    _zip(tmp_path / "product_reviews_1.zip", {"product_reviews_1/a.txt": review})
    _zip(tmp_path / "product_reviews_2.zip", {"product_reviews_2/README.txt": "x[+1]##no"})
    found = [(r.text, round(r.rating, 2), r.source) for r in product_reviews(tmp_path)]
    assert found == [
        ("a superb camera .", 5.0, "sentence"),
        ("both are poor .", 2.0, "sentence"),
        ("a superb camera . i bought it in may . both are poor .", 3.5, "review"),
        ("small , which is nice .", 3.67, "sentence"),
    ]
    assert [rating_of_score(s) for s in (-3, 0, 3)] == [1, 3, 5]
    polarity = {
        f"sentence_polarity/rt-polarity.{e}": f"{e} one \n\n{e} two\n" for e in ("pos", "neg")
    }
    _zip(tmp_path / "sentence_polarity.zip", polarity)
    assert sentence_polarity(tmp_path).better == ("pos one", "pos two")
    both = {
        f"pros_cons/Integrated{e}.txt": f"<{e}>very {e} indeed</{e}>\n<{e}>ok</{e}>"
        for e in ("Pros", "Cons")
    }
    _zip(tmp_path / "pros_cons.zip", both)
    assert pros_and_cons(tmp_path).worse == ("very Cons indeed",)


def test_a_head_of_zeros_says_three() -> None:
    zeros = np.zeros((384, 2))
    head = RatingHead(zeros, np.zeros(2), np.zeros((2, 2)), np.zeros(2), np.zeros(0))
    mean, deviation = head.predict(np.zeros((1, 384), dtype=np.float32))
    assert mean[0] == 3
    assert deviation[0] == pytest.approx(0.2 + np.log(2))
