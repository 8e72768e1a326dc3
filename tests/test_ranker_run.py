"""A site's own conversations make a ranker: liked genres come first, refusals weigh against."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boards import steps_of
from fakes import FakeEncoder
from toy_redial import write_toy_redial

from bot.settings import load_settings
from bot.transcripts import read_transcripts
from finetune import ranker_run
from finetune.example_values import Examples, Sources
from finetune.quick_ranker import corpus_of, targets_of
from finetune.run_config import RankerConfig, TrainingJob
from finetune.weighed_statistics import learn_weighed
from retrieval.bundle import Bundle
from retrieval.catalog_files import read_catalog
from retrieval.co_preference import learn
from retrieval.errors import UserError
from retrieval.learned_ranker import load_ranker
from retrieval.ranking_context import Mention, RankingContext, utterance


def _mentions(*rows: tuple[int, bool]) -> list[Mention]:
    return [Mention(row, by_user, turn) for turn, (row, by_user) in enumerate(rows)]


def test_with_every_gain_one_the_statistics_are_the_plain_ones() -> None:
    talks = [
        _mentions((0, True), (1, False), (2, False)),
        _mentions((1, True), (2, False), (0, False)),
    ]
    plain = learn(talks, 4)
    weighed = learn_weighed(talks, [{}, {}], 4, unreacted=1.0)
    for name in ("recommended", "recent", "named"):
        np.testing.assert_allclose(getattr(weighed, name), getattr(plain, name))
    for name in ("directed", "together", "similar"):
        ours, theirs = getattr(weighed, name).toarray(), getattr(plain, name).toarray()
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_refusal_takes_away_what_a_like_gave() -> None:
    talk = _mentions((0, True), (1, False))
    liked = learn_weighed([talk] * 3, [{1: 1.0}] * 3, 3, unreacted=0.5)
    mixed = learn_weighed([talk] * 3, [{1: 1.0}, {1: 1.0}, {1: -1.0}], 3, unreacted=0.5)
    refused = learn_weighed([talk] * 3, [{1: -1.0}] * 3, 3, unreacted=0.5)
    assert liked.directed[1, 0] > mixed.directed[1, 0] > refused.directed[1, 0] == 0
    assert refused.recommended[1] == 0


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingJob:
    """A run on ninety toy conversations, each about one genre."""
    write_toy_redial(tmp_path)
    catalog = read_catalog(tmp_path / "catalog.jsonl.gz").catalog
    found = read_transcripts(tmp_path / "train.jsonl.gz", "redial", catalog).transcripts
    train, held = Sources(transcripts=found[:70]), Sources(transcripts=found[70:])
    monkeypatch.setattr(ranker_run, "open_encoder", lambda settings, bundle: FakeEncoder())
    home = tmp_path / "home"
    for name in ("run", "checkpoints"):
        (home / name).mkdir(parents=True)
    return TrainingJob(
        config=RankerConfig(folds=2, hidden=4),
        examples=Examples(train=train, held_out=held),
        settings=load_settings(home=home, catalog=tmp_path / "catalog.jsonl.gz"),
        bundle=Bundle(),
        folder=home / "run",
        checkpoints=home / "checkpoints",
        progress=lambda done, total, what: None,
    )


def test_a_run_writes_a_ranker_that_serves_and_knows_what_goes_together(job: TrainingJob) -> None:
    metrics = ranker_run.train(job)
    assert metrics["recall@10"] > metrics["recall@10 of popularity"]
    assert job.settings.catalog is not None
    catalog, encoder = read_catalog(job.settings.catalog).catalog, FakeEncoder()
    vectors = encoder.encode([item.title for item in catalog.items])
    ranker = load_ranker(job.folder / "weights", catalog, vectors, encoder)
    assert ranker is not None
    horror = catalog.row("100")
    context = RankingContext((Mention(horror, True, 0),), (utterance(True, "I love horror films"),))
    scores = ranker.score(context)
    best = [catalog.items[r].genres for r in np.argsort(-scores)[:6]]
    assert sum(genres == ("horror",) for genres in best) >= 4


def test_a_training_that_was_killed_goes_on_to_the_same_end(
    job: TrainingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = replace(job, folder=job.home / "whole")
    whole = ranker_run.train(job)
    for path in job.checkpoints.glob("*.npz"):
        path.unlink()

    def die(done: int, total: int, what: str) -> None:
        if what.startswith("loss"):
            raise KeyboardInterrupt

    job = replace(job, folder=job.home / "run")
    with pytest.raises(KeyboardInterrupt):
        ranker_run.train(replace(job, progress=die))
    told: list[str] = []
    monkeypatch.setattr(FakeEncoder, "encode", None)  # what was encoded is not encoded again
    again = ranker_run.train(replace(job, progress=lambda d, t, what: told.append(what)))
    assert again == whole
    assert not any(what.startswith("features") for what in told)
    one, other = (
        {path.name: path.read_bytes() for path in (job.home / name / "weights").iterdir()}
        for name in ("whole", "run")
    )
    assert one == other
    steps = steps_of(job.checkpoints, "loss/train")
    assert steps == list(range(1, len(steps) + 1))


def test_what_nobody_liked_is_no_target(job: TrainingJob) -> None:
    assert job.settings.catalog is not None
    catalog = read_catalog(job.settings.catalog).catalog
    corpus = corpus_of(job.examples.train, catalog)
    assert targets_of(corpus, unreacted=0.5)
    assert not targets_of(corpus, unreacted=0.0)


def test_too_little_is_refused_in_one_line(job: TrainingJob) -> None:
    with pytest.raises(UserError, match="liked so far"):
        ranker_run.train(replace(job, examples=Examples()))
