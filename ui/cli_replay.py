"""The commands `replay` and `compare`: logged conversations through a version, and two versions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retrieval.errors import UserError
from ui.cli_options import Catalogue, Encoder, Home, Json, Mapping, settings_of

if TYPE_CHECKING:
    from bot.evaluation import Evaluation
    from bot.predictions import Manifest, ReplayedTurn
    from bot.transcripts import Format, TranscriptsRead
    from retrieval.catalog import Catalog

_SHOWN_PROBLEMS = 5
_KEPT_PROBLEMS = 200  # in the JSON, by line and reason; all are counted

FormatOption = Annotated[
    str,
    typer.Option(
        "--format", help="redial, inspired, ccpe, dialoguekit, messages or log: how FILE is written"
    ),
]
Report = Annotated[Path | None, typer.Option(help="write one HTML file with tables and plots")]


def register(app: typer.Typer) -> None:
    """Add both commands to the application."""
    app.command("replay")(replay)
    app.command("compare")(compare)


def replay(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="conversations; for the format log a file or URL")],
    format: FormatOption = "messages",
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    encoder: Encoder = None,
    predictions: Annotated[
        Path | None,
        typer.Option(help="write what is predicted, a JSON line a turn; resumes if interrupted"),
    ] = None,
    json: Json = None,
    report: Report = None,
) -> None:
    """Replay conversations: at each recommendation, rank from what was said before."""
    chosen = _format(format)
    for target in (predictions, report):
        _writable(target)
    settings = settings_of(context)
    from bot.build import build_replayed
    from bot.evaluation import evaluate
    from bot.replay import manifest_of
    from bot.replay import replay as run
    from bot.tradeoff import tradeoff
    from ui.console import progress, say, write_json
    from ui.report import replay_page
    from ui.report_html import write_report

    say("Loading the models …")
    with progress("Embedding the catalogue") as step:
        system = build_replayed(settings, step)
    read = _read(file, chosen, system.catalog)
    try:
        with progress("Replaying") as step:
            turns = run(system, read.transcripts, predictions, step)
    except KeyboardInterrupt:
        if predictions is not None:
            say("Interrupted. The same command goes on from here.")
        raise
    evaluation = evaluate(turns, len(system.catalog))
    points = tradeoff(turns, system.catalog, system.vectors) if json or report else ()
    manifest = manifest_of(system, read.transcripts)
    _tell(evaluation)
    if json:
        write_json(_as_json(manifest, evaluation, read, points), json)
    if report:
        page = replay_page(manifest, evaluation, turns, points, read.counts())
        write_report(page, report)


def compare(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(help="predictions of the version that serves")],
    second: Annotated[Path, typer.Argument(help="predictions of the other version")],
    file: Annotated[
        str | None, typer.Option(help="the conversations, where a file was not made by replay")
    ] = None,
    format: FormatOption = "messages",
    catalog: Catalogue = None,
    mapping: Mapping = None,
    json: Json = None,
    report: Report = None,
) -> None:
    """Compare two files of predictions on the turns they share, conversation by conversation."""
    from dataclasses import asdict

    from bot.comparison import compare as judge
    from bot.evaluation import list_quality
    from ui.console import say, write_json
    from ui.report import comparison_page
    from ui.report_html import write_report

    _writable(report)
    told = _told(context, (first, second), file, format)
    (one, before), (two, after) = told
    if one.get("catalog_fingerprint") != two.get("catalog_fingerprint"):
        raise UserError(
            "The two files rank different catalogues.", "Replay both versions on one catalogue."
        )
    found = judge(before, after)
    for protocol, differences in found.differences.items():
        for name, d in differences.items():
            say(f"{protocol:4} {name:10} {d.before:.4f} → {d.after:.4f}  {d.change}  {d.verdict}")
    say(f"Verdict: {found.verdict}.")
    items = int(one["items"])
    lists = (list_quality(before, items), list_quality(after, items))
    if json:
        data = {k: v for k, v in asdict(found).items() if k != "changes"}
        sides = {"first": asdict(lists[0]), "second": asdict(lists[1])}
        write_json({"verdict": found.verdict, **data, "lists": sides}, json)
    if report:
        write_report(comparison_page((one, two), found, lists), report)


def _format(name: str) -> Format:
    from bot.transcripts import FORMATS

    for known in FORMATS:
        if name == known:
            return known
    raise UserError(f"There is no format {name!r}.", f"Choose one of {', '.join(FORMATS)}.")


def _writable(path: Path | None) -> None:
    """Refuse an output that cannot be written before the work is done, not after."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise UserError(f"{path} cannot be written.", "Name a file in a folder that exists.")


def _read(file: str, format: Format, catalog: Catalog) -> TranscriptsRead:
    """The transcripts; their problems are told. UserError where nothing is to be predicted."""
    from bot.transcripts import read_transcripts
    from ui.console import plain, say

    read = read_transcripts(file, format, catalog)
    for problem in read.problems[:_SHOWN_PROBLEMS]:
        say(plain(str(problem)))
    counts = ", ".join(f"{kind}: {count:,}" for kind, count in read.counts().items())
    turns = sum(len(t.recommendations()) for t in read.transcripts)
    say(f"{len(read.transcripts):,} conversations, {turns:,} recommendations to predict.")
    if counts:
        say(f"Left out or mended: {counts}.")
    if not turns:
        raise UserError(
            f"No recommender message in {file} names an item of the catalogue.",
            "Give the catalogue these conversations are about with --catalog.",
        )
    return read


def _tell(evaluation: Evaluation) -> None:
    from ui.console import say

    for protocol, found in evaluation.accuracy.items():
        measures = "  ".join(f"{name} {e.value:.4f}" for name, e in found.measures.items())
        say(f"{protocol:4} {found.targets:,} targets  {measures}")


def _as_json(
    manifest: Manifest, evaluation: Evaluation, read: TranscriptsRead, points: Sequence[Any]
) -> dict[str, Any]:
    from dataclasses import asdict

    problems = [asdict(problem) for problem in read.problems[:_KEPT_PROBLEMS]]
    return {
        "replay": dict(manifest),
        **asdict(evaluation),
        "tradeoff": [asdict(point) for point in points],
        "problems": {"counts": read.counts(), "first": problems},
    }


def _told(
    context: typer.Context, paths: tuple[Path, Path], file: str | None, format: str
) -> list[tuple[Manifest, tuple[ReplayedTurn, ...]]]:
    """Both replays with their evidence; from the transcripts where a file comes without."""
    from bot.predictions import read_evidence, read_predictions

    found = [read_evidence(path) for path in paths]
    if file is None and not all(found):
        missing = next(p for p, one in zip(paths, found, strict=True) if one is None)
        raise UserError(
            f"Beside {missing} there is no evidence of its replay.",
            "Name the conversations with --file, --format and --catalog.",
        )
    if file is None:
        return [one for one in found if one is not None]
    from bot.build import open_catalog
    from bot.replay import told

    items = open_catalog(settings_of(context))
    transcripts = _read(file, _format(format), items).transcripts
    manifests: list[Manifest] = [
        {
            "system": path.name,
            "catalog": items.name,
            "catalog_fingerprint": items.fingerprint,
            "items": len(items),
            "conversations": len(transcripts),
        }
        for path in paths
    ]
    return [
        (manifest, told(transcripts, read_predictions(path), items))
        for manifest, path in zip(manifests, paths, strict=True)
    ]
