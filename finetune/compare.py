"""The gate: a run's model against what serves, on held-out conversations that it never saw."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bot.build import build_parts
from bot.bundled import check_bundle
from bot.comparison import Verdict as Word
from bot.settings import Settings, go_offline
from finetune.evidence import Change, Tally, judge, tallies_from_dict, tallies_to_dict
from finetune.example_values import Examples, Sources
from finetune.examples import accepted
from finetune.measures import Measured, Progress, measure_ranking, measure_understanding
from finetune.measures_chat import chosen, measure_chat, name_of
from finetune.run_folder import Run, part_of, read_run, write_verdict
from retrieval.bundle import Bundle, Part, read_bundle
from retrieval.errors import UserError

AT_ONCE = 1000  # conversations that one comparison uses, the newest; the others are kept for more
SLOWEST = 1.5  # times the latency of what serves, above which a candidate is worse …
NOTICED = 100.0  # … if it is so many ms more: less nobody notices (Miller, 1968)

ExamplesWithout = Callable[[Collection[str]], Examples]  # without these users, by keyed hash


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found; `told` says why in one line.

    `changes` holds every measure, the deciding one first. `needed` is how many more conversations
    it takes, where there is not enough evidence and a number can be given. `conversations` counts
    all evidence so far, `used` names the conversations that this run may not be judged on again.
    `milliseconds` are the median latencies before and after; `losses` what was known before.
    """

    verdict: Word
    told: str
    changes: Mapping[str, Change]
    needed: int | None
    conversations: int
    look: int
    used: tuple[str, ...]
    milliseconds: tuple[float, float]
    losses: Mapping[str, tuple[float, float, float]]
    against: str | None
    bundle: str


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What former comparisons of a run left: conversations, evidence, and how many there were."""

    used: tuple[str, ...] = ()
    tallies: Mapping[str, Mapping[str, Tally]] | None = None
    look: int = 0


def compare_run(
    settings: Settings, run_id: str, examples_without: ExamplesWithout, progress: Progress
) -> Verdict:
    """Judge a run against what serves now, and put the verdict beside its weights.

    Examples come from users the run never learned from; a conversation counts once for a run, so
    a second comparison adds new ones to the evidence of the first. Raises UserError where no
    conversation is left, where the run is broken, or where it does not fit what serves.
    """
    go_offline()
    run = read_run(settings.home, run_id)
    bundle = read_bundle(settings.home)
    part = part_of(run)
    candidate = bundle.with_part(part)
    if candidate.bundle_id == bundle.bundle_id:
        raise UserError(f"The run {run_id} serves already.", "Compare another one.")
    check_bundle(settings, candidate)
    earlier = _earlier(run, bundle, part)
    examples = examples_without(tuple(run.data["train_users"]))
    fresh = _unseen(run, earlier, examples)
    if not _names(run.kind, fresh):
        raise UserError(
            f"No conversation is left that {run_id} was not trained on or judged by"
            f" ({len(earlier.used)} were used).",
            "Collect more, or give more with --transcripts.",
        )
    right = accepted(fresh, examples.unreacted)
    measured = _measured(settings, run.kind, (bundle, candidate), fresh, right, progress)
    if not any(measured.tallies.values()):
        raise UserError(
            "The held-out conversations hold nothing to judge by: nobody said what was right.",
            "Collect more feedback.",
        )
    verdict = _verdict(run, measured, earlier, bundle, part, _names(run.kind, fresh))
    _write(run, verdict, measured, earlier)
    return verdict


def _measured(
    settings: Settings,
    kind: str,
    bundles: tuple[Bundle, Bundle],
    fresh: Sources,
    right: Mapping[str, Collection[str]],
    progress: Progress,
) -> Measured:
    if kind == "chat":
        return measure_chat(settings, bundles, fresh.chat, progress)
    quiet = settings.model_copy(update={"llm": "plain", "understander": "trained"})
    before = build_parts(quiet, bundles[0])
    after = build_parts(quiet, bundles[1], before)
    if kind == "understander":
        return measure_understanding(before, after, fresh.messages, progress)
    return measure_ranking(before, after, fresh.transcripts, right, progress)


def _earlier(run: Run, bundle: Bundle, part: Part) -> _Earlier:
    """What earlier comparisons left; evidence against another model than now serves is void."""
    if run.verdict is None:
        return _Earlier()
    used = tuple(run.verdict["used"])
    if run.verdict["against"] != _serving(bundle, part.kind):
        return _Earlier(used)
    tallies = {k: tallies_from_dict(v) for k, v in run.verdict["tallies"].items()}
    return _Earlier(used, tallies, int(run.verdict["look"]))


def _serving(bundle: Bundle, kind: str) -> str | None:
    part = bundle.part(kind)
    return None if part is None else part.fingerprint


def _unseen(run: Run, earlier: _Earlier, examples: Examples) -> Sources:
    """What of the examples neither trained the run nor judged it before."""
    trained = set(run.data["conversations"]) - set(run.data["held_out"])
    seen = trained | set(earlier.used)
    sides = (examples.train, examples.held_out)
    talks = [t for s in sides for t in s.transcripts if t.conversation not in seen]
    messages = [m for s in sides for m in s.messages if m.conversation not in seen]
    newest = set(list(dict.fromkeys(m.conversation for m in messages))[-AT_ONCE:])
    return Sources(
        transcripts=tuple([t for t in talks if t.recommendations()][-AT_ONCE:]),
        messages=tuple(m for m in messages if m.conversation in newest),
        ratings=tuple(r for s in sides for r in s.ratings if r.conversation not in seen),
        chat=chosen([e for s in sides for e in s.chat if name_of(e) not in seen]),
    )


def _names(kind: str, fresh: Sources) -> tuple[str, ...]:
    """The conversations that a comparison is about to use."""
    if kind == "chat":
        return tuple(name_of(example) for example in fresh.chat)
    if kind == "understander":
        return tuple(dict.fromkeys(m.conversation for m in fresh.messages))
    return tuple(t.conversation for t in fresh.transcripts)


def _verdict(
    run: Run,
    measured: Measured,
    earlier: _Earlier,
    bundle: Bundle,
    part: Part,
    names: Sequence[str],
) -> Verdict:
    look = earlier.look + 1
    pooled = _pooled(measured, earlier)
    changes = {name: judge(tallies, look) for name, tallies in pooled.items()}
    (deciding, first), *others = changes.items()
    word, told = first.verdict, _told(deciding, first)
    for name, change in others:
        if change.verdict == "worse":
            word, told = "worse", _told(name, change)
    for name, (was, now, most) in measured.losses.items():
        if now - was > most:
            word, told = "worse", f"{name} rose from {was:.3f} to {now:.3f}, more than {most:g}."
    was, now = measured.milliseconds
    if now > SLOWEST * was and now - was > NOTICED:
        word, told = "worse", f"An answer takes {now:.0f} ms instead of {was:.0f} ms."
    return Verdict(
        verdict=word,
        told=told,
        changes=changes,
        needed=first.needed if word == "not enough evidence" else None,
        conversations=len(next(iter(pooled.values()))),
        look=look,
        used=tuple(dict.fromkeys((*earlier.used, *names))),
        milliseconds=measured.milliseconds,
        losses=measured.losses,
        against=_serving(bundle, part.kind),
        bundle=bundle.bundle_id,
    )


def _pooled(measured: Measured, earlier: _Earlier) -> dict[str, dict[str, Tally]]:
    before = earlier.tallies or {}
    return {name: {**before.get(name, {}), **now} for name, now in measured.tallies.items()}


def _told(name: str, change: Change) -> str:
    interval = f"{change.change:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"
    text = f"{name} {change.before:.4f} → {change.after:.4f}, {interval}"
    if change.needed is not None:
        text += f"; about {change.needed:,} more conversations are needed"
    return f"{text}."


def _write(run: Run, verdict: Verdict, measured: Measured, earlier: _Earlier) -> None:
    tallies = {k: tallies_to_dict(v) for k, v in _pooled(measured, earlier).items()}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    write_verdict(run, {**asdict(verdict), "at": at, "tallies": tallies})
