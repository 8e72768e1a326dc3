"""What commands say: messages and progress to standard error, JSON to a file or standard output."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from retrieval.errors import UserError


def say(text: str) -> None:
    """One message to standard error."""
    print(text, file=sys.stderr, flush=True)


def plain(text: str) -> str:
    """Text that a terminal may show: without control characters, which could command it."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def write_json(data: Any, target: str) -> None:
    """Write `data` to the file `target`, "-" for standard output; UserError if it cannot be."""
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{target} cannot be written: {error.strerror}.", "Name another file with --json."
        ) from error


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error with the time left; it appears with the first step reported.

    Where standard error is no terminal, a line for every tenth of the work.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _in_lines(title)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeLeft())
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(title, total=None)

    def report(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def stages() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error for each stage that is named, with the time left.

    A fraction at the end of a name, such as a loss, makes no other stage. Where standard error is
    no terminal, a line for every tenth of each stage.
    """
    with ExitStack() as stack:
        now: tuple[str, Callable[[int, int], None]] | None = None

        def report(done: int, total: int, what: str) -> None:
            nonlocal now
            name = re.sub(r"\s+[-+]?\d+\.\d+(e[-+]?\d+)?$", "", what)
            if now is None or now[0] != name:
                stack.close()
                now = name, stack.enter_context(progress(name))
            now[1](done, total)

        yield report


def _in_lines(title: str) -> Callable[[int, int], None]:
    said = -1

    def report(done: int, total: int) -> None:
        nonlocal said
        tenth = 10 * done // max(1, total)
        if tenth > said:
            said = tenth
            say(f"{title}: {done} of {total}")

    return report
