"""The commands `sommelier finetune`: train, compare, promote, roll back, and watch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli_options import (
    AdaptAfter,
    AdaptAt,
    AdaptKinds,
    Catalogue,
    Database,
    Encoder,
    Home,
    Json,
    Llm,
    Mapping,
    settings_of,
)
from ui.cli_runs import run_lines, run_to_dict

finetune_app = typer.Typer(
    help="Train models on feedback, judge them, and let them serve.", no_args_is_help=True
)

RunId = Annotated[str, typer.Argument(help="the run's name, as `finetune list` prints it")]
Transcripts = Annotated[
    Path | None, typer.Option(help="file of conversations; the event log without")
]
FormatOption = Annotated[
    str, typer.Option("--format", help="redial, inspired, ccpe, dialoguekit, messages or log")
]


@finetune_app.command("run")
def start(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="chat, encoder, understander or ranker")],
    transcripts: Transcripts = None,
    format: FormatOption = "messages",
    config: Annotated[Path | None, typer.Option(help="JSON file with settings of the run")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="a setting of the run, NAME=VALUE; repeatable")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="a user whose conversations are left out; repeatable")
    ] = None,
    without_conversation: Annotated[
        list[str] | None, typer.Option(help="a conversation that is left out; repeatable")
    ] = None,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    llm: Llm = None,
    encoder: Encoder = None,
    json: Json = None,
) -> None:
    """Train a model on feedback; a run that was cut off goes on. What serves is not touched."""
    settings = settings_of(context)
    from bot.build import make_home, open_catalog
    from finetune.run_config import read_config
    from finetune.runs import run
    from finetune.sources import examples_of, file_source, keyed, log_source
    from ui.console import say, stages, write_json

    chosen = read_config(kind, config, set_ or ())
    make_home(settings.home)
    apart = [*keyed(settings.home, without or ()), *(without_conversation or ())]
    source = log_source(apart) if transcripts is None else file_source(transcripts, format, apart)
    items = open_catalog(settings)
    say("Gathering the examples …")
    with stages() as report:
        made = run(
            kind,
            chosen,
            lambda until: examples_of(source, settings, items, until=until),
            settings=settings,
            source=source,
            progress=report,
        )
    for line in run_lines(made):
        say(line)
    say(f"Compare it with what serves: sommelier finetune compare {made.run_id}")
    if json:
        write_json(run_to_dict(made), json)


@finetune_app.command("list")
def show_all(context: typer.Context, home: Home = None, json: Json = None) -> None:
    """List the runs, the verdict on each, and which of them serve."""
    settings = settings_of(context)
    from finetune.runs import list_runs
    from retrieval.bundle import read_bundle
    from ui.console import write_json

    runs = list_runs(settings.home)
    bundle = read_bundle(settings.home)
    serving = {part.path.parent.name for part in bundle.parts.values()}
    if json:
        found = [{**run_to_dict(r), "serves": r.run_id in serving} for r in runs]
        write_json({"bundle": bundle.bundle_id, "runs": found}, json)
    if json == "-":
        return
    for run in runs:
        verdict = run.problem or (run.verdict or {}).get("verdict", "not compared")
        state = "serves" if run.run_id in serving else run.state
        print(f"{run.run_id:34} {run.kind:13} {state:11} {verdict}")
    print(f"The bundle {bundle.bundle_id} serves." if runs else "There are no runs yet.")


@finetune_app.command("show")
def show_one(context: typer.Context, run: RunId, home: Home = None, json: Json = None) -> None:
    """Show what a run learned from, its figures, and the verdict on it."""
    settings = settings_of(context)
    from finetune.runs import read_run
    from ui.console import write_json

    found = read_run(settings.home, run)
    if json != "-":
        print("\n".join(run_lines(found)))
    if json:
        write_json(run_to_dict(found), json)


@finetune_app.command("compare")
def judge(
    context: typer.Context,
    run: RunId,
    transcripts: Transcripts = None,
    format: FormatOption = "messages",
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    llm: Llm = None,
    encoder: Encoder = None,
    json: Json = None,
) -> None:
    """Judge a run against what serves, on conversations that it never saw, each used once."""
    settings = settings_of(context)
    from dataclasses import asdict

    from bot.build import open_catalog
    from finetune.compare import compare_run
    from finetune.off_policy_log import earnings
    from finetune.runs import read_run
    from finetune.sources import examples_of, file_source
    from ui.console import say, stages, write_json

    source = read_run(settings.home, run).data["source"]
    if transcripts is not None:
        source = file_source(transcripts, format, source["without"])
    items = open_catalog(settings)
    with stages() as report:
        verdict = compare_run(
            settings,
            run,
            lambda without: examples_of(source, settings, items, without=without),
            report,
        )
    for name, c in verdict.changes.items():
        interval = f"{c.change:+.4f} [{c.low:+.4f}, {c.high:+.4f}]"
        say(f"{name}: {c.before:.4f} → {c.after:.4f}  {interval}  {c.verdict}")
    was, now = verdict.milliseconds
    say(f"One answer: {was:.0f} ms → {now:.0f} ms, over {verdict.conversations} conversations.")
    for line in earnings(settings, run):
        say(line)
    say(f"Verdict: {verdict.verdict}. {verdict.told}")
    if json:
        write_json(asdict(verdict), json)


@finetune_app.command("promote")
def serve_run(
    context: typer.Context,
    run: RunId,
    force: Annotated[
        bool, typer.Option("--force", help="even if it was not found better; this is recorded")
    ] = False,
    home: Home = None,
    llm: Llm = None,
    encoder: Encoder = None,
) -> None:
    """Let a run's model serve, if it was found better; a running server takes it over."""
    settings = settings_of(context)
    from finetune.runs import promote
    from ui.console import say

    bundle = promote(settings, run, force=force)
    say(f"The bundle {bundle.bundle_id} serves. Back again: sommelier finetune rollback")


@finetune_app.command("rollback")
def go_back(context: typer.Context, home: Home = None) -> None:
    """Let what served before serve again."""
    settings = settings_of(context)
    from retrieval.bundle import roll_back
    from ui.console import say

    bundle = roll_back(settings.home, {"action": "rollback"})
    say(f"The bundle {bundle.bundle_id} serves again.")


@finetune_app.command("watch")
def watch(
    context: typer.Context,
    adapt_after: AdaptAfter = None,
    adapt_at: AdaptAt = None,
    adapt_kinds: AdaptKinds = None,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    llm: Llm = None,
    encoder: Encoder = None,
) -> None:
    """Train after new feedback or at a time of day, and let serve what is better."""
    settings = settings_of(context)
    from bot.build import make_home
    from finetune.schedule import Watch
    from ui.console import say

    make_home(settings.home)
    when = f" and at {settings.adapt_at}" if settings.adapt_at else ""
    say(f"Watching for {settings.adapt_after} new feedback events{when}; Ctrl-C ends it.")
    found = Watch(settings, say)
    try:
        found.run()
    finally:
        found.stop()
