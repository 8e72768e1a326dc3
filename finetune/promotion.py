"""Lets a run's model serve, if it was found better, and takes that back."""

from __future__ import annotations

from pathlib import Path

from bot.bundled import check_bundle
from bot.settings import Settings
from finetune.run_folder import Run, part_of, read_run
from retrieval.bundle import Bundle, read_bundle, roll_back, write_bundle
from retrieval.errors import UserError


def promote(settings: Settings, run_id: str, *, force: bool = False) -> Bundle:
    """Let a run's model serve; UserError unless it was found better, or `force`, which is noted."""
    run = read_run(settings.home, run_id)
    bundle = read_bundle(settings.home)
    objection = _objection(run, bundle)
    if objection is not None and not force:
        raise objection
    following = bundle.with_part(part_of(run))
    if following.bundle_id == bundle.bundle_id:
        raise UserError(f"The run {run_id} serves already.", "See `sommelier finetune list`.")
    check_bundle(settings, following)
    note = {
        "action": "promote",
        "run": run_id,
        "verdict": None if run.verdict is None else run.verdict["verdict"],
        "forced": objection is not None,
    }
    write_bundle(settings.home, following, note)
    return following


def rollback(home: Path) -> Bundle:
    """Let what served before serve again."""
    return roll_back(home, {"action": "rollback"})


def _objection(run: Run, bundle: Bundle) -> UserError | None:
    """Why a run may not serve, None where it was found better than what serves."""
    mend = f"Run `sommelier finetune compare {run.run_id}`, or add --force."
    if run.verdict is None:
        return UserError(f"The run {run.run_id} was not compared with what serves.", mend)
    verdict = run.verdict["verdict"]
    if verdict != "better":
        told = run.verdict.get("told", "")
        return UserError(f"The run {run.run_id} was found: {verdict}. {told}".strip(), mend)
    kind = part_of(run).kind
    part = bundle.part(kind)
    serving = None if part is None else part.fingerprint
    if run.verdict.get("against") != serving:
        return UserError(f"Another {kind} serves since {run.run_id} was compared.", mend)
    return None
