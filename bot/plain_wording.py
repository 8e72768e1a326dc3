"""Plain wording: the parts of a reply that needs no language model, in the user's language."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from bot import plain_chinese, plain_english
from bot.moves import Brief, Move, Reason, Shown
from bot.phrasing import MAX_ITEM_LINES, Part, PartRole, clean, sayable
from bot.titles import TitleFiller


class Speech(Protocol):
    """What a language must be able to say; every function returns text with [n] for titles."""

    def acknowledge(self, brief: Brief) -> str: ...
    def unknown(self, brief: Brief) -> str: ...
    def relaxed(self, brief: Brief) -> str: ...
    def unmet(self, brief: Brief) -> str: ...
    def lead(self, brief: Brief) -> str: ...
    def reason(self, why: Reason, brief: Brief) -> str: ...
    def item_line(self, shown: Shown, number: int, brief: Brief) -> str: ...
    def question(self, brief: Brief) -> str: ...
    def why(self, brief: Brief) -> str: ...
    def why_not(self, brief: Brief) -> str: ...
    def fact(self, brief: Brief) -> str: ...
    def profile(self, brief: Brief) -> str: ...
    def forgotten(self, brief: Brief) -> str: ...
    def remembered(self, brief: Brief) -> str: ...
    def small_talk(self, brief: Brief) -> str: ...


def speech(language: str) -> Speech:
    """Chinese for "zh", else English."""
    return plain_chinese if language == "zh" else plain_english


def plain_parts(brief: Brief) -> tuple[Part, ...]:
    """The reply in plain words, part by part, in the order in which it is said."""
    talk = speech(brief.language)
    if brief.language == "other":
        brief = replace(brief, move=Move("chat", "language"))
    kind = brief.move.kind
    if kind in {"recommend", "ask"}:
        found = _slate_parts(brief, talk)
    elif kind == "chat":
        found = _chat_parts(brief, talk)
    else:
        found = _answer_parts(brief, talk)
    return tuple(p for p in found if p.text)


def _slate_parts(brief: Brief, talk: Speech) -> list[Part]:
    opening = [talk.unknown(brief), talk.acknowledge(brief), talk.relaxed(brief)]
    opening.append(talk.unmet(brief))
    parts = [Part("must", text) for text in opening if text]
    if not parts:
        parts.append(Part("lead", talk.lead(brief)))
    shown = _without_repeats(brief)[:MAX_ITEM_LINES]
    parts += [Part("item", talk.item_line(s, n, brief), n) for n, s in enumerate(shown, start=1)]
    if brief.move.kind == "ask" or not shown:
        parts.append(Part("ask", talk.question(brief)))
    return parts


def _without_repeats(brief: Brief) -> list[Shown]:
    """The slate with each reason given once, and none that only echoes the message."""
    said = {(_REASON_OF.get(s.kind, ""), s.value or s.field or "") for s in brief.learned}
    found = []
    for shown in brief.slate:
        fresh = tuple(r for r in shown.reasons if (r.kind, _told(r)) not in said)
        said |= {(r.kind, _told(r)) for r in fresh if r.kind in ("facet", "range", "keyword")}
        found.append(replace(shown, reasons=fresh))
    return found


_REASON_OF = {"facet": "facet", "text": "keyword", "range": "range"}


def _told(reason: Reason) -> str:
    return reason.field if reason.kind == "range" else reason.value


def _answer_parts(brief: Brief, talk: Speech) -> list[Part]:
    tell = {
        "why": talk.why,
        "why_not": talk.why_not,
        "fact": talk.fact,
        "profile": talk.profile,
        "forgotten": talk.forgotten,
        "remembered": talk.remembered,
    }
    topic = brief.move.topic
    answer = Part("must", tell[topic](brief))
    opening = [Part("must", talk.unknown(brief))]
    if topic not in {"remembered", "profile"}:
        opening.append(Part("must", talk.acknowledge(brief)))
    return [answer, *opening] if topic == "forgotten" else [*opening, answer]


# What the system is or cannot do is never left to the language model to say.
_CODE_ONLY = frozenset({"language", "instruction", "nothing_fits"})


def _chat_parts(brief: Brief, talk: Speech) -> list[Part]:
    parts = []
    if brief.move.topic not in {"language", "instruction"}:
        parts.append(Part("must", talk.unknown(brief)))
    if brief.move.topic in {"rejected", "thanks", "goodbye"}:
        parts.append(Part("must", talk.acknowledge(brief)))
    role: PartRole = "must" if brief.move.topic in _CODE_ONLY else "say"
    return [*parts, Part(role, talk.small_talk(brief))]


def why_text(brief: Brief, shown: Shown) -> str:
    """Why an item is in the slate, as its card says it: one or two short clauses.

    Where there is no reason, what the item is like.
    """
    talk = speech(brief.language)
    clauses = [talk.reason(r, brief) for r in sayable(brief, shown.reasons)[:2]]
    clauses = clauses or [clean(word) for word in shown.item.keywords[:2]]
    joined = ("；" if brief.language == "zh" else "; ").join(clauses)
    filled, _ = TitleFiller(brief).fill(joined)
    return filled[:1].upper() + filled[1:]
