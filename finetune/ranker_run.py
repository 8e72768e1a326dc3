"""A run that learns a ranker from a site's own conversations and feedback, on its own catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np

from bot.build import open_catalog, open_index
from bot.bundled import open_encoder
from finetune.board import curves
from finetune.quick_ranker import Corpus, chosen_targets, corpus_of, learn, targets_of
from finetune.ranker_ground import Ground, ground
from finetune.run_config import RankerConfig, TrainingJob
from retrieval.learned_ranker import RankerWeights, save_ranker
from retrieval.ranking_features import FeatureSource, circumstances

_JUDGED = 300  # held-out recommendations that the metrics look at; the gate looks at all


def train(job: TrainingJob) -> dict[str, float]:
    """Train, write the ranker into `weights/` of the job's folder and give its figures.

    Catalogue and encoder are those that serve. A killed training goes on with the queries encoded
    and the folds' features made; only the fusion is fitted anew. Raises UserError where too little
    was liked to learn from.
    """
    config = job.config
    assert isinstance(config, RankerConfig)
    catalog = open_catalog(job.settings)
    encoder = open_encoder(job.settings, job.bundle)
    index = open_index(
        job.home, catalog, encoder, lambda d, t: job.progress(d, t, "encoding the catalogue")
    )
    examples = job.examples
    corpus, held = (corpus_of(side, catalog) for side in (examples.train, examples.held_out))
    targets = chosen_targets(corpus, config, examples.unreacted)
    judged = targets_of(held, examples.unreacted)[:_JUDGED]
    queries = [e.context.query for e in (*targets, *judged)]
    job.progress(0, len(queries), "encoding what was asked for")
    keep = job.checkpoints
    around = ground(catalog, index.vectors, encoder, queries, keep=keep / "queries.npz")
    with curves(keep, 1) as write:
        weights = learn(
            corpus,
            targets,
            around,
            config,
            unreacted=examples.unreacted,
            progress=job.progress,
            keep=keep,
            write=write,
        )
    about = {"conversations": len(corpus.conversations), "config": asdict(config)}
    save_ranker(job.folder / "weights", weights, encoder, json.loads(json.dumps(about)))
    return {
        "conversations": len(corpus.conversations),
        "recommendations": len(targets),
        **_held_out(weights, around, held, examples.unreacted),
    }


def _held_out(
    weights: RankerWeights, around: Ground, held: Corpus, unreacted: float
) -> dict[str, float]:
    """recall@10 of the learned score alone over liked items that were new, of popularity beside it.

    Empty without held-out conversations.
    """
    source = FeatureSource(weights.co_preference, weights.models, around.content, around.vectors)
    hits: list[tuple[bool, bool]] = []
    for example in targets_of(held, unreacted)[:_JUDGED]:
        matrix = source.matrix(example.context, around.text(example))
        learned = weights.fusion.score(matrix, circumstances(example.context))
        popular = matrix[:, 0].copy()
        named = [m.row for m in example.context.mentioned]
        for scores in (learned, popular):
            scores[named] = -np.inf
        for row, fresh in zip(example.targets, example.fresh, strict=True):
            if fresh:
                found = [bool((s > s[row]).sum() < 10) for s in (learned, popular)]
                hits.append((found[0], found[1]))
    if not hits:
        return {}
    mean = np.mean(hits, axis=0)
    return {
        "held_out_targets": len(hits),
        "recall@10": float(mean[0]),
        "recall@10 of popularity": float(mean[1]),
    }
