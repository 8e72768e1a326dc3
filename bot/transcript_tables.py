"""Reads the conversations that are tables, a row an utterance: INSPIRED and CCPE."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.transcript_text import Problem, Row, csv_rows
from bot.transcript_values import Desk, Found, Transcript, TranscriptMessage


def inspired(text: str, desk: Desk) -> Found:
    """INSPIRED: tab-separated, a row an utterance; `movies` holds titles parted by semicolons.

    The columns that sum up a whole dialogue (movie_dict, case, movie_id) tell the future and are
    never read.
    """

    def message(row: Row, index: int) -> TranscriptMessage | None:
        role = desk.role(row.cells["speaker"], row.line, index)
        if role is None:
            return None
        said = row.cells["text"].replace("QUOTATION_MARK", '"')
        titles = [t.strip() for t in row.cells["movies"].split(";") if t.strip()]
        return TranscriptMessage(role, said, desk.titled(row.line, titles), None, index)

    columns = ("dialog_id", "speaker", "text", "movies")
    yield from _by_dialogue(csv_rows(text, "\t", columns), message, desk)


def ccpe(text: str, desk: Desk) -> Found:
    """CCPE: comma-separated, a row an utterance of the USER or the ASSISTANT; titles are linked."""

    def message(row: Row, index: int) -> TranscriptMessage | None:
        role = desk.role(row.cells["speaker"], row.line, index)
        said = row.cells["text"]
        return role and TranscriptMessage(role, said, desk.linked(said), None, index)

    columns = ("dialog_id", "speaker", "text")
    yield from _by_dialogue(csv_rows(text, ",", columns), message, desk)


def _by_dialogue(
    rows: Iterator[Row | Problem],
    message: Callable[[Row, int], TranscriptMessage | None],
    desk: Desk,
) -> Found:
    """Gather the rows of each dialogue_id in the order of the file; a row's place is its index."""
    first: dict[str, int] = {}
    gathered: dict[str, list[TranscriptMessage]] = {}
    places: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Problem):
            desk.problems.append(row)
            continue
        name = row.cells["dialog_id"].strip()
        if not name:
            desk.report(row.line, "broken line", "no dialog_id")
            continue
        first.setdefault(name, row.line)
        index = places.get(name, 0)
        places[name] = index + 1
        made = message(row, index)
        gathered.setdefault(name, [])
        if made is not None:
            gathered[name].append(made)
    for name, messages in gathered.items():
        yield first[name], Transcript(name, tuple(messages))
