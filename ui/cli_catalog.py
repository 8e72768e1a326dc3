"""The commands `sommelier catalog`: check a catalogue file, embed it, describe its items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli_options import CatalogFile, Encoder, Home, Json, Llm, Mapping, settings_of

catalog_app = typer.Typer(
    help="Check a catalogue file, embed it, describe its items.", no_args_is_help=True
)


@catalog_app.command("check")
def check_file(
    file: CatalogFile,
    mapping: Mapping = None,
    json: Json = None,
) -> None:
    """Say what a catalogue file holds, and which rows are bad, with line and reason."""
    from retrieval.catalog_check import check_catalog
    from ui.console import say, write_json

    report = check_catalog(file, mapping)
    for line in report.lines():
        say(line)
    if json:
        write_json(report.to_dict(), json)


@catalog_app.command("build")
def build_file(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="catalogue file; the built-in films without")
    ] = None,
    mapping: Mapping = None,
    home: Home = None,
    encoder: Encoder = None,
    json: Json = None,
) -> None:
    """Embed a catalogue and save its index, ready to be served."""
    settings = settings_of(context, catalog=file)
    from bot.build import index_folder, make_home
    from retrieval.catalog_check import report_on
    from retrieval.catalog_files import BUILTIN, read_catalog
    from retrieval.encoder import load_encoder
    from retrieval.index import build_index, save_index
    from ui.console import progress, say, write_json

    make_home(settings.home)
    read = read_catalog(settings.catalog or BUILTIN, settings.mapping)
    report = report_on(read)
    for bad in read.bad_rows:
        say(f"line {bad.line}: {bad.reason}")
    model = load_encoder(settings.encoder)
    with progress("Embedding the catalogue") as step:
        index = build_index(read.catalog, model, step)
    folder = index_folder(settings.home, read.catalog, model)
    save_index(index, folder)  # anew, whatever lies there: this is the mend for a broken one
    say(f"{report.name}: {report.items} items, index at {folder}")
    if json:
        write_json({**report.to_dict(), "index": str(folder), "index_id": index.index_id}, json)


@catalog_app.command("describe")
def describe_file(
    context: typer.Context,
    catalog: Annotated[Path, typer.Option(help="CSV, JSON Lines, Parquet or YAML file")],
    out: Annotated[Path, typer.Option(help="JSON Lines file to write, with every row")],
    mapping: Mapping = None,
    home: Home = None,
    llm: Llm = None,
    json: Json = None,
) -> None:
    """Fill in missing descriptions from facts; those that are there stay."""
    settings = settings_of(context, catalog=catalog)
    from collections import Counter

    from bot.bundled import open_language_model
    from bot.descriptions import descriptions
    from bot.settings import go_offline
    from bot.summaries import wait_for
    from retrieval.bundle import read_bundle
    from retrieval.catalog_files import read_catalog
    from retrieval.catalog_filling import write_filled
    from ui.console import progress, say, write_json

    go_offline()
    read = read_catalog(catalog, settings.mapping)
    model = open_language_model(settings, read_bundle(settings.home))
    wait_for(model)
    with progress("Describing items") as step:
        found = list(descriptions(read.catalog, model, step))
    write_filled(catalog, settings.mapping, read, {i: text for i, text, _ in found if text}, out)
    counts = Counter(how for _, _, how in found)
    kept = len(read.catalog) - len(found)
    say(
        f"{out}: {counts['model']} descriptions by the model, {counts['template']} by a template, "
        f"{kept} were there, {counts['nothing known']} items with no facts."
    )
    if json:
        write_json({**{n: counts[n] for n in ("model", "template")}, "kept": kept}, json)
