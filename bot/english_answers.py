"""Plain answers in English: why and why not, facts, the profile and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.english_words import capital, clauses, field_name, kind_of, listing, reason, target
from bot.moves import Brief
from bot.phrasing import MAX_LISTED, clean, marks, nameable, pick, sayable, subjects, whole
from retrieval.catalog import Item
from retrieval.signals import Signal


def why(brief: Brief) -> str:
    """Why the subject is in the slate."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"this {brief.noun}"
    reasons = [reason(r, brief) for r in sayable(brief, brief.subject_reasons)[:3]]
    if not reasons:
        return (
            f"{capital(mark)} came closest to what you described; "
            "the more you tell me, the better my reasons."
        )
    form = pick(brief, "why", ("I chose {m} because {r}.", "{M} is here because {r}."))
    return form.format(m=mark, M=capital(mark), r=clauses(reasons))


def why_not(brief: Brief) -> str:
    """Why the subject was not shown."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"that {brief.noun}"
    words = listing([clean(o.rstrip("."), 160) for o in brief.objections[:3]])
    if not words:
        return f"Nothing speaks against {mark}; others simply came a little closer."
    return f"I left out {mark}: {words}. If that is wrong, tell me and I will reconsider."


def fact(brief: Brief) -> str:
    """The answer to a question about one or two items, from the catalogue alone."""
    found = subjects(brief)[:2]
    if not found:
        return f"Tell me which {brief.noun} you mean and I will look it up."
    return " ".join(_fact(item, marks(brief)[item.item_id], brief) for item in found)


def _fact(item: Item, mark: str, brief: Brief) -> str:
    asked = brief.move.asked or "description"
    teller = _FACTS.get(asked, _other_fact)
    said = teller(item, mark, brief)
    return said or f"I am sorry, the {field_name(asked)} of {mark} is not in my catalogue."


def _year_fact(item: Item, mark: str, brief: Brief) -> str:
    return f"{mark} is from {item.year}." if item.year is not None else ""


def _runtime_fact(item: Item, mark: str, brief: Brief) -> str:
    if item.runtime is None:
        return ""
    minutes = round(item.runtime)
    hours = f", that is {minutes // 60} h {minutes % 60:02d}" if minutes > 60 else ""
    return f"{mark} runs {minutes} minutes{hours}."


def _cast_fact(item: Item, mark: str, brief: Brief) -> str:
    names = item.cast or item.people
    return f"In {mark} you meet {_names(names)}." if names else ""


def _directors_fact(item: Item, mark: str, brief: Brief) -> str:
    names = item.directors or item.people
    return f"{mark} is by {_names(names)}." if names else ""


def _people_fact(item: Item, mark: str, brief: Brief) -> str:
    both = (_directors_fact(item, mark, brief), _cast_fact(item, mark, brief) if item.cast else "")
    return " ".join(s for s in both if s)


def _names(names: Sequence[str]) -> str:
    return listing([clean(n) for n in names[:5]])


def _genres_fact(item: Item, mark: str, brief: Brief) -> str:
    return f"{mark} is {_names(item.genres)}." if item.genres else ""


def _language_fact(item: Item, mark: str, brief: Brief) -> str:
    return f"{mark} is in {_names(item.language)}." if item.language else ""


def _country_fact(item: Item, mark: str, brief: Brief) -> str:
    return f"{mark} comes from {_names(item.country)}." if item.country else ""


def _price_fact(item: Item, mark: str, brief: Brief) -> str:
    return f"{mark} costs {item.price:.2f}." if item.price is not None else ""


def _description_fact(item: Item, mark: str, brief: Brief) -> str:
    about = clean(item.description, 320)
    kind = kind_of(item, brief.noun)
    first = f"{mark} is {kind}." if kind else ""
    words = ", ".join(clean(k) for k in item.keywords[:5])
    rest = about or (f"In a few words: {words}." if words else "")
    return f"{first} {rest}".strip() if first else f"{mark}: {rest}" if rest else ""


def _similar_fact(item: Item, mark: str, brief: Brief) -> str:
    slate = [marks(brief)[s.item.item_id] for s in brief.slate if s.item != item]
    return f"Close to {mark}: {listing(slate[:3])}." if slate else ""


def _other_fact(item: Item, mark: str, brief: Brief) -> str:
    asked = brief.move.asked or ""
    number = item.number(asked)
    value = whole(number) if number is not None else _names(item.values(asked))
    return f"{capital(field_name(asked))} of {mark}: {value}." if value else ""


_FACTS: Mapping[str, Callable[[Item, str, Brief], str]] = {
    "year": _year_fact,
    "runtime": _runtime_fact,
    "cast": _cast_fact,
    "directors": _directors_fact,
    "people": _people_fact,
    "person": _people_fact,
    "genre": _genres_fact,
    "genres": _genres_fact,
    "language": _language_fact,
    "country": _country_fact,
    "price": _price_fact,
    "description": _description_fact,
    "similar": _similar_fact,
}


def profile(brief: Brief) -> str:
    """What is believed of the user, with the evidence, as a readable list."""
    likes, dislikes = nameable(brief, brief.likes), nameable(brief, brief.dislikes)
    if not likes and not dislikes:
        return (
            f"I do not know your taste yet. Tell me one {brief.noun} you loved and one you did not."
        )
    blocks = [
        _beliefs("What I believe you like:", likes, brief),
        _beliefs("What you would rather not have:", dislikes, brief),
        "Tell me what is wrong and I will forget it.",
    ]
    return "\n".join(b for b in blocks if b)


def _beliefs(title: str, signals: Sequence[Signal], brief: Brief) -> str:
    if not signals:
        return ""
    lines = [f"- {_belief(s, brief)}" for s in signals[:MAX_LISTED]]
    more = len(signals) - MAX_LISTED
    return "\n".join([title, *lines, *([f"- and {more} more"] if more > 0 else [])])


def _belief(signal: Signal, brief: Brief) -> str:
    hard = " (always)" if signal.hard and signal.scope != "session" else ""
    told = f": “{clean(signal.evidence)}”" if signal.evidence and signal.source == "text" else ""
    pressed = "" if signal.source == "text" else ": from your feedback"
    return f"{target(signal, brief)}{hard}{told or pressed}"


def forgotten(brief: Brief) -> str:
    """That beliefs were forgotten, or that there was nothing to forget."""
    if brief.forgot_all:
        return "Done: I have forgotten everything you told me about your taste. We start afresh."
    words = listing([target(s, brief) for s in nameable(brief, brief.forgotten)[:4]])
    if not words:
        return "I hold no such belief about you, so there is nothing to forget."
    forms = ("Done: I no longer hold on to {x}.", "Forgotten: {x}.")
    return pick(brief, "forgotten", forms).format(x=words)


def remembered(brief: Brief) -> str:
    """What will be kept for later conversations."""
    learned = nameable(brief, brief.learned)
    bad = [target(s, brief) for s in learned if s.polarity < 0]
    good = [target(s, brief) for s in learned if s.polarity >= 0]
    words = "; ".join(
        f"{sign} {listing(found[:4])}" for sign, found in (("not", bad), ("yes to", good)) if found
    )
    if not words:
        return "Tell me in a few words what to remember, and I will."
    return pick(
        brief,
        "remembered",
        ("I will remember: {x}.", "Kept for our next conversations too: {x}."),
    ).format(x=words)
