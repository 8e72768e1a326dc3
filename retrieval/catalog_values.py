"""Single values of a catalogue file: text, lists and numbers out of whatever a cell holds."""

from __future__ import annotations

import ast
import json
import math
import re
from decimal import Decimal

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MISSING = ("", "n/a", "na", "nan", "null", "none", "-", "?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_HOURS = re.compile(
    r"(?:(\d+)\s*h(?:ours?|rs?)?)?\s*(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minutes)?)?"
)


def text_of(value: object) -> str:
    """A cell as one line of text, "" if it is empty."""
    if isinstance(value, str):
        return " ".join(_CONTROL.sub("", value).split())
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bytes):
        return text_of(value.decode("utf-8", errors="replace"))
    if isinstance(value, dict):
        return text_of(value.get("name"))
    if isinstance(value, list):
        return ", ".join(filter(None, map(text_of, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def list_of(value: object, separator: str | None = None) -> tuple[str, ...]:
    """A cell as distinct texts: a list, a JSON array, or text split at "|" or `separator`."""
    parts = value if isinstance(value, list | tuple | set) else _split(text_of(value), separator)
    return tuple(dict.fromkeys(text for part in parts if (text := text_of(part))))


def number_of(value: object) -> float | None:
    """A cell as a finite number; None if it is empty or something else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return _finite(float(value))
    text = text_of(value)
    return _finite(float(text)) if _NUMBER.fullmatch(text) else None


def price_of(value: object) -> float | None:
    """A price, with or without a currency sign and commas between thousands."""
    plain = re.sub(r"^[^\d.+-]{1,4}\s*|\s*[^\d.]{1,4}$", "", text_of(value))
    return number_of(re.sub(r",(?=\d{3}(\D|$))", "", plain))


def minutes_of(value: object) -> float | None:
    """A runtime in minutes: a number, "95 min" or "1h 35m"."""
    number = number_of(value)
    if number is not None:
        return number if number > 0 else None
    match = _HOURS.fullmatch(text_of(value).lower())
    if not match or not (match[1] or match[2]):
        return None
    return 60.0 * int(match[1] or 0) + float(match[2] or 0)


def year_of(value: object) -> int | None:
    """A year: a number, or the year that a date begins with; years before Christ are negative."""
    number = number_of(value)
    if number is None:
        match = re.match(r"\(?(\d{4})(\D|$)", text_of(value))
        number = float(match[1]) if match else None
    if number is None or not number.is_integer() or not -5000 <= number <= 2200:
        return None
    return int(number)


def address_of(value: object) -> str | None:
    """An address on the web or on the site itself; None for any other scheme."""
    text = text_of(value)
    return text if re.match(r"https?://|/(?!/)", text, re.IGNORECASE) else None


def is_missing(value: object) -> bool:
    """Whether a cell is empty or says so."""
    if isinstance(value, list | dict):
        return not value
    return text_of(value).lower() in _MISSING


def _split(text: str, separator: str | None) -> list[object]:
    if separator:
        return list(text.split(separator))
    if text.startswith("[") and text.endswith("]"):
        for parse in (json.loads, ast.literal_eval):
            try:
                return list(parse(text))
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    return list(text.split("|"))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
