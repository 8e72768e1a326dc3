"""Reads what is said without naming a target: "yes", "sounds good", "not interested"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import Background
from bot.loose_verdicts import LooseVerdict, loose_verdicts
from bot.masking import Masked
from bot.mentions import Mention
from bot.opinions import Opinion
from bot.plain_text import PlainText
from bot.stance import Stance
from retrieval.catalog import Item

_YES = re.compile(
    r"^\W*(?:(?:oh|ah|well|hmm|lol|haha|omg|wow|ok|okay|i think|um|uh)\W+)*(?:yes|yeah|"
    r"yep|yup|ya|yea|yas|yess+|sure|definitely|absolutely|of course|totally|indeed|"
    r"i (?:have|did|do|am|would|love (?:it|that|them)|liked? (?:it|that|them))|for "
    r"sure|certainly|correct|exactly|please do|sí|very much|ok|okay|a lot|love (?:it|"
    r"them|that))\b"
)
_NO = re.compile(
    r"^\W*(?:(?:oh|ah|well|hmm|lol|haha|um|uh|actually|sorry|i'm afraid)\W+)*(?:no|"
    r"nope|nah|not (?:really|yet|at all|particularly|so much|much)|never|i (?:have "
    r"?n'?t|have not|did ?n'?t|do ?n'?t|do not|did not|would ?n'?t|am not)|haven'?t|"
    r"negative)\b"
)
_PRAISE = re.compile(
    r"(?:^|[.!?,;]\s*|\b(?:haha|lol|hmm|aw|omg|really|very|such a|what a|"
    r"yes|yeah|oh|ok|okay|ooh|wow|and|yep|sure|thanks|thank you|"
    r"well|hey|cool|awesome|great|nice|ya|that|it|that's|both|they|those)\s+)(?P<cue>"
    r"(?:that |it |those |these |they |that one )?(?:all |both )?sounds? (?:\w+ )?(?:good|"
    r"great|perfect|interesting|awesome|amazing|fun|nice|cool|wonderful|fantastic|excellent|"
    r"lovely|promising|intriguing|like (?:a (?:good|great|fun|nice|perfect)|fun|something "
    r"i))"
    r"|(?:i'?ll|i will|will|gonna|i'?m going to|going to|have to) (?:\w+ ){0,3}?(?:take a look|"
    r"look into|check|look at|seek|watch|add)(?! you)"
    r"|(?:you(?:'re| are) )?(?:so |absolutely )?right about (?:that|it)"
    r"|i (?:totally |completely |so )?agree|agreed\b"
    r"|(?:i think )?(?:it|that)(?:'ll| will| would| might| should) be "
    r"(?:\w+ )?(?:good|great|fun|interesting|perfect|nice|cool)"
    r"|(?:loved|really liked|really enjoyed|i'?ll (?:check|watch|give|try|look|take|"
    r"add|have to (?:check|watch|see|give|try))|will (?:check|watch|give|add)|great "
    r"(?:movie|film|song|choice|one|pick|suggestion|recommendation|idea|track)s?|good "
    r"(?:movie|film|song|choice|one|pick|suggestion|recommendation|idea|call)s?|excellent "
    r"(?:choice|movie|film|pick|suggestion)s?|awesome (?:movie|film|song|choice|pick|"
    r"suggestion|recommendation)s?|perfect (?:choice|pick|suggestion)s?|nice (?:choice|"
    r"pick|suggestion)s?|love (?:that|this) (?:one|movie|film|song)|great suggestions?|"
    r"fantastic (?:movie|film|choice)|classic|one of my (?:\w+ )?favou?rites?|my favou?rites?)"
    r"|(?:that'?s|that is|sounds like|what) (?:also |really |actually )?an? "
    r"(?:really |very |pretty )?"
    r"(?:good|great|excellent|nice|solid|fantastic|awesome|interesting|wonderful|lovely) "
    r"(?:idea|call|choice|pick|suggestion|one|recommendation|shout)"
    r"|exactly (?:the (?:type|kind|sort) of (?:movie|film|song|thing|one)|what) i\b"
    r"|(?:so |sure |ok |okay |yeah |well |and )*,? ?(?:so |sure )?why not(?=\W*$)"
    r"|go on then|you(?:'ve| have)? convinced me|count me in"
    r"|(?:looks?|seems?) (?:\w+ )?(?:good|great|interesting|fun|awesome|amazing)|(?:i'?m "
    r")?sold|i'?m in|you sold me)(?!\w)"
)
_BLAME = re.compile(
    r"(?:^|[.!?,;]\s*|\b(?:no|nah|oh|hmm|sorry|eh|meh|nope|that's|it's|i'm|im|i am|"
    r"but|really|that|it)\s+)(?P<cue>not (?:really )?(?:interested|for me|my thing|"
    r"my style|my cup of tea|my type|what i(?:'m| am| was)? (?:looking|want|after|had)|"
    r"in the mood for (?:that|it)|feeling (?:it|that)|into (?:it|that)|that one|a fan(?: "
    r"of (?:it|that))?|keen)|no thanks|no thank you|hard pass|i'?ll pass|pass\b(?! "
    r"me| the)|"
    r"(?:didn'?t|don'?t|did not|do not) (?:really )?(?:like|want|care for) (?:it|that|"
    r"to see (?:it|that)|to watch (?:it|that)|that one)|hated|(?:looks?|looked|sounds?) "
    r"(?:\w+ )?(?:bad|awful|terrible|boring|stupid|dumb|horrible|lame|dull)|doesn'?t "
    r"(?:sound|look|seem) (?:\w+ )?(?:good|great|interesting|like (?:my|something))|"
    r"(?:doesn'?t|didn'?t) (?:interest|appeal to) me|too (?:\w+ )?(?:for me|for my "
    r"taste)|never mind|skip (?:it|that)|ugh\b|yuck)"
)
_UNSEEN = re.compile(r"(?:n'?t\b|\bnot|\bnever)\s+(?:\w+\s+){0,2}?(?:seen|saw|watched|heard)\b")
_NO_FAN = re.compile(
    r"\bnot (?:really |that |exactly |so |too )*(?:(?:much of )?a |big )*(?:fan|into)\b"
)
_SEEN = re.compile(r"\b(?:already )?(?:seen|saw|watched)\b")

_ONE = re.compile(r"\b(?:it|that|this|one)\b")
_ALL = re.compile(
    r"\b(?:them|those|these|they|both|all|ones|suggestions|ideas|choices|picks|options|"
    r"take a look|look into|check out)\b"
)
_ALL_ASKED = re.compile(r"\b(?:these|those|them|any of|both|they)\b")

_NOT_MINE = re.compile(r"(?:n't|\bnot)\s+(?:\w+\s+)?$|\b(?:they|he|she|who|kids|wife|husband) $")


def implied_stance(plain: PlainText, masked: Masked, background: Background) -> Stance:
    """The stance of words that judge the suggestion without naming it; polarity 0 if none."""
    text = plain.lower
    blame = _BLAME.search(text)
    if blame:
        return Stance(-0.7, 0.7, blame.start("cue"), blame.end("cue"), True)
    praise = _PRAISE.search(text)
    if praise and not _NOT_MINE.search(text[: praise.start("cue")]):
        return Stance(0.7, 0.7, praise.start("cue"), praise.end("cue"), True)
    no = _NO.match(text)
    if no and re.search(r"\btoo \w+", text) and background.asks:
        return Stance(-0.6, 0.6, no.start(), no.end(), True)
    verdicts = loose_verdicts(masked)
    if verdicts:
        return _in_plain(masked, verdicts[-1])
    return Stance(0.0)


def of_all(plain: PlainText, background: Background) -> bool:
    """Whether such words judge all that was put forward: "yes they are", "I'll take a look"."""
    told = plain.lower
    if len(background.discourse.fresh) < 2 or _ONE.search(told):
        return False
    return bool(_ALL.search(told) or _ALL_ASKED.search(background.question.lower()))


def _in_plain(masked: Masked, verdict: LooseVerdict) -> Stance:
    start, end = masked.places[verdict.start], masked.places[verdict.end - 1] + 1
    return Stance(verdict.polarity, 0.65, start, end, True)


def by_its_traits(said: Sequence[Opinion], item: Item, background: Background) -> Stance:
    """A suggestion declined for what it is: "I don't watch westerns" to a single western."""
    if len(background.discourse.fresh) != 1:
        return Stance(0.0)
    traits = [
        o.stance for o in said if o.mention.kind == "facet" and o.mention.value in _traits(item, o)
    ]
    signs = {stance.polarity > 0 for stance in traits if abs(stance.polarity) > 0.15}
    return replace(traits[0], polarity=-0.6, confidence=0.5) if signs == {False} else Stance(0.0)


def _traits(item: Item, opinion: Opinion) -> tuple[str, ...]:
    return item.values(opinion.mention.field)


def answered(
    plain: PlainText, background: Background, asked_about: list[Mention]
) -> list[tuple[Mention, Stance, bool | None]]:
    """What "yes" or "no" says of the mentions in the assistant's question: stance and seen."""
    yes, no = _YES.match(plain.lower), _NO.match(plain.lower)
    match = no or yes
    if match is None or not background.asks:
        return []
    items = [m for m in asked_about if m.kind == "item" and m.rows]
    rest = plain.lower[match.end() :]
    if no and background.asks == "liked" and _UNSEEN.search(match.group() + rest):
        return [(m, Stance(0.0), False) for m in items] if len(items) == 1 else []
    if yes and items and background.asks == "liked" and re.search(r"\bseen\b", rest):
        return [(m, Stance(0.0), True) for m in items[:1]]
    if background.asks == "seen" and items:
        seen = yes is not None and no is None
        if no and _SEEN.search(rest) and not re.search(r"n't|not|never", rest + match.group()):
            return []
        return [(m, Stance(0.0), seen) for m in items] if len(items) == 1 or seen else []
    sign = 1.0 if yes and not no and not _NO_FAN.search(plain.lower) else -1.0
    if background.expected < 0:
        sign = -sign if sign > 0 else 0.0
    found: list[tuple[Mention, Stance, bool | None]] = []
    several = max(len(items), len(background.discourse.fresh)) > 1
    if not _ALL_ASKED.search(background.question.lower()) and asked_about[:1] == items[:1]:
        asked_about = asked_about[:1]
    for mention in asked_about:
        if sign < 0 and (several if mention.kind == "item" else len(asked_about) > 1):
            continue
        at = replace(mention, start=match.start(), end=match.end(), pronoun=True)
        found.append((at, Stance(0.6 * sign, 0.6, match.start(), match.end(), True), None))
    return found


def following_verdicts(masked: Masked, said: Sequence[Opinion]) -> list[tuple[Mention, Stance]]:
    """Verdicts without a subject after a title: "I saw Red Sparrow. Not a good movie"."""
    found: list[tuple[Mention, Stance]] = []
    for verdict in loose_verdicts(masked):
        before = [m for p, m in masked.at.items() if m.kind == "item" and p < verdict.start]
        if not before or before[-1].plural:
            continue
        stance = _in_plain(masked, verdict)
        judged = any(_about(before[-1], o) and abs(o.stance.polarity) > 0.15 for o in said)
        if not judged:
            at = replace(before[-1], start=stance.start, end=stance.end, pronoun=True)
            found.append((at, stance))
    return found


def _about(mention: Mention, opinion: Opinion) -> bool:
    other = opinion.mention
    return other.kind == "item" and (
        other.rows[:1] == mention.rows[:1] if mention.rows else other.value == mention.value
    )
