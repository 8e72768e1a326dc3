"""English words and phrases for what a brief speaks of: targets, items, reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.moves import Brief, Reason
from bot.phrasing import clean, decade, marks, other_values, whole
from retrieval.catalog import Item
from retrieval.signals import Signal

_VERBS: Mapping[str, tuple[str, str]] = {
    "film": ("watch", "seen"),
    "movie": ("watch", "seen"),
    "series": ("watch", "seen"),
    "book": ("read", "read"),
    "novel": ("read", "read"),
    "track": ("listen to", "heard"),
    "song": ("listen to", "heard"),
    "album": ("listen to", "heard"),
    "game": ("play", "played"),
}


# Genres that are nouns of their own; others are put before the catalogue's noun.
GENRE_NOUNS = frozenset(
    "adventure biography comedy documentary drama musical mystery romance satire thriller "
    "western".split()
)


GENRE_ADJECTIVES: Mapping[str, str] = {
    "animation": "animated",
    "biography": "biographical",
    "history": "historical",
    "romance": "romantic",
    "sport": "sports",
}


_NEVER_BEFORE = frozenset("adventure comedy documentary drama musical thriller western".split())


_FIELDS: Mapping[str, str] = {
    "year": "year",
    "runtime": "running time",
    "genre": "genre",
    "genres": "genre",
    "person": "people",
    "keywords": "themes",
}


def plural(noun: str) -> str:
    """The plural of a catalogue's noun."""
    if noun in {"series", "species"}:
        return noun
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def verb(noun: str) -> str:
    """What one does with the catalogue's items: watch, read, …"""
    return _VERBS.get(noun, ("try", "tried"))[0]


def listing(words: Sequence[str], last: str = "and") -> str:
    """Words as a list: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def article(words: str) -> str:
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def field_name(field: str) -> str:
    """A column as people say it."""
    return _FIELDS.get(field, clean(field.replace("_", " ")))


def range_phrase(signal: Signal) -> str:
    """A range in words: "from the 1990s", "of at most 100 minutes"."""
    low = None if signal.min is None else whole(signal.min)
    high = None if signal.max is None else whole(signal.max)
    if signal.field == "year":
        if (first := decade(signal)) is not None:
            return f"from the {first}s"
        if low and high:
            return f"from {low}" if low == high else f"from {low} to {high}"
        return f"from {low} on" if low else f"up to {high}"
    unit = " minutes" if signal.field == "runtime" else ""
    bounds = f"of {low} to {high}" if low and high else f"of at {'least' if low else 'most'} "
    end = f"{bounds}{'' if low and high else low or high}{unit}"
    return end if unit else f"with a {field_name(signal.field or '')} {end}"


def target(signal: Signal, brief: Brief) -> str:
    """What a signal is about, as a noun: "horror", "French films", "[4]"."""
    value = clean(signal.value or "")
    if signal.kind == "item":
        mark = marks(brief).get(signal.item_id or "")
        return mark or f"“{clean(signal.title or '')}”"
    if signal.kind == "range":
        return f"{plural(brief.noun)} {range_phrase(signal)}"
    if signal.kind == "text":
        return f"“{value}”"
    if signal.field == "language":
        return f"{plural(brief.noun)} in {capital(value)}"
    if signal.field == "country":
        return f"{plural(brief.noun)} from {capital(value)}"
    return value


def refusal(signal: Signal, brief: Brief) -> str:
    value = clean(signal.value or "")
    if signal.kind == "range":
        return f"nothing {range_phrase(signal)}"
    if signal.kind == "text":
        return f"nothing “{value}”"
    link = {"person": "with", "language": "in", "country": "from"}.get(signal.field or "")
    return f"nothing {link} {capital(value)}" if link else f"no {value}"


def constraint(name: str) -> str:
    known = name in _FIELDS or name in {"language", "country", "price"}
    return f"the {field_name(name)}" if known else clean(name)


def genre_phrase(item: Item, noun: str) -> str:
    """The first genres as one phrase: "a crime drama", "an animated film"; "" without genres."""
    genres = [clean(g).lower() for g in item.genres]
    head = next((g for g in genres if g in GENRE_NOUNS), "")
    before = [g for g in genres if g != head and g not in _NEVER_BEFORE][:1]
    words = [GENRE_ADJECTIVES.get(g, g) for g in before]
    return article(" ".join([*words, head or noun])) if genres else ""


def kind_of(item: Item, noun: str) -> str:
    """What an item is: "a horror film by Jordan Peele"; "" where nothing is known."""
    makers = item.directors or item.people
    by = f" by {listing([clean(p) for p in makers[:2]])}" if makers else ""
    values = ", ".join(clean(v) for v in other_values(item)[:2])
    kind = genre_phrase(item, noun) or values
    return kind + by if kind else f"{article(noun)}{by}" if by else ""


def reason(why: Reason, brief: Brief) -> str:
    """One reason as a clause about "it"."""
    value = clean(why.value)
    other = marks(brief).get(why.item_id, "")
    if why.kind == "facet":
        form = {
            "person": "it has {x}, whom you named",
            "language": "it is in {x}, as you wished",
            "country": "it comes from {x}, as you wished",
        }.get(why.field, "it meets your wish for {x}")
        return form.format(x=value if why.field not in {"language", "country"} else capital(value))
    clauses = {
        "range": f"its {field_name(why.field)} fits",
        "keyword": f"it has the “{value}” that you like",
        "similar": f"it is close to {other}, which you like",
        "co_preference": f"people who like {other} tend to like it too",
        "need": "it comes close to what you described",
        "popular": "many people like it",
    }
    return clauses[why.kind]


def clauses(reasons: Sequence[str]) -> str:
    return ", and ".join(reasons)
