"""Finds personal data and abuse in what people wrote, so that no model learns them."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
# Nine digits or more with the usual signs between; a year range or a price has fewer.
_DIGITS = re.compile(r"(?<![\w.])\+?\d(?:[\s().-]{0,2}\d){8,18}(?!\w)")
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?\s+(?:[a-z]+\.?\s+){1,3}"
    r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|boulevard|blvd|way|court|square|terrace)\b"
    r"(?=\s*(?:$|,|\d|apt\b|apartment\b|unit\b|flat\b|in\b))",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"\b(?:my|our) (?:home )?(?:address|phone(?: number)?|mobile(?: number)?|e-?mail(?: address)?|"
    r"credit card(?: number)?|passport(?: number)?|social security number|password|pin) "
    r"(?:is|:)\s*\S",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}\b")

# Aimed at somebody; a film may be "damn good" and a plot may hold any of these words.
_ABUSE = re.compile(
    r"\b(?:fuck (?:you|u|off)|f\*+k you|screw you|kill yourself|kys|go to hell|shut up|"
    r"you(?:'re| are|r)? (?:an? |such an? |so |a fucking |fucking )*"
    r"(?:idiot|moron|stupid|retard(?:ed)?|dumb(?:ass)?|asshole|bitch|bastard|useless|piece of shit|"
    r"trash|garbage|worthless)|stupid (?:bot|machine|ai|robot)|dumb (?:bot|machine|ai|robot)|"
    r"i(?:'ll| will| am going to|'m going to) (?:kill|hurt|find) you)\b",
    re.IGNORECASE,
)


def holds_personal_data(text: str) -> bool:
    """Whether a text holds an e-mail address, phone, card or bank number, or an address.

    It errs towards yes: one conversation less costs nothing.
    """
    if any(p.search(text) for p in (_MAIL, _STREET, _HOME, _IBAN)):
        return True
    return any(_is_number(match.group()) for match in _DIGITS.finditer(text))


def is_abusive(text: str) -> bool:
    """Whether a text attacks somebody; rough words about an item are no abuse."""
    return bool(_ABUSE.search(text))


def _is_number(found: str) -> bool:
    """Whether a run of digits may be a phone or card number rather than a list of years."""
    years = re.fullmatch(r"(?:(?:19|20)\d\d[\s,.-]*)+", found)
    return years is None
