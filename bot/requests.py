"""Reads requests about the talk itself: a column asked for, what to lift, what to forget."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.conversation import Background
from bot.intents import is_attack
from bot.mentions import Mention
from bot.plain_text import PlainText
from retrieval.catalog import Catalog
from retrieval.signals import Signal

_COLUMNS = (
    ("runtime", r"how long|runtime|running time|length|how many (?:minutes|hours)|long is"),
    ("directors", r"who (?:directed|made|is the director)|director|directed by"),
    ("cast", r"who(?:'s| is| was| are| else is)? (?:in|the (?:star|lead|cast|actor)|"
             r"starring)|who (?:stars|plays|acts|acted|sings|sang)|cast|starring|stars? "
             r"in|actors?"),
    ("year", r"when (?:was|did|is)|what year|which year|how old is|come out|came out|"
             r"release date|released"),
    ("genres", r"what (?:genre|kind|type|sort)|genre|is (?:it|that|this) (?:a |an )?(?:comedy|"
               r"horror|drama|thriller|action|romance|scary|funny|romantic)"),
    ("price", r"how much|price|cost|expensive"),
    ("language", r"(?:what|which) language|in english|subtitl|dubbed"),
    ("country", r"(?:what|which) country|where (?:was|is) (?:it|that) (?:made|from|filmed)"),
    ("similar", r"similar to|anything like|something like|is (?:it|that|this) (?:anything )?like"),
    ("description", r"what(?:'s| is| was)? (?:it|that|this|\w+(?: \w+)*) about|what(?:'s|"
                    r" is) the (?:plot|story)|tell me (?:more )?about|plot|describe|"
                    r"synopsis|is (?:it|that|this) (?:any )?(?:good|gory|violent|sad)|"
                    r"what happens"),
)  # fmt: skip
_ASKED = tuple((column, re.compile(rf"\b(?:{pattern})")) for column, pattern in _COLUMNS)
_ASKED_IN_CHINESE = (
    ("runtime", "多长|几分钟|时长|片长"),
    ("directors", "导演"),
    ("cast", "谁演|主演|演员"),
    ("year", "哪一?年|什么时候|年份"),
    ("genres", "什么类型|类型"),
    ("description", "讲(?:的是)?什么|关于什么|剧情"),
)
_LIFTED = re.compile(
    r"\b(?:what if|and without|without|drop|ignore|forget about|never mind|remove|lift|"
    r"regardless of|(?:it )?does(?:n'?t| not) (?:have to|need to|matter)|don'?t care "
    r"about|no matter)\s+(?:you (?:drop|ignore|remove) |about |consider(?:ing)? |what "
    r")?(?:the |my |that |a )?(year|decade|era|genres?|language|country|runtime|length|"
    r"time limit|price|budget|director|actor|cast|people|artist)s?(?: (?:limit|filter|"
    r"constraint|requirement|rule|restriction))?\b"
)
_FIELDS = {
    "decade": "year",
        "era": "year", "genres": "genre", "length": "runtime", "time limit": "runtime",
    "budget": "price",
        "director": "person", "actor": "person", "cast": "person", "people": "person",
}  # fmt: skip
_FORGET_ALL = re.compile(
    r"\bforget (?:everything|all(?: of (?:it|that|this))?|about me|what you know)|\b(?:delete|"
    r"clear|reset|erase|wipe) (?:my|all|everything)(?: my)?(?: (?:profile|tastes?|preferences|"
    r"data|history|memory))?"
)
_FORGET = re.compile(
    r"\b(?:forget (?:that|what i said about|about|the (?:fact|thing|bit|part) (?:that|"
    r"about)|my|i\b)|i never said|i did(?:n'?t| not) say|remove\b.*\bfrom my|stop (?:assuming|"
    r"thinking) (?:that )?i|i don'?t actually)"
)
_BARE_NO = re.compile(r"^\W*(?:no|nope|nah|naw|no way|hell no|ugh|pass|not really|next)\W*$")
_FORGET_THAT = re.compile(
    r"^\W*(?:(?:oh|ok|okay|no|please|actually|sorry|well|hmm|can you|just|you can)\W+)*(?:forget|"
    r"scratch|undo|strike|take back|ignore) (?:that|it|this|what i (?:just )?said|"
    r"my last (?:message|answer|sentence))(?: last (?:one|bit|part))?(?: please| again)?\W*$"
)
_WHY_NOT = re.compile(r"\bwhy (?:not|did(?:n'?t| not)|was(?:n'?t| not)|is(?:n'?t| not)|no)\b")
_GOODBYE = re.compile(
    r"\b(?:bye+|goodbye|good bye|good night|goodnight|see (?:you|ya)|take care|farewell|cheerio|"
    r"have a (?:\w+ )*(?:one|day|night|evening|weekend|time)|later(?:s| gator)?\W*$|ciao|cya)\b"
)
_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|ty|cheers|appreciate|much obliged|ta)\b")
_AGAIN = re.compile(
    r"\b(?:(?:show|see|give|list|recommend|suggest|bring|have)\b[^.!?]{0,60}"
    r"\b(?:again|once more|one more time)|repeat (?:that|those|them)|"
    r"(?:what|which) (?:was|were) (?:it|that|those|they) again|"
    r"show (?:me )?(?:the|that|those) (?:same|previous|last|earlier)|"
    r"the (?:same|previous) (?:ones|list|movie|film))\b"
)


def asked_column(text: str) -> str | None:
    """The column that a question asks for, if any."""
    return next((column for column, pattern in _ASKED if pattern.search(text)), None)


def asked_topic(text: str, intents: Sequence[str]) -> str | None:
    """What small talk, a why and an attempt to instruct are about, for the reply to fit."""
    if "why" in intents:
        return "why_not" if _WHY_NOT.search(text) else None
    if is_attack(text):
        return "instruction"
    if "social" not in intents:
        return None
    if _GOODBYE.search(text):
        return "goodbye"
    return "thanks" if _THANKS.search(text) else None


def declines(text: str, background: Background) -> bool:
    """Whether a bare "no" turns down what was just put forward, rather than answers a question."""
    offered = background.suggested_before and background.asks != "seen"
    about = not background.question or background.discourse.fresh
    return bool(offered and about and _BARE_NO.match(text))


def points_back(text: str) -> bool:
    """Whether all that is to be forgotten is what was just said ("forget that")."""
    return bool(_FORGET_THAT.match(text))


def asked_in_chinese(text: str) -> str | None:
    """The column that a Chinese question asks for, if any."""
    return next((column for column, pattern in _ASKED_IN_CHINESE if re.search(pattern, text)), None)


def lifted(text: str) -> tuple[str, ...]:
    """Fields of constraints that a what-if lifts ("and without the year?")."""
    found = [_FIELDS.get(m.group(1), m.group(1)) for m in _LIFTED.finditer(text)]
    return tuple(dict.fromkeys(found))


def wants_again(text: str) -> bool:
    """Whether something already shown is asked for."""
    return bool(_AGAIN.search(text)) and not re.search(
        r"\b(?:not|never|n't)\b[^.!?]*\bagain\b|\b(?:thanks|thank you|hello|hi) again\b", text
    )


def forgotten(
    plain: PlainText, named: list[Mention], catalog: Catalog
) -> tuple[tuple[Signal, ...], bool]:
    """The targets to be forgotten, and whether everything is."""
    found = _FORGET.search(plain.lower)
    if _FORGET_ALL.search(plain.lower) and not (found and named):
        return (), True
    if not found:
        return (), False
    targets: list[Signal] = []
    for mention in named:
        if mention.start < found.start():
            continue
        evidence = plain.evidence(found.start(), mention.end)
        if mention.kind == "item":
            for row in mention.rows if mention.plural else mention.rows[:1]:
                item = catalog.items[row]
                targets.append(
                    Signal("item", 0.0, evidence=evidence, title=item.title, item_id=item.item_id)
                )
        elif mention.kind == "facet":
            targets.append(
                Signal("facet", 0.0, evidence=evidence, field=mention.field, value=mention.value)
            )
        elif mention.kind == "range":
            targets.append(
                Signal(
                    "range",
                    0.0,
                    evidence=evidence,
                    field=mention.field,
                    min=mention.low,
                    max=mention.high,
                )
            )
    return tuple(targets), False
