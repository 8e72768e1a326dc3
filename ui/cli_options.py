"""The options that commands share, and what they make of them: settings and a bot."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.bot import Bot
    from bot.settings import Settings

Home = Annotated[Path | None, typer.Option(help="folder of the log, indexes, runs, bundle, secret")]
Catalogue = Annotated[
    Path | None, typer.Option("--catalog", help="catalogue file; the built-in films without")
]
Mapping = Annotated[Path | None, typer.Option(help="YAML that renames the catalogue's columns")]
Database = Annotated[
    str | None, typer.Option(help="URL of the event log; SQLite in the home folder without")
]
Llm = Annotated[
    str | None,
    typer.Option(help="transformers id, path, http(s) URL, or `plain`; the packaged model without"),
]
LlmModel = Annotated[str | None, typer.Option(help="model name to ask an endpoint for")]
Encoder = Annotated[
    str | None, typer.Option(help="sentence-transformers id or path; the packaged MiniLM without")
]
SlateSize = Annotated[int | None, typer.Option(help="items shown at once")]
Temperature = Annotated[float | None, typer.Option(help="chance in the last place of a slate")]
AdaptAfter = Annotated[int | None, typer.Option(help="feedback events after which to train")]
AdaptAt = Annotated[str | None, typer.Option(help="time of day, HH:MM, at which to train")]
AdaptKinds = Annotated[
    str | None, typer.Option(help="what to train: chat,encoder,understander,ranker")
]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error")]
CatalogFile = Annotated[Path, typer.Argument(help="CSV, JSON Lines, Parquet or YAML file")]
User = Annotated[str, typer.Option(help="the user's id, as the site or the token names it")]
Json = Annotated[
    str | None, typer.Option("--json", help="write JSON to this file, - for standard output")
]


def settings_of(context: typer.Context, *, aloud: bool = True, **fixed: Any) -> Settings:
    """Settings from the options of a command; UserError naming the one that is wrong.

    `aloud` False keeps the log off a terminal on which somebody talks, unless it is asked for.
    """
    from bot.settings import Settings, load_settings

    given = {k: v for k, v in context.params.items() if k in Settings.model_fields}
    settings = load_settings(**{**given, **fixed})
    asked_for = settings.log_level in ("debug", "info")
    level = settings.log_level.upper() if aloud or asked_for else logging.CRITICAL
    logging.basicConfig(level=level, stream=sys.stderr)
    return settings


def bot_of(settings: Settings) -> Bot:
    """Everything that answers, with a progress bar while an index is built."""
    from ui.console import progress, say

    say("Loading the models …")
    from bot.build import build_bot

    with progress("Embedding the catalogue") as report:
        return build_bot(settings, report)
