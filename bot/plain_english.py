"""Plain wording in English: every sentence the bot can say without a language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.moves import Brief, Reason, Shown
from bot.phrasing import (
    MAX_LISTED,
    clean,
    decade,
    marks,
    nameable,
    other_values,
    pick,
    sayable,
    subjects,
    whole,
)
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
_GENRE_NOUNS = frozenset(
    "adventure biography comedy documentary drama musical mystery romance satire thriller "
    "western".split()
)
_GENRE_ADJECTIVES: Mapping[str, str] = {
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


def _article(words: str) -> str:
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


def _capital(text: str) -> str:
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
        return f"{plural(brief.noun)} in {_capital(value)}"
    if signal.field == "country":
        return f"{plural(brief.noun)} from {_capital(value)}"
    return value


def _refusal(signal: Signal, brief: Brief) -> str:
    value = clean(signal.value or "")
    if signal.kind == "range":
        return f"nothing {range_phrase(signal)}"
    if signal.kind == "text":
        return f"nothing “{value}”"
    link = {"person": "with", "language": "in", "country": "from"}.get(signal.field or "")
    return f"nothing {link} {_capital(value)}" if link else f"no {value}"


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
    words = listing([_refusal(s, brief) for s in signals[:4]])
    forms = ("{X}, noted.", "Noted: {x}.", "Understood: {x}.", "All right, {x}.")
    return pick(brief, "refused", forms).format(x=words, X=_capital(words))


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
    return pick(brief, "wanted", forms).format(x=words, X=_capital(words))


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
    words = listing([_constraint(name) for name in brief.relaxed])
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


def _constraint(name: str) -> str:
    known = name in _FIELDS or name in {"language", "country", "price"}
    return f"the {field_name(name)}" if known else clean(name)


def lead(brief: Brief) -> str:
    """A short opening where nothing else was said yet; "" where the items speak for themselves."""
    if brief.move.topic == "again":
        return pick(brief, "again", ("Here it is again.", "With pleasure, once more."))
    if brief.move.topic == "more":
        return pick(brief, "more", ("Some more.", "A few others.", "Here is another round."))
    return ""


def genre_phrase(item: Item, noun: str) -> str:
    """The first genres as one phrase: "a crime drama", "an animated film"; "" without genres."""
    genres = [clean(g).lower() for g in item.genres]
    head = next((g for g in genres if g in _GENRE_NOUNS), "")
    before = [g for g in genres if g != head and g not in _NEVER_BEFORE][:1]
    words = [_GENRE_ADJECTIVES.get(g, g) for g in before]
    return _article(" ".join([*words, head or noun])) if genres else ""


def kind_of(item: Item, noun: str) -> str:
    """What an item is: "a horror film by Jordan Peele"; "" where nothing is known."""
    makers = item.directors or item.people
    by = f" by {listing([clean(p) for p in makers[:2]])}" if makers else ""
    values = ", ".join(clean(v) for v in other_values(item)[:2])
    kind = genre_phrase(item, noun) or values
    return kind + by if kind else f"{_article(noun)}{by}" if by else ""


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
        return form.format(x=value if why.field not in {"language", "country"} else _capital(value))
    clauses = {
        "range": f"its {field_name(why.field)} fits",
        "keyword": f"it has the “{value}” that you like",
        "similar": f"it is close to {other}, which you like",
        "co_preference": f"people who like {other} tend to like it too",
        "need": f"it fits “{value}”",
        "popular": "many people like it",
    }
    return clauses[why.kind]


def _clauses(reasons: Sequence[str]) -> str:
    return ", and ".join(reasons)


def item_line(shown: Shown, number: int, brief: Brief) -> str:
    """One sentence that presents item [number] and says why it is there."""
    kind = kind_of(shown.item, brief.noun)
    head = f"[{number}]" + (f", {kind}" if kind else "")
    reasons = [reason(r, brief) for r in sayable(brief, shown.reasons)[: 2 if number == 1 else 1]]
    words = ", ".join(clean(k) for k in shown.item.keywords[:3])
    tail = f": {_clauses(reasons)}" if reasons else f" ({words})" if words else ""
    forms = (
        ("I would start with {x}.", "My first pick is {x}.", "Try {x}."),
        ("Then there is {x}.", "There is also {x}.", "Another one: {x}."),
        ("And for something else, {x}.", "Or else {x}.", "And finally {x}."),
    )[min(number, 3) - 1]
    return pick(brief, f"item{number}", forms).format(x=head + tail)


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


def why(brief: Brief) -> str:
    """Why the subject is in the slate."""
    found = subjects(brief)
    mark = marks(brief)[found[0].item_id] if found else f"this {brief.noun}"
    reasons = [reason(r, brief) for r in sayable(brief, brief.subject_reasons)[:3]]
    if not reasons:
        return (
            f"{_capital(mark)} came closest to what you described; "
            "the more you tell me, the better my reasons."
        )
    form = pick(brief, "why", ("I chose {m} because {r}.", "{M} is here because {r}."))
    return form.format(m=mark, M=_capital(mark), r=_clauses(reasons))


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
    return f"{_capital(field_name(asked))} of {mark}: {value}." if value else ""


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


def small_talk(brief: Brief) -> str:
    """The reply of a chat move."""
    return _SMALL_TALK[brief.move.topic](brief)


def _greeting(brief: Brief) -> str:
    things = plural(brief.noun)
    if not brief.first_turn:
        return pick(brief, "hello", ("Hello again! What are you looking for?", "Hello! What now?"))
    forms = (
        "Hello! I help you to choose {t}. Tell me one you loved, or what you are in the mood for.",
        "Welcome! Tell me a {n} you enjoyed or a mood you are in, and I look for {t} that fit.",
    )
    return pick(brief, "greeting", forms).format(t=things, n=brief.noun)


def _thanks(brief: Brief) -> str:
    forms = ("With pleasure!", "You are welcome!", "Gladly!")
    return f"{pick(brief, 'thanks', forms)} Come back whenever you want another {brief.noun}."


def _goodbye(brief: Brief) -> str:
    return pick(brief, "goodbye", ("Goodbye, and enjoy!", "See you soon!", "Until soon!"))


def _accepted(brief: Brief) -> str:
    words = listing([marks(brief)[item.item_id] for item in subjects(brief)[:2]])
    if not words:
        return "Lovely, enjoy it! Tell me afterwards how it was."
    forms = (
        "Good choice: {x}. Tell me afterwards how it was.",
        "Enjoy {x}! I am curious what you will think of it.",
    )
    return pick(brief, "accepted", forms).format(x=words)


def _rejected(brief: Brief) -> str:
    forms = (
        "Fair enough, those are off the table. What was missing?",
        "All right, none of those. What put you off?",
    )
    return pick(brief, "rejected", forms)


def _offtopic(brief: Brief) -> str:
    things = plural(brief.noun)
    forms = (
        "That is beyond me: I only know about {t}. Shall we look for one to {v}?",
        "I am only good at {t}, I am afraid. What would you like to {v}?",
    )
    return pick(brief, "offtopic", forms).format(t=things, v=verb(brief.noun))


def _instruction(brief: Brief) -> str:
    return (
        f"I cannot change how I work, but I can help you find a {brief.noun}. "
        f"What would you like to {verb(brief.noun)}?"
    )


def _nothing_fits(brief: Brief) -> str:
    wishes = [s for s in nameable(brief, (*brief.likes, *brief.dislikes)) if s.hard]
    words = listing([_wish(s, brief) for s in wishes[:4]])
    first = (
        f"Nothing in my catalogue fits all of it: {words}."
        if words
        else ("Nothing in my catalogue fits all of that.")
    )
    drop = listing([_constraint(o) for o in brief.move.options[:3]], "or")
    return f"{first} Shall I let go of {drop}?" if drop else f"{first} Which part matters least?"


def _wish(signal: Signal, brief: Brief) -> str:
    if signal.kind == "range":
        return range_phrase(signal)
    return _refusal(signal, brief) if signal.polarity < 0 else target(signal, brief)


def _language(brief: Brief) -> str:
    return (
        "I understand English and Chinese (中文). Écrivez-moi en anglais, s'il vous plaît. "
        "Escríbame en inglés, por favor. Bitte schreiben Sie mir auf Englisch. "
        "英語でお願いします。"
    )


_SMALL_TALK: Mapping[str, Callable[[Brief], str]] = {
    "greeting": _greeting,
    "thanks": _thanks,
    "goodbye": _goodbye,
    "accepted": _accepted,
    "rejected": _rejected,
    "offtopic": _offtopic,
    "language": _language,
    "instruction": _instruction,
    "nothing_fits": _nothing_fits,
}
