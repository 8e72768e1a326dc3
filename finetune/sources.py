"""Where a run's examples come from, as plain data that is kept beside its weights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.transcripts import FORMATS, Format
from bot.understanders import understander_alone
from bot.user_keys import load_secret, user_key
from finetune.example_values import Examples
from finetune.examples import from_transcripts, gather
from retrieval.catalog import Catalog
from retrieval.errors import UserError

Source = Mapping[str, Any]


def log_source(without: Collection[str] = ()) -> dict[str, Any]:
    """The event log of the settings; `without` are keyed users or ids of conversations."""
    return {"from": "log", "without": sorted(without)}


def file_source(path: Path, format: str, without: Collection[str] = ()) -> dict[str, Any]:
    """A file of conversations; UserError for an unknown format or a file that is not there."""
    if format not in FORMATS:
        raise UserError(f"There is no format {format!r}.", f"Choose one of {', '.join(FORMATS)}.")
    if not path.exists():
        raise UserError(f"{path} does not exist.", "Name a file of conversations.")
    return {
        "from": "transcripts",
        "file": str(path.resolve()),
        "format": format,
        "without": sorted(without),
    }


def examples_of(
    source: Source,
    settings: Settings,
    catalog: Catalog,
    *,
    without: Collection[str] = (),
    until: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Examples:
    """The examples of a source, those of `without` left out besides the source's own.

    `until` is the last position of the event log that is read. `progress(done)` counts
    conversations of a file. Raises UserError where there is nothing to learn from.
    """
    apart = {*source["without"], *without}
    if source["from"] == "log":
        return gather(settings, catalog, without=apart, until=until)
    format: Format = source["format"]
    # ReDial's forms and a log's feedback say what was liked; the words are only held against them.
    quick = {"understander": "trained"} if format in ("redial", "log") else {}
    reading = settings.model_copy(update=quick)
    return from_transcripts(
        Path(source["file"]),
        format,
        catalog,
        secret=load_secret(settings.home),
        understander=understander_alone(reading, catalog),
        without=apart,
        progress=progress,
    )


def keyed(home: Path, users: Collection[str]) -> list[str]:
    """Users as the log names them: by keyed hash."""
    secret = load_secret(home)
    return [user_key(secret, user) for user in users]
