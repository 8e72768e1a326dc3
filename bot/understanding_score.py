"""Scores understood messages against labels, by the rules the labels follow.

Labels are as `sommelier understand` prints, {"intent": […], "signals": […]}, and may carry what
the rules leave open: `"optional": true` on a signal that may be there or missing, and
`"intent_either"`, groups of intents of which any may stand for any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.lexicon import genre_names
from bot.ordinary import FUNCTION_WORDS
from retrieval.facets import COMPOUND_GENRES, GENRE_SPELLINGS
from retrieval.signals import normalise

NEUTRAL = 0.15  # a polarity within this bound counts as no signal

Labels = Mapping[str, Any]
Target = tuple[str, ...]
_KINDS = ("item", "facet", "range")


@dataclass
class Count:
    """True positives, false positives and false negatives."""

    hit: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.hit / max(1, self.hit + self.extra) if self.hit + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found; 1 where nothing is there."""
        return self.hit / max(1, self.hit + self.missed) if self.hit + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = 2 * self.hit + self.extra + self.missed
        return 2 * self.hit / both if both else 1.0


@dataclass
class Score:
    """Counts by kind, intents, signs where the target was found, and messages left quiet."""

    kinds: dict[str, Count] = field(default_factory=dict)
    targets: Count = field(default_factory=Count)
    texts: Count = field(default_factory=Count)
    intents: Count = field(default_factory=Count)
    signs_right: int = 0
    signs_found: int = 0
    quiet: int = 0
    left_quiet: int = 0

    def figures(self) -> dict[str, float]:
        """The measures of the benchmark, by name."""
        return {
            "targets_f1": round(self.targets.f1, 4),
            "targets_precision": round(self.targets.precision, 4),
            "targets_recall": round(self.targets.recall, 4),
            "sign_accuracy": round(self.signs_right / max(1, self.signs_found), 4),
            "text_f1": round(self.texts.f1, 4),
            "intent_f1": round(self.intents.f1, 4),
            "left_quiet": round(self.left_quiet / max(1, self.quiet), 4),
            **{f"{k}_f1": round(c.f1, 4) for k, c in sorted(self.kinds.items())},
        }

    @property
    def faults(self) -> int:
        """How many extra and missed there are in all."""
        return sum(c.extra + c.missed for c in (self.targets, self.texts, self.intents))


def score(pairs: Iterable[tuple[Labels, Labels]], granted: bool = False) -> Score:
    """Score (label, prediction) pairs together.

    `granted` accepts the alternatives that a label carries; without it an optional signal is
    required like any other and every intent has to be the one that is written down.
    """
    total = Score()
    for gold, found in pairs:
        wanted, optional = _split(gold["signals"], granted)
        said = [s for s in found["signals"] if _signed(s)]
        _add_targets(total, wanted, said, optional)
        _add_texts(total, wanted, said, optional)
        _add_intents(total, gold, found, granted)
        if not wanted and not optional:
            total.quiet += 1
            total.left_quiet += not said
    return total


def _split(signals: Sequence[Labels], granted: bool) -> tuple[list[Labels], list[Labels]]:
    """The signed signals that are required, and those that are free."""
    signed = [s for s in signals if _signed(s)]
    free = [s for s in signed if granted and s.get("optional")]
    return [s for s in signed if s not in free], free


def _add_intents(total: Score, gold: Labels, found: Labels, granted: bool) -> None:
    wanted, said = set(gold["intent"]), set(found["intent"])
    if granted:
        for group in map(set, gold.get("intent_either", ())):
            if group & wanted and group & said:
                said = said - group | (group & said & wanted or group & wanted)
        said -= set(gold.get("intent_optional", ())) - wanted
    total.intents.hit += len(wanted & said)
    total.intents.extra += len(said - wanted)
    total.intents.missed += len(wanted - said)


def _signed(signal: Labels) -> bool:
    return bool(abs(signal["polarity"]) > NEUTRAL)


def _sign(signal: Labels) -> str:
    return "+" if signal["polarity"] > 0 else "-"


def _genre(value: str) -> str:
    """The standard name behind a usual spelling of a genre; other values as they are."""
    value = GENRE_SPELLINGS.get(value, value)
    return genre_names().get(value, (value, False))[0]


def _target(signal: Labels) -> Target:
    if signal["kind"] == "item":
        return ("item", normalise(signal.get("title") or ""))
    if signal["kind"] == "facet":
        return ("facet", _genre(normalise(signal.get("value") or "")))
    return ("range", signal.get("field") or "", *(_bound(signal.get(k)) for k in ("min", "max")))


def _bound(value: float | None) -> str:
    return "" if value is None else f"{float(value):g}"


def _signs(signals: Sequence[Labels]) -> dict[Target, str]:
    return {_target(s): _sign(s) for s in signals if s["kind"] != "text"}


def _add_targets(
    total: Score, gold: Sequence[Labels], found: Sequence[Labels], optional: Sequence[Labels]
) -> None:
    """Item, facet and range signals: equal kind, target and sign."""
    wanted, said, free = _signs(gold), _signs(found), _signs(optional)
    _join_compounds(wanted, said)
    phrases = [s for s in (*gold, *optional) if s["kind"] == "text"]
    # A subgenre or franchise labelled as text may come as a genre facet too.
    said = {
        t: s
        for t, s in said.items()
        if t in wanted or (free.get(t) != s and (t[0] != "facet" or not _known(t[1], phrases)))
    }
    for target in wanted.keys() & said.keys():
        total.signs_found += 1
        total.signs_right += wanted[target] == said[target]
    right = Counter(t[0] for t in wanted.keys() & said.keys() if wanted[t] == said[t])
    for kind in _KINDS:
        for count in (total.targets, total.kinds.setdefault(kind, Count())):
            count.hit += right[kind]
            count.extra += sum(t[0] == kind for t in said) - right[kind]
            count.missed += sum(t[0] == kind for t in wanted) - right[kind]


def _join_compounds(wanted: Mapping[Target, str], said: dict[Target, str]) -> None:
    """Read romance or comedy as romantic comedy where that is liked; disliked, only romance."""
    for target, sign in wanted.items():
        parts = COMPOUND_GENRES.get(target[1], ()) if target[0] == "facet" else ()
        for part in parts if sign == "+" else parts[:1]:
            if said.get(("facet", part)) == sign and ("facet", part) not in wanted:
                del said["facet", part]
                said.setdefault(target, sign)


def _known(value: str, phrases: Sequence[Labels]) -> bool:
    return any(_alike(value, normalise(p["value"])) for p in phrases)


def _add_texts(
    total: Score, gold: Sequence[Labels], found: Sequence[Labels], optional: Sequence[Labels]
) -> None:
    """Text signals: either phrase contains the other or they share a content word, same sign.

    Words for a facet or range that is labelled cost nothing.
    """
    wanted = [s for s in gold if s["kind"] == "text"]
    others = [s for s in (*gold, *optional) if s["kind"] != "text"]
    free = [s for s in optional if s["kind"] == "text"]
    said = [s for s in found if s["kind"] == "text"]
    facets = [s for s in found if s["kind"] == "facet"]
    for want in wanted:
        if any(_same_text(want, s) for s in (*said, *facets)):
            total.texts.hit += 1
        else:
            total.texts.missed += 1
    for have in said:
        repeats = any(_repeats(have, other) for other in others)
        total.texts.extra += not repeats and not any(_same_text(w, have) for w in (*wanted, *free))


def _repeats(text: Labels, other: Labels) -> bool:
    words = " ".join(str(other.get(k) or "") for k in ("value", "title", "evidence"))
    return _alike(normalise(text["value"]), normalise(words))


def _same_text(one: Labels, other: Labels) -> bool:
    same = _alike(normalise(one["value"]), normalise(other["value"]))
    return same and _sign(one) == _sign(other)


def _alike(one: str, other: str) -> bool:
    if not one or not other:
        return False
    if one in other or other in one or one.replace(" ", "") == other.replace(" ", ""):
        return True
    return bool((set(one.split()) & set(other.split())) - FUNCTION_WORDS)
