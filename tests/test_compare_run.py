"""The gate: evidence pooled over looks, every conversation used once, guards, and what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import toy_trainer

from bot.settings import Settings
from bot.transcript_values import Transcript, TranscriptMessage
from finetune import compare, promotion, runs
from finetune.compare import Verdict, compare_run
from finetune.evidence import Tally
from finetune.example_values import Examples, Sources
from finetune.measures import Measured
from finetune.run_config import make_config
from finetune.run_folder import Run, read_run
from finetune.runs import promote, rollback, run
from retrieval.bundle import read_bundle
from retrieval.errors import UserError


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runs, "TRAINERS", dict.fromkeys(runs.TRAINERS, "toy_trainer"))
    monkeypatch.setattr(runs, "served_facts", lambda *_: {"encoder": "e"})
    monkeypatch.setattr(promotion, "check_bundle", lambda *_: None)
    monkeypatch.setattr(compare, "check_bundle", lambda *_: None)
    toy_trainer.MODE["now"] = "well"
    yield


def talk(name: str) -> Transcript:
    said = (
        TranscriptMessage("user", "something scary", (), None, 0),
        TranscriptMessage("assistant", "Alien", ("alien",), None, 1),
    )
    return Transcript(name, said)


def talks(names: Sequence[str]) -> Examples:
    transcripts = tuple(talk(name) for name in names)
    return Examples(tuple(names), held_out=Sources(transcripts=transcripts))


def trained(home: Path, on: Sequence[str] = ("old",)) -> Run:
    transcripts = tuple(talk(name) for name in on)
    examples = Examples(
        tuple(on), ("u",), train_users=("u",), train=Sources(transcripts=transcripts)
    )
    return run(
        "ranker",
        make_config("ranker", {}),
        lambda until: examples,
        settings=Settings(home=home),
        source={"from": "log", "without": []},
        progress=lambda *_: None,
    )


def judged(
    monkeypatch: pytest.MonkeyPatch,
    made: Run,
    names: Sequence[str],
    scores: tuple[float, float] = (0.0, 1.0),
    **more: Any,
) -> Verdict:
    """A comparison in which every conversation scores `scores` before and after."""

    def measured(settings: object, kind: str, bundles: object, fresh: Sources, *_: object) -> Any:
        before, after = scores
        tallies = {t.conversation: Tally((before, 1.0), (after, 1.0)) for t in fresh.transcripts}
        return Measured(
            {"recall@10": tallies}, more.get("times", (10.0, 10.0)), more.get("losses", {})
        )

    monkeypatch.setattr(compare, "_measured", measured)
    home = made.folder.parent.parent
    return compare_run(Settings(home=home), made.run_id, lambda _: talks(names), lambda *_: None)


def test_better_is_promoted_served_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trained(tmp_path)
    verdict = judged(monkeypatch, made, [f"c{n}" for n in range(20)])
    assert (verdict.verdict, verdict.conversations, verdict.look) == ("better", 20, 1)
    written = json.loads((made.folder / "verdict.json").read_text())
    assert written["verdict"] == "better"
    assert written["changes"]["recall@10"]["change"] == 1.0
    assert read_run(tmp_path, made.run_id).verdict == written
    bundle = promote(Settings(home=tmp_path), made.run_id)
    assert read_bundle(tmp_path) == bundle
    rollback(tmp_path)


def test_worse_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trained(tmp_path)
    verdict = judged(monkeypatch, made, [f"c{n}" for n in range(20)], (1.0, 0.0))
    assert verdict.verdict == "worse"
    with pytest.raises(UserError, match=r"worse. recall@10"):
        promote(Settings(home=tmp_path), made.run_id)


def test_a_conversation_counts_once_and_evidence_adds_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trained(tmp_path)
    first = judged(monkeypatch, made, ["a", "b", "old"])
    assert (first.verdict, first.conversations, first.needed) == ("not enough evidence", 2, 6)
    assert set(first.used) == {"a", "b"}
    with pytest.raises(UserError, match="No conversation is left"):
        judged(monkeypatch, made, ["a", "b", "old"])
    second = judged(monkeypatch, made, ["a", "b", *(f"c{n}" for n in range(20))])
    assert (second.conversations, second.look) == (22, 2)
    assert second.verdict == "better"


def test_what_trained_a_run_never_judges_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    made = trained(tmp_path, ["old"])
    monkeypatch.setattr(compare, "_measured", lambda *_: pytest.fail("must not be measured"))

    def without(users: Any) -> Examples:
        asked.append(tuple(users))
        return talks(["old"])

    with pytest.raises(UserError, match="No conversation is left"):
        compare_run(Settings(home=tmp_path), made.run_id, without, lambda *_: None)
    assert asked == [("u",)]


def test_what_is_too_much_at_once_is_kept_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "AT_ONCE", 4)
    made, names = trained(tmp_path), [f"c{n}" for n in range(6)]
    first = judged(monkeypatch, made, names)
    assert set(first.used) == {"c2", "c3", "c4", "c5"}
    assert judged(monkeypatch, made, names).conversations == 6


def test_slower_or_forgetful_is_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"c{n}" for n in range(20)]
    slow = judged(monkeypatch, trained(tmp_path / "a"), names, times=(300.0, 460.0))
    assert (slow.verdict, slow.told) == ("worse", "An answer takes 460 ms instead of 300 ms.")
    little = judged(monkeypatch, trained(tmp_path / "c"), names, times=(10.0, 30.0))
    assert little.verdict == "better"
    losses = {"loss on other text": (3.0, 3.5, 0.2)}
    forgetful = judged(monkeypatch, trained(tmp_path / "b"), names, losses=losses)
    assert forgetful.verdict == "worse"
    assert "loss on other text rose from 3.000 to 3.500" in forgetful.told


def test_evidence_against_another_model_is_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = trained(tmp_path)
    judged(monkeypatch, one, [f"c{n}" for n in range(20)])
    written = json.loads((one.folder / "verdict.json").read_text())
    (one.folder / "verdict.json").write_text(json.dumps({**written, "against": "another"}))
    with pytest.raises(UserError, match="Another ranker serves since"):
        promote(Settings(home=tmp_path), one.run_id)
    again = judged(monkeypatch, one, [f"c{n}" for n in range(32)])
    assert (again.conversations, again.look) == (12, 1)
    assert len(again.used) == 32


def test_nothing_to_judge_by_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trained(tmp_path)
    monkeypatch.setattr(compare, "_measured", lambda *_: Measured({"recall@10": {}}, (1.0, 1.0)))
    with pytest.raises(UserError, match="nothing to judge by"):
        compare_run(Settings(home=tmp_path), made.run_id, lambda _: talks(["a"]), lambda *_: None)
