"""The command `sommelier`: serve, chat, understand and doctor; the others are in cli_*.py."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from retrieval.errors import UserError
from ui.cli_catalog import catalog_app
from ui.cli_finetune import finetune_app
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
    LlmModel,
    LogLevel,
    Mapping,
    SlateSize,
    Temperature,
    User,
    bot_of,
    settings_of,
)
from ui.cli_profile import profile_app
from ui.cli_replay import register as register_replay
from ui.cli_runs import adapting

# Heavy modules are imported where they are used, so that --help comes at once.
app = typer.Typer(
    name="sommelier",
    help="A conversational recommender over your own catalogue.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(catalog_app, name="catalog")
app.add_typer(profile_app, name="profile")
app.add_typer(finetune_app, name="finetune")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="address to serve on")] = None,
    port: Annotated[int | None, typer.Option(help="port to serve on")] = None,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    llm: Llm = None,
    llm_model: LlmModel = None,
    encoder: Encoder = None,
    slate_size: SlateSize = None,
    temperature: Temperature = None,
    log_level: LogLevel = None,
    adapt: Annotated[
        bool | None, typer.Option("--adapt", help="learn from feedback while serving")
    ] = None,
    adapt_after: AdaptAfter = None,
    adapt_at: AdaptAt = None,
    adapt_kinds: AdaptKinds = None,
) -> None:
    """Serve the page, the API and its documentation."""
    from ui.server import claim, run

    settings = settings_of(context)
    listening = claim(settings.host, settings.port)  # before the models: a port in use is cheap
    bot = bot_of(settings)
    with adapting(settings):
        run(bot, listening)


@app.command()
def chat(
    context: typer.Context,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    llm: Llm = None,
    llm_model: LlmModel = None,
    encoder: Encoder = None,
    slate_size: SlateSize = None,
    temperature: Temperature = None,
    log_level: LogLevel = None,
    user: User = "terminal",
) -> None:
    """Talk in the terminal, on what the page and the API answer with."""
    from ui.server import start_language_model
    from ui.terminal import chat as talk

    bot = bot_of(settings_of(context, aloud=False))
    start_language_model(bot)
    talk(bot, user)


@app.command()
def understand(
    context: typer.Context,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    encoder: Encoder = None,
) -> None:
    """Read JSON lines of conversations on standard input, write intents and signals."""
    settings = settings_of(context)
    from bot.build import open_catalog
    from bot.understand_file import understand_file
    from bot.understanders import understander_alone

    items = open_catalog(settings)
    understander = understander_alone(settings, items)
    lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    for line in understand_file(lines, items, understander):
        print(line, flush=True)


@app.command()
def doctor(
    context: typer.Context,
    home: Home = None,
    catalog: Catalogue = None,
    mapping: Mapping = None,
    database: Database = None,
    llm: Llm = None,
    encoder: Encoder = None,
    json: Json = None,
) -> None:
    """Say what is installed and in use, and the mend for whatever is wrong."""
    from dataclasses import asdict

    from ui.console import write_json
    from ui.doctor import examine

    findings = []
    marks = {"ok": "✓", "note": "·", "wrong": "✗"}
    for finding in examine(settings_of(context)):
        findings.append(finding)
        if json != "-":
            print(f"{marks[finding.state]} {finding.name}: {finding.text}", flush=True)
            if finding.mend:
                print(f"    {finding.mend}", flush=True)
    if json:
        write_json([asdict(finding) for finding in findings], json)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


register_replay(app)


def main() -> None:
    """Run the command; what goes wrong is one line with its mend, and exit code 2."""
    try:
        code = app(standalone_mode=False)
    except UserError as error:
        code = _complain(error.message, error.mend)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader of our output went away
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - or the exit would write to it again
        code = 141
    except Exception as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            raise
        code = _unforeseen(error)
    sys.exit(code if isinstance(code, int) else 0)


def _unforeseen(error: Exception) -> int:
    wording = getattr(error, "format_message", None)  # Typer's error for a wrong command line
    if wording is not None:
        return _complain(str(wording()), "See --help.")
    if isinstance(error, ModuleNotFoundError):
        return _complain(f"The library {error.name} is missing.", "Run: sommelier doctor")
    what = (str(error).splitlines() or [""])[0]
    return _complain(f"{type(error).__name__}: {what}", "--log-level debug shows where.")


def _complain(message: str, mend: str) -> int:
    print(f"sommelier: {message} {mend}".rstrip().replace("\n", " "), file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
