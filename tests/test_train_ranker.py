"""Training runs for real at toy size, finds the taste built into the data, and its weights hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from numpy.typing import NDArray
from toy_redial import GENRES, write_toy_redial

from finetune.context_training import TowerConfig
from finetune.fusion_training import FusionConfig
from finetune.ranker_data import (
    Corpus,
    blocks,
    examples,
    held_out_workers,
    read_corpus,
    recommendations,
    split,
)
from finetune.ranker_training import RankerConfig, measure, surroundings, train_ranker
from finetune.train_ranker import main
from retrieval.catalog import Catalog, Item, item_text
from retrieval.errors import UserError
from retrieval.learned_ranker import (
    LearnedRanker,
    Mention,
    RankerMismatch,
    RankerWeights,
    RankingContext,
    load_ranker,
    save_ranker,
    utterance,
)

SMALL = RankerConfig(
    folds=2,
    towers=TowerConfig(dimension=8, epochs=6, batch=32, rate=0.02),
    fusion=FusionConfig(hidden=8, networks=1, epochs=6, batch=16),
)


@dataclass(frozen=True)
class Toy:
    corpus: Corpus
    encoder: FakeEncoder
    weights: RankerWeights
    folder: Path
    vectors: NDArray[np.float32]

    def ranker(self) -> LearnedRanker:
        found = load_ranker(self.folder, self.corpus.catalog, self.vectors, self.encoder)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    folder = tmp_path_factory.mktemp("redial")
    write_toy_redial(folder)
    corpus, encoder = read_corpus(folder), FakeEncoder()
    around = surroundings(corpus.catalog, corpus.conversations, folder, encoder)
    weights, _ = train_ranker(corpus.conversations, around, SMALL)
    out = tmp_path_factory.mktemp("ranker")
    save_ranker(out, weights, encoder, {})
    vectors = encoder.encode([item_text(i) for i in corpus.catalog.items])
    return Toy(corpus, encoder, weights, out, vectors)


def named(row: int, polarity: float = 0.0) -> RankingContext:
    return RankingContext((Mention(row, True, 0, polarity),), (utterance(True, "hello"),))


def test_what_is_named_brings_its_own_genre(toy: Toy) -> None:
    best = np.argsort(-toy.ranker().score(named(0)))
    others = [row for row in best if row != 0][:8]
    assert sum(row % 3 == 0 for row in others) >= 7


def test_words_alone_bring_a_genre(toy: Toy) -> None:
    for k, genre in enumerate(GENRES):
        said = RankingContext((), (utterance(True, f"I love {genre} films"),))
        best = np.argsort(-toy.ranker().score(said))[:6]
        assert sum(row % 3 == k for row in best) >= 4


def test_refusing_lowers_what_is_like_it(toy: Toy) -> None:
    ranker, alike = toy.ranker(), [row for row in range(3, 42) if row % 3 == 0]
    liked, refused = ranker.score(named(0, 1.0)), ranker.score(named(0, -1.0))

    def lead(scores: NDArray[np.float32]) -> float:
        return float(scores[alike].mean() - scores.mean())

    assert lead(refused) < lead(liked)


def test_a_turn_is_scored_from_what_came_before_alone(toy: Toy) -> None:
    conversation = next(c for c in toy.corpus.conversations if c.messages)
    for example in recommendations(conversation):
        assert len(example.context.messages) == example.context.turn
        assert all(m.turn < example.context.turn for m in example.context.mentioned)


def test_saved_weights_score_as_trained(toy: Toy) -> None:
    before = LearnedRanker(toy.weights, toy.corpus.catalog, toy.vectors, toy.encoder)
    after = toy.ranker()
    context = named(4)
    np.testing.assert_allclose(before.score(context), after.score(context), atol=0.05)
    assert after.feature_matrix(context).shape == (42, len(after.features))
    assert after.coverage == 1.0


def test_contributions_cover_every_group(toy: Toy) -> None:
    parts = toy.ranker().contributions(named(0), [0, 3, 1])
    assert set(parts) == set(LearnedRanker.groups)
    assert all(np.isfinite(values).all() and values.shape == (3,) for values in parts.values())
    assert any(values.any() for values in parts.values())


def test_another_order_and_unknown_items_keep_their_scores(toy: Toy) -> None:
    items = toy.corpus.catalog.items
    stranger = Item("new-1", "Film Unheard", genres=("horror",), year=2001)
    other = Catalog([stranger, *reversed(items)])
    vectors = toy.encoder.encode([item_text(i) for i in other.items])
    ranker = load_ranker(toy.folder, other, vectors, toy.encoder)
    assert ranker is not None and not ranker.known[0] and ranker.known[1:].all()
    ours, theirs = toy.ranker().score(named(0)), ranker.score(named(len(items)))
    assert np.argmax(ours[1:]) + 1 == len(items) - np.argmax(theirs[1:-1]) - 1
    assert np.isfinite(theirs).all()


def test_a_catalogue_that_nobody_talked_about_has_no_ranker(toy: Toy) -> None:
    books = Catalog([Item(str(100 + k), f"Book {k}") for k in range(60)])
    vectors = toy.encoder.encode([item_text(i) for i in books.items])
    assert load_ranker(toy.folder, books, vectors, toy.encoder) is None


def test_weights_of_another_encoder_are_refused_naming_both(toy: Toy) -> None:
    other = FakeEncoder(name="another-encoder")
    with pytest.raises(RankerMismatch, match=r"fake-encoder.*another-encoder"):
        load_ranker(toy.folder, toy.corpus.catalog, toy.vectors, other)


def test_broken_weights_are_a_clear_error(toy: Toy, tmp_path: Path) -> None:
    for path in toy.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "ranker.safetensors").write_bytes(b"short")
    with pytest.raises(UserError):
        load_ranker(tmp_path, toy.corpus.catalog, toy.vectors, toy.encoder)
    with pytest.raises(UserError):
        load_ranker(tmp_path / "absent", toy.corpus.catalog, toy.vectors, toy.encoder)


def test_splits_share_nobody_and_nothing_later(toy: Toy) -> None:
    texted = [c for c in toy.corpus.conversations if c.messages]
    held = held_out_workers(texted, share=20)
    inside = [c for c in texted if c.workers <= held]
    outside = [c for c in texted if not c.workers & held]
    assert len(inside) >= 20 and outside
    assert not frozenset().union(*(c.workers for c in inside)) & frozenset().union(
        *(c.workers for c in outside)
    )
    parts = blocks(toy.corpus.conversations, 4)
    assert [c for part in parts for c in part] == list(toy.corpus.conversations)
    training, later = split(toy.corpus.conversations, "last", 20)
    assert all(c.number < later[0].number for c in training)


def test_examples_of_mentions_alone_have_no_text(toy: Toy) -> None:
    bare = next(c for c in toy.corpus.conversations if not c.messages)
    found = examples(bare)
    assert [e.by_user for e in found] == [True, False, False, False]
    assert found[0].context.messages == () and found[3].fresh == (False,)


def test_measuring_covers_both_protocols(toy: Toy) -> None:
    around = surroundings(toy.corpus.catalog, toy.corpus.conversations, Path("absent"), toy.encoder)
    _, source = train_ranker(toy.corpus.conversations[:40], around, SMALL)
    texted = [c for c in toy.corpus.conversations if c.messages]
    found = measure(toy.weights, source, around, texted[40:60])
    assert set(found) == {"new", "all"}
    assert found["new"]["recall@50"].value == 1.0


def test_the_command_names_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--redial", str(tmp_path)]) == 2
    assert "train.jsonl.gz" in capsys.readouterr().err


def test_the_manifest_says_what_was_trained(toy: Toy) -> None:
    manifest = json.loads((toy.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["encoder_fingerprint"] == toy.encoder.fingerprint
    assert tuple(manifest["features"]) == LearnedRanker.features
