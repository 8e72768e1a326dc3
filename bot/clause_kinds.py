"""What a clause does: ask for things, ask about them, tell what others think, or state."""

from __future__ import annotations

import re

from bot.cues import Cue
from bot.masking import Clause, Masked

_OTHERS = re.compile(
    r"\b(?:my (?!self\b|fav|all|personal|taste|ideal|top|go|mood|first|second)(?:\w+ "
    r"){0,2}?\w+|he|she|they|everyone|everybody|people|critics|someone|"
    r"somebody|reviews?|reviewers|most people|some people|friends|others|the kids|the wife|kids)\s+"
    r"(?:(?:all|both|really|also|just|always|absolutely|do|does|did|didn'?t|don'?t|"
    r"doesn'?t|would|has|have|never|totally|kind of|say|says|said|told me|keeps?|think|"
    r"thinks|thought|it|is|was|are|were|not|to|too|very|so|weren'?t|wasn'?t|aren'?t|"
    r"isn'?t|big|a|huge)\s+)*$"
)

_HEARSAY = re.compile(
    r"\b(?:heard (?:that )?|(?:they|people|critics|everyone|everybody|friends) "
    r"(?:all )?(?:say|says|said|think|thinks)(?: that)?|he said|she said|"
    r"told me|reviews? (?:say|said)|supposedly|supposed to be|apparently|"
    r"read that|said (?:that )?(?:it|I|E))\b"
)

_YOU = re.compile(r"\b(?:you|u|ya|y'all)\s+(?:\w+\s+){0,3}$")

_ME_TOO = re.compile(r"\b(?:and i|and me|i|we|me)\b\W*(?:\w+\s+){0,2}$")

_FACTUAL = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|oh|well|hmm|yes|no|also|then)\W+)*(?:is|was|are|"
    r"were|isn'?t|wasn'?t|does|did|do|don'?t|didn'?t|has|have|haven'?t|who|what|when|"
    r"where|"
    r"which|how|why|whose|will|would|should)\b"
)

_ASKS_FOR = re.compile(
    r"\b(?:recommend\w*|suggest\w*|do (?:you|u) (?:have|know)|got any|any (?:good|other|"
    r"more|great)|any ?[GPFR]|kn?ow? (?:any|of)|what are some|"
    r"what else|can (?:you|u|i|we)|could (?:you|u|i|we)|would you (?:please )?(?:add|"
    r"play|show|give|find)|are there|is there|what other|which other|any\b[^?]*\blike|"
    r"how about|what (?:G|good)|have any|have some|have more|"
    r"what [GPF]|where can i find|something|anything)"
)

_STOCK = re.compile(r"\b(?:have|got) (?:any|some|more|a few|a bit)\b")

_ONE_OF = re.compile(
    r"\b(?:looking for|recommend|suggest|want|need|know|find me|give me|show me)\b[^.?!]{0,24}"
    r"\b(?:one|ones|some|any)\b"
)

_THING = re.compile(
    r"^\W*(?:is|was|does|did|has|are|were|isn'?t|wasn'?t|doesn'?t)\W+(?:it|"
    r"that|this|he|she|they|E|I|there|P)\b"
)


def clause_kind(masked: Masked, clause: Clause) -> str:
    """Whether a clause asks for things, asks about things, speaks of the assistant, or states."""
    text = masked.text[clause.start : clause.end]
    if re.match(r"^\W*(?:(?:and|but|so|ok|okay)\W+)*why\b", text):
        return "factual"
    if clause.question:
        if re.match(r"^\W*(?:the|that) (?:one|movie|film|song) (?:with|by|from|where)\b", text):
            return "factual"  # "The one with P?" asks which is meant
        if _THING.match(text) and not re.match(r"^\W*(?:is|are) there (?:an?|any|some)", text):
            return "factual"
        if _ASKS_FOR.search(text):
            return "request"
        if re.match(r"^\W*(?:\w+\W+)?(?:do|did|have|are|would|were|had|will) (?:you|u)\b", text):
            return "you"
        if _FACTUAL.match(text):
            return "factual"
    if re.match(r"^\W*(?:and |so |but )?(?:have|did|do) (?:you|u)\b", text):
        return "request" if _STOCK.search(text) else "you"
    return "statement"


def asks_for_one(masked: Masked, position: int) -> bool:
    """ "Do you like G? I'm looking for a good one": a later clause asks for one of the kind."""
    clause = masked.clause_of(position)
    return clause_kind(masked, clause) == "you" and bool(_ONE_OF.search(masked.text[clause.end :]))


def spoken_by_others(masked: Masked, clause: Clause, cue: Cue) -> bool:
    before = masked.text[clause.start : cue.start]
    if cue.role == "after":
        return bool(_HEARSAY.search(before))
    others = _OTHERS.search(before)
    if others and not _ME_TOO.search(before):
        return True
    return bool(_YOU.search(before)) and not re.search(
        r"\bthank|\b(?:can|could|will|would) (?:you|u)\b|recommend|suggest|know|have",
        before + cue.word,
    )
