"""Plain small talk in English: greetings, thanks, and what the bot cannot do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.english_words import constraint, listing, plural, range_phrase, refusal, target, verb
from bot.moves import Brief
from bot.phrasing import marks, nameable, pick, subjects
from retrieval.signals import Signal


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


def _listening(brief: Brief) -> str:
    """After a bare "yes", "great" or a remark without an opinion."""
    forms = (
        "I am listening. Say what to change, or “more” for other {t}.",
        "Good. Tell me more about your taste, or ask for other {t}.",
        "Noted. Shall I show other {t}, or is there something you would change?",
    )
    return pick(brief, "listening", forms).format(t=plural(brief.noun))


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
    drop = listing([constraint(o) for o in brief.move.options[:3]], "or")
    return f"{first} Shall I let go of {drop}?" if drop else f"{first} Which part matters least?"


def _wish(signal: Signal, brief: Brief) -> str:
    if signal.kind == "range":
        return range_phrase(signal)
    return refusal(signal, brief) if signal.polarity < 0 else target(signal, brief)


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
    "listening": _listening,
    "offtopic": _offtopic,
    "language": _language,
    "instruction": _instruction,
    "nothing_fits": _nothing_fits,
}
