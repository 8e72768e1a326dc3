"""Turns mentions and the opinions on them into signals, and joins the words that may be a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.mentions import Mention
from bot.plain_text import PlainText
from bot.stance import Stance
from retrieval.catalog import Catalog
from retrieval.signals import Scope, Signal, target_key

_SESSION = re.compile(
    r"\b(?:tonight|this (?:weekend|evening|afternoon|morning|week|time)|right now|for "
    r"now|today|in the mood|mood for|at the moment|tomorrow|feel(?:ing)? like|just "
    r"now|this (?:friday|saturday|sunday)|date night|movie night)\b"
)
_LASTING = re.compile(
    r"\b(?:always|never|ever|(?<!can't )(?<!me )(?<!i )remember|forever|all[- "
    r"]time|in general|generally|usually|"
    r"from now on|anymore|of all time)\b"
)
_NOT_LASTING = re.compile(
    r"\b(?:never|ever|haven'?t ever) (?:\w+ )?(?:seen|watched|"
    r"heard|saw)\b|\bhave you ever\b|\bnever mind\b"
)
_HARD = re.compile(
    r"\bno (?:more )?(?:\w+ )?[A-Z][^.!?]*\bplease\b|\bplease,? no\b|\bleave out\b|"
    r"\bleaving out\b|\bonly\b|\bmust\b|\banything (?:but|except)\b|\bskip (?:everything|"
    r"anything|all|the|every)\b|\bnothing\b|\babsolutely no\b|\bnever (?:show|recommend|"
    r"suggest|play|give)\b|\bdon'?t (?:ever )?(?:show|recommend|suggest|play|give)\b|"
    r"\bexclude\b|\bunder no\b|\bno [A-Z]\b|\bwithout (?:any )?[A-Z]\b|\bhas to be\b|"
    r"\bhave to be\b|\bstrictly\b|\bno (?:\w+ )?[A-Z]"
)
_ONLY_SOFT = re.compile(
    r"\b(?:not|n't) only\b|\bonly (?:seen|saw|watched|one|know|"
    r"because|if|thing|person|problem|a|the|movie)\b|\bnothing "
    r"(?:in particular|specific|special|else|like|beats|wrong)\b|"
    r"\bmust (?:see|have been|say|watch)\b"
)


def scope_of(sentence: str) -> Scope | None:
    """The time that a sentence speaks of, if it says so."""
    if _SESSION.search(sentence) or re.search("今晚|今天|周末|现在|这次", sentence):
        return "session"
    if _LASTING.search(_NOT_LASTING.sub("", sentence)) or re.search(
        "永远|一直|总是|从来|记住|以后都", sentence
    ):
        return "lasting"
    return None


def is_hard(clause: str, polarity: float) -> bool:
    """Whether a masked clause demands rather than prefers."""
    plain = _ONLY_SOFT.sub("", clause)
    found = _HARD.search(plain)
    if not found:
        return False
    demanded = re.search(r"\bonly\b|\bmust\b|\bto be\b|\bstrictly\b", plain)
    return polarity < 0 or bool(demanded)


def build_signal(
    catalog: Catalog, plain: PlainText, mention: Mention, stance: Stance, row: int | None = None
) -> Signal:
    """One signal with its evidence; scope, hardness and seen are set by the caller."""
    start, end = min(mention.start, stance.start or mention.start), max(mention.end, stance.end)
    evidence = plain.evidence(start, end if end - start < 160 else mention.end)
    polarity = max(-1.0, min(1.0, round(stance.polarity, 2))) + 0.0
    confidence = round(stance.confidence * mention.sure, 2)
    if mention.kind == "item":
        item = catalog.items[row] if row is not None else None
        return Signal(
            "item", polarity, confidence, evidence=evidence,
            title=item.title if item else mention.value, item_id=item.item_id if item else None,
        )  # fmt: skip
    if mention.kind == "facet":
        return Signal(
            "facet",
            polarity,
            confidence,
            evidence=evidence,
            field=mention.field,
            value=mention.value,
        )
    if mention.kind == "range":
        return Signal(
            "range", polarity, confidence, evidence=evidence,
            field=mention.field, min=mention.low, max=mention.high,
        )  # fmt: skip
    return Signal("text", polarity, confidence, evidence=evidence, value=mention.value)


def latest(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """One signal for each target: the last signed one holds, else the last."""
    kept: dict[tuple[str, ...], Signal] = {}
    for signal in signals:
        key = target_key(signal)
        if signal.kind == "range":
            key = (*key, str(signal.min), str(signal.max))
        before = kept.get(key)
        if before is not None and signal.seen is None:
            signal = replace(signal, seen=before.seen)
        elif before is not None and before.seen is None and before.signed and not signal.signed:
            kept[key] = replace(before, seen=signal.seen)
        if before is None or signal.signed or not before.signed:
            kept.pop(key, None)
            kept[key] = signal
    return tuple(kept.values())


def query_of(positives: Sequence[Signal], spans: Sequence[str]) -> str:
    """The words of a need: wanted facets and qualities, and neutral spans; never a title alone."""
    words = [s.value or "" for s in positives if s.kind in ("facet", "text")]
    joined = " ".join(span.strip() for span in spans if span.strip())
    missing = [w for w in words if w.lower() not in joined.lower()]
    return re.sub(r"\s+", " ", " ".join([joined, *missing])).strip(" ,.;:!?-")
