"""A title set into the width of a poster: its size and its lines, East Asian text included."""

from __future__ import annotations

import unicodedata

_SIZES = (31, 27, 23, 20, 17, 15)  # tried from large to small
_GLYPH = 0.55  # mean advance of a Latin letter of the title's face, in em


def typeset(title: str, width: float) -> tuple[int, tuple[str, ...]]:
    """A size for `title` and its lines, at most four, so that it fits into `width`.

    Width and size are in the same unit; the lines together are at most 80 units high.
    """
    for size in _SIZES:
        room = width / (size * _GLYPH)
        lines = _wrap(title, room)
        if len(lines) * size <= 76 and all(_advance(line) <= room for line in lines):
            return size, lines
    return _SIZES[-1], tuple(_clip(line, room) for line in _shorten(lines))


def _shorten(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines if len(lines) <= 4 else (*lines[:3], lines[3] + "…")


def _clip(line: str, room: float) -> str:
    if _advance(line) <= room:
        return line
    while line and _advance(line) > room - 1:
        line = line[:-1]
    return line.rstrip() + "…"


def _advance(text: str) -> float:
    """The width of `text` in mean Latin letters, rather too wide than too narrow."""
    return sum(_letter(c) for c in text)


def _letter(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.9
    if char in "MWmw@%—…":
        return 1.55
    if char in "fijlrt .,:;!'’-()":
        return 0.7
    return 1.25 if char.isupper() else 1.0


def _wrap(title: str, room: float) -> tuple[str, ...]:
    """Break at spaces, and between East Asian characters; words too long stay whole."""
    lines: list[str] = [""]
    for word in _pieces(title):
        glue = " " if lines[-1] and not _wide(word) else ""
        if lines[-1] and _advance(lines[-1] + glue + word) > room:
            lines.append(word)
        else:
            lines[-1] += glue + word
    return tuple(lines)


def _wide(text: str) -> bool:
    return unicodedata.east_asian_width(text[0]) in "WF"


def _pieces(title: str) -> list[str]:
    pieces: list[str] = []
    for word in title.split():
        run = ""
        for char in word:
            if _wide(char):
                pieces.extend(filter(None, (run, char)))
                run = ""
            else:
                run += char
        if run:
            pieces.append(run)
    return pieces or ["?"]
