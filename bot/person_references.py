"""Resolves "him", "she's great" and "more by them" to the person spoken of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.mentions import Mention
from bot.plain_text import PlainText

_WORKS = r"(?:songs?|music|tracks?|albums?|stuff|hits|voice|movies?|films?|work|acting|comedies)"
_HIM = re.compile(
    r"\b(?:(?:love|loved|like|liked|likes|hate|hated|adore|enjoy|enjoyed|prefer|stand|dislike|"
    r"fan of|more of|more off|more from|more by|into|anything with|anything by|something with|"
    r"something by|movies with|films with|songs? (?:by|from)|other than|except|tired of|sick of)"
    r"\s+)(him\b(?! and )|(?:her|hers|his)\b(?!\s+[a-z]))"
    r"|\b(?:love|loved|like|liked|enjoyed|hated)\s+"
    r"(her)(?= (?:in|as|too|so|a lot|since|and|but)\b)"
    r"|\b(?:(?:love|like|more|some|any|enjoy|hear|add|play|of|hate)\s+)(?:of )?"
    rf"(his|her)(?= (?:\w+ )?{_WORKS}\b)"
    r"|\b(?:by|from|of|off)\s+(them|theirs|him|hers|his)"
    r"(?=\s*(?:$|[.,!?]|please\b|too\b|then\b|and\b|do\b))"
)
_HE = re.compile(
    r"\b(he|she)(?=(?:'s| is| was)(?: (?:a|an|so|such|really|very|pretty|always|also|the|my|"
    r"one of|too|quite|just|absolutely|not|kinda|kind of|in|definitely)\b)*"
    r" (?:good|great|best|awesome|amazing|fun|funny|hilarious|talented|brilliant|fantastic|"
    r"terrible|awful|annoying|overrated|wonderful|excellent|incredible|perfect|favou?rite|bad|"
    r"worst|boring|cute|hot|beautiful|gorgeous|legend|genius|underrated|cool|nice|lovely|ok|"
    r"okay)\b)"
)
_SOMEONE_ELSE = re.compile(
    r"\b(?:my|his|her|our|a) (?:\w+ )?(?:husband|wife|son|daughter|dad|mom|mum|mother|father|"
    r"brother|sister|boyfriend|girlfriend|partner|friend|kid|child|baby|nephew|niece|"
    r"grandma|grandpa|grandson|boss|uncle|aunt|cousin|roommate|dog|cat|character)s?\b"
)


def person_references(
    plain: PlainText, named: Sequence[Mention], field: str, before: str | None
) -> list[Mention]:
    """Mentions by a pronoun of the person named last: in this message, else just before it.

    `field` is the facet of people, `before` who was last spoken of alone. Nobody is meant where
    someone else is spoken of ("my husband ... he").
    """
    if _SOMEONE_ELSE.search(plain.lower):
        return []
    found: list[Mention] = []
    for pattern in (_HIM, _HE):
        for match in pattern.finditer(plain.lower):
            start, end = match.span(match.lastindex or 0)
            taken = any(m.start < end and start < m.end for m in (*named, *found))
            said = [m.value for m in named if m.field == field and m.end <= start]
            name = said[-1] if said else before
            if name and not taken:
                found.append(
                    Mention(start, end, "facet", name, field=field, sure=0.9, pronoun=True)
                )
    return found
