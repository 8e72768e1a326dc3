"""Reads the project's lists of words: sections in brackets, one pattern a line, "#" for remarks."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=16)
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """The patterns of each section of bot/NAME.txt, in the file's order.

    A section is one line "[title]"; blank lines and lines that begin with "#" are skipped.
    """
    found: dict[str, list[str]] = {}
    current: list[str] = []
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        title = re.fullmatch(r"\[(.+)\]", line)
        if title:
            current = found.setdefault(title.group(1), [])
        elif line.strip() and not line.startswith("#"):
            current.append(line)
    return {title: tuple(lines) for title, lines in found.items()}


def any_of(name: str, section: str) -> str:
    """The alternatives of one section as one group, longer patterns tried first."""
    longest_first = sorted(sections(name)[section], key=len, reverse=True)
    return "(?:" + "|".join(longest_first) + ")"
