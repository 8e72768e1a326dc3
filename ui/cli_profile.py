"""The commands `sommelier profile`: show, export and forget what is stored about a user."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from shlex import quote
from typing import Annotated, Any

import typer

from ui.cli_options import (
    Catalogue,
    Database,
    Encoder,
    Home,
    Json,
    Mapping,
    User,
    bot_of,
    settings_of,
)

profile_app = typer.Typer(help="What is believed of a user.", no_args_is_help=True)


@profile_app.command("show")
def show_profile(
    context: typer.Context,
    user: User,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    encoder: Encoder = None,
    json: Json = None,
) -> None:
    """Show what is believed of a user, in words, then each belief with its evidence."""
    from dataclasses import asdict

    bot = bot_of(settings_of(context, llm="plain") if json else settings_of(context))
    from ui.console import plain, write_json
    from ui.handlers import in_words, profile

    found = profile(bot, user)
    if json:
        write_json(asdict(found), json)
        return
    if words := in_words(bot, user):
        print(plain(words) + "\n")
    groups = (("likes", found.likes), ("dislikes", found.dislikes), ("always", found.constraints))
    for name, entries in groups:
        for entry in entries:
            print(plain(f"{name}: {entry.text}  ({entry.polarity:+.2f})  “{entry.evidence}”"))
    if not any(entries for _, entries in groups):
        print("Nothing is believed of this user.")


@profile_app.command("export")
def export_profile(
    context: typer.Context,
    user: User,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    encoder: Encoder = None,
    json: Annotated[str, typer.Option("--json", help="file, - for standard output")] = "-",
) -> None:
    """Write everything that is stored about a user."""
    bot = bot_of(settings_of(context, llm="plain"))
    from ui.console import write_json
    from ui.handlers import export

    write_json(export(bot, user), json)


@profile_app.command("forget")
def forget_profile(
    context: typer.Context,
    user: User,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    encoder: Encoder = None,
) -> None:
    """Delete everything that is stored about a user, and name the runs trained on it."""
    bot = bot_of(settings_of(context, llm="plain"))
    from bot.user_keys import user_key
    from finetune.run_folder import read_run, runs_of_user
    from ui.console import say
    from ui.handlers import forget

    say(f"{forget(bot, user)} events deleted.")
    for run_id in runs_of_user(bot.home, user_key(bot.secret, user)):
        run = read_run(bot.home, run_id)
        say(f"The run {run_id} was trained on them or judged by them. Train anew without:")
        say(f"  sommelier finetune run {run.kind}{_apart(run.data['source'], user)}")


def _apart(source: AnyMapping[str, Any], user: str) -> str:
    """The options that leave a user out: of the log they are gone, a file still holds them."""
    if source.get("from") != "transcripts":
        return ""
    file, format = quote(source["file"]), source["format"]
    return f" --transcripts {file} --format {format} --without {quote(user)}"
