"""Plain wording in English: every sentence the bot can say without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.english_answers import fact as fact
from bot.english_answers import forgotten as forgotten
from bot.english_answers import profile as profile
from bot.english_answers import remembered as remembered
from bot.english_answers import why as why
from bot.english_answers import why_not as why_not
from bot.english_small_talk import small_talk as small_talk
from bot.english_words import (
    _VERBS,
    capital,
    clauses,
    constraint,
    field_name,
    kind_of,
    listing,
    plural,
    range_phrase,
    reason,
    refusal,
    target,
)
from bot.moves import Brief, Shown
from bot.phrasing import clean, nameable, pick, telling
from retrieval.signals import Signal


def acknowledge(brief: Brief) -> str:
    """What was just learned, refusals first; "" if nothing was."""
    learned = nameable(brief, brief.learned)
    items = [s for s in learned if s.kind == "item" and s.item_id]
    rest = [s for s in learned if s.kind != "item"]
    said = [
        _refused([s for s in rest if s.polarity < 0 and s.signed and s.hard], brief),
        _unloved([s for s in rest if s.polarity < 0 and s.signed and not s.hard], brief),
        _items_out(items, brief),
        _wanted([s for s in rest if s.polarity >= 0 and (s.signed or s.kind == "range")], brief),
        _items_liked([s for s in items if s.polarity > 0 and s.signed], brief),
    ]
    return " ".join(s for s in said if s)


def _refused(signals: Sequence[Signal], brief: Brief) -> str:
    if not signals:
        return ""
    words = listing([refusal(s, brief) for s in signals[:4]])
    forms = ("{X}, noted.", "Noted: {x}.", "Understood: {x}.", "All right, {x}.")
    return pick(brief, "refused", forms).format(x=words, X=capital(words))


def _unloved(signals: Sequence[Signal], brief: Brief) -> str:
    if not signals:
        return ""
    words = listing([target(s, brief) for s in signals[:4]], "or")
    forms = (
        "You are not keen on {x}, noted.",
        "Less {x}, then.",
        "Noted: not {x} if I can help it.",
    )
    return pick(brief, "unloved", forms).format(x=words)


def _wanted(signals: Sequence[Signal], brief: Brief) -> str:
    if not signals:
        return ""
    facets = [target(s, brief) for s in signals if s.kind != "range"][:4]
    ranges = [range_phrase(s) for s in signals if s.kind == "range"][:3]
    head = listing(facets) or plural(brief.noun)
    words = ", ".join([head, *ranges]) if facets else f"{head} {listing(ranges)}"
    forms = ("Noted: {x}.", "{X}, gladly.", "Good: {x}.", "{X}, noted.")
    return pick(brief, "wanted", forms).format(x=words, X=capital(words))


def _items_liked(signals: Sequence[Signal], brief: Brief) -> str:
    if not signals:
        return ""
    words = listing([target(s, brief) for s in signals[:3]])
    forms = (
        "{x} tells me a lot about your taste.",
        "I will keep {x} in mind.",
        "{x} helps me to find your taste.",
    )
    many = ("I will keep {x} in mind.", "{x} help me to find your taste.")
    return pick(brief, "liked", forms if len(signals) == 1 else many).format(x=words)


def _items_out(items: Sequence[Signal], brief: Brief) -> str:
    out = [s for s in items if s.polarity < 0 and s.signed]
    seen = [s for s in items if s.seen and not s.signed]
    said = []
    if out:
        words = listing([target(s, brief) for s in out[:3]])
        forms = ("I leave {x} out from now on.", "Sorry about {x}; I will not bring it back.")
        many = ("I leave {x} out from now on.",)
        said.append(pick(brief, "out", forms if len(out) == 1 else many).format(x=words))
    if seen:
        words = listing([target(s, brief) for s in seen[:3]])
        past = _VERBS.get(brief.noun, ("try", "tried"))[1]
        said.append(f"You have {past} {words} already, so I look further.")
    return " ".join(said)


def unknown(brief: Brief) -> str:
    """That a title is not in the catalogue, kindly; "" if all are."""
    if not brief.unknown_titles:
        return ""
    words = listing([f"“{clean(t)}”" for t in brief.unknown_titles[:3]])
    one = (
        "Sadly {x} is not in my catalogue, but I keep in mind what you said about it.",
        "I do not have {x} here, I am sorry; what you said about it still helps me.",
    )
    many = ("Sadly {x} are not in my catalogue, but I keep in mind what you said about them.",)
    return pick(brief, "unknown", one if len(brief.unknown_titles) == 1 else many).format(x=words)


def relaxed(brief: Brief) -> str:
    """Which constraints were let go, as a wish (what-if) or because nothing fitted."""
    if not brief.relaxed:
        return ""
    words = listing([constraint(name) for name in brief.relaxed])
    if brief.move.topic == "what_if":
        return f"Leaving {words} aside:"
    return pick(
        brief,
        "relaxed",
        (
            "Nothing fitted everything, so I let go of {x}.",
            "To find something at all I had to drop {x}.",
        ),
    ).format(x=words)


def unmet(brief: Brief) -> str:
    """That nothing shown meets a wish, because there is nothing, or nothing more, that does."""
    words = listing([target(s, brief) for s in brief.unmet[:3]], "or")
    if not words:
        return ""
    forms = (
        "I have nothing more for {x}; these come closest.",
        "There is no more {x} here, I fear: these come closest.",
    )
    return pick(brief, "unmet", forms).format(x=words)


def lead(brief: Brief) -> str:
    """A short opening where nothing else was said yet; "" where the items speak for themselves."""
    if brief.move.topic == "again":
        return pick(brief, "again", ("Here it is again.", "With pleasure, once more."))
    if brief.move.topic == "more":
        return pick(brief, "more", ("Some more.", "A few others.", "Here is another round."))
    return ""


def item_line(shown: Shown, number: int, brief: Brief) -> str:
    """One sentence that presents item [number] and says why it is there."""
    kind = kind_of(shown.item, brief.noun)
    head = f"[{number}]" + (f", {kind}" if kind else "")
    reasons = [reason(r, brief) for r in telling(brief, shown, number)]
    words = ", ".join(clean(k) for k in shown.item.keywords[:3])
    tail = f": {clauses(reasons)}" if reasons else f" ({words})" if words else ""
    forms = (
        ("I would start with {x}.", "My first pick is {x}.", "Try {x}."),
        ("Then there is {x}.", "There is also {x}.", "Another one: {x}."),
        ("And for something else, {x}.", "Or else {x}.", "And finally {x}."),
    )[min(number, 3) - 1]
    return pick(brief, f"item{number}", forms).format(x=head + tail)


def connected(sentence: str, number: int, brief: Brief) -> str:
    """A model's "[2] is a comedy …" tied to the item before it: "Then there is [2], a comedy …"."""
    forms = {
        2: ("Then there is {m}, {x}", "There is also {m}, {x}", "{m} is {x}"),
        3: ("Or take {m}, {x}", "And then {m}, {x}", "{m} is {x}"),
    }
    match = re.match(r"(\[\d+\]) is (an? .+)$", sentence)
    if match is None or number not in forms:
        return sentence
    return pick(brief, f"item{number}", forms[number]).format(m=match[1], x=match[2])


def question(brief: Brief) -> str:
    """The one question of an ask; it can always be skipped."""
    options = listing([clean(o) for o in brief.move.options[:4]], "or")
    field = brief.move.asked
    if not options:
        return f"What are you in the mood for, or which {brief.noun} did you love lately?"
    forms = {
        "genre": (f"Are you more in the mood for {options}?", f"Would you rather have {options}?"),
        "person": (f"Is there anybody you would like to meet in it: {options}?",),
        "language": (f"Which language would you like: {options}?",),
        "country": (f"From where should it come: {options}?",),
        "keywords": (f"What should it be like: {options}?",),
        "year": (f"From when should it be: {options}?",),
    }.get(field or "", (f"Which {field_name(field or 'kind')} would you like: {options}?",))
    return pick(brief, "question", forms)
