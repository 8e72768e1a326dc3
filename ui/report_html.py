"""The frame that every report shares: one page with its style inside, facts and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from bot.predictions import Manifest
from retrieval.errors import UserError


def write_report(html: str, path: Path) -> None:
    """Write a report; UserError where the file cannot be written."""
    try:
        path.write_text(html, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}.", "Name another file with --report."
        ) from error


def page(title: str, body: Sequence[str]) -> str:
    style = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Sommelier</title><style>{style}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def facts(manifest: Manifest, counts: Mapping[str, int], other: Manifest | None = None) -> str:
    facts = {"catalogue": manifest.get("catalog", "?"), "items": manifest.get("items", "?")}
    facts |= {"conversations": manifest.get("conversations", "?")}
    facts |= {name: value for name, value in counts.items() if value or name == "turns"}
    names = {"version": manifest} if other is None else {"first": manifest, "second": other}
    facts |= {name: one.get("system", "?") for name, one in names.items()}
    entries = "".join(f"<li>{escape(n)} <b>{_number(v)}</b></li>" for n, v in facts.items())
    return f'<ul class="facts">{entries}</ul>'


def _number(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(value)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{top}</tr>{lines}</table></div>'
