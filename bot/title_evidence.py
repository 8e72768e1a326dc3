"""How strongly the words around a possible title say that it is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.ordinary import FUNCTION_WORDS, ordinary_words
from bot.plain_text import PlainText

_NOUN = r"(?:movies?|films?|flicks?|songs?|tracks?|tunes?|albums?|records?|books?|shows?|title)"

_CUES_BEFORE = tuple(
    (re.compile(pattern + r"(?: maybe| perhaps| also| even)?(?: the)?[ ,\"'(]{0,3}$"), weight)
    for pattern, weight in (
        (r"\b(?:called|titled|named|entitled)", 3.0),
        (rf"\b{_NOUN}(?: (?:is|was|like|such as))?(?: the)?", 1.8),
        (r"\b(?:watch|watched|watching|saw|seen|rewatch|rewatched|listen to|listened "
         r"to)(?: the)?", 1.6),
        ((
            r"\b(?:see|seeing|check out|checked out|heard of|heard about|listening "
            r"to|play|stream)(?: the)?"
        ), 1.2),
        (r"\b(?:love|loved|like|liked|enjoy|enjoyed|hate|hated|adore|adored|dislike|"
         r"disliked)", 1.0),
        (r"\b(?:recommend|suggest|suggested|recommended|try|prefer|about|than|wrong with|similar "
         r"to|such as)", 1.0),
        ((
            r"\b(?:(?:favou?rite|fave|fav)s?,|(?:favou?rite|fave|fav)s?(?: \w+){0,5} "
            r"(?:is|are|was|were|would be|has to be)|remember|top (?:\d+|three|five|ten) are)"
        ), 1.6),
        (r"\b(?:(?:have|got|going|gotta) (?:to )?(?:say|be|go with)|i'?d (?:say|go with))", 1.6),
        (r"\b(?:ending|plot|soundtrack|cast) of|\bsequel to|\bremake of", 1.6),
        (r"\b(?:version of|end of|original|first|seen)", 0.8),
        (r"\b(?:think|thinking|imagine)(?: of)?", 0.6),
        (r"\b(?:not|except|except for|anything but|instead of)(?: the)?", 1.0),
        ((
            r"(?:^|[.!?]\s*|, (?:so |and |but )?)(?:yes|yeah|no|ok|okay|oh|well|maybe|or|and|"
            r"how about|what about)"
        ), 1.0),
    )
)  # fmt: skip

_WATCHED_UP = re.compile(r"\b(?:watch(?:ed)?|saw|seen|loved?|liked?|enjoyed|hated)\s+$")

_AMOUNT = re.compile(
    r"^\s*(?:%|/|-|to\b|or so|minutes|mins?\b|hours|hrs|times|years?|movies|films|"
    r"songs|dollars|bucks|"
    r"percent|people|days|am\b|pm\b|stars?|more|other|of\b)"
)

_JUDGED = re.compile(
    r" (?:was|is) (?:so|too|very|really|such|just|pretty|a|an|the|my|one of|great|good|awful|"
    r"awesome|amazing|terrible|fantastic|boring|funny|hilarious|wonderful|brilliant|perfect)\b"
)
_FAVOURITE = re.compile(
    r" (?:is|was|are) (?:still |also |probably )?(?:one of )?my (?:all.time )?fav"
)
_ORDER = re.compile(
    r"^\s*(?:can you |could you |please |pls |now )*(?:play|put on|queue|stick on)"
    r"(?: me| us)?(?: the (?:song|track))?\s+$"
)
_NOTHING_MORE = re.compile(r"^\W*(?:please|pls|now|next|thanks|then|instead)?\W*$")
_SUBJECT = re.compile(
    r"\b(?:i|we|he|she|they|you|who|it|that|just|already|never|also|once|have|'ve|even|"
    r"finally|last|ever|not|n't|recently|kids|wife|husband|mom|dad|and|or)\s+$"
)
_NO_OBJECT = re.compile(
    r"^(?:\s*[,!?]|\s*\.(?!\.)|\s*$| (?:movies|series|franchise|films|is|was|oh)\b)"
)
_SMALL_WORDS = frozenset("a an the of to in on at for with from by and or but as it".split())

SENTENCE_END = re.compile(r"[.!?\n:;]\s*[\"'(]*$|^[\"'(\s]*$")

_CUE_AFTER = re.compile(
    r"^(?:'s (?:one|my|a|the|great|good|awesome|amazing)\b|\W{0,2}(?:is|was|were|"
    r"isn't|wasn't|looks|"
    r"looked|sounds|"
    r"sounded|seems|made me|has|had|with|by|came|did(?:n't| not)|does(?:n't| not)|deserves|"
    r"blew|bored|left me|gets?|got|i (?:also |really )?(?:liked?|loved?|saw|enjoyed))\b)"
)

# What only a title or a name can have behind it at the start of a sentence.
_SAID_OF = re.compile(
    r"^\W{0,3}(?:yes|no|nope|not so much|not really|less so|maybe not|any ?(?:day|time)|"
    r"\d(?:\.\d)? ?(?:/|out of|stars?)|(?:one|two|three|four|five) stars?|"
    r"(?:was|is) (?:okay|ok|alright|fine|meh|so so)|did(?:n't| not) (?:do|work|click|land)|"
    r"on the other hand|i(?:'d| could| can| would)|gets? (?:\d|one|two|three|four|five))\b"
)

_JOIN = re.compile(r"^[\s,]*(?:and|or|&|,|/|then|also|plus|nor)?[\s,]*(?:the |also )?$")


@dataclass(frozen=True, slots=True)
class Window:
    first: int
    last: int  # inclusive word positions
    start: int
    end: int
    rows: tuple[int, ...]
    similarity: float
    need: float


def cue_evidence(before: str, after: str) -> float:
    best = max((w for pattern, w in _CUES_BEFORE if pattern.search(before)), default=0.0)
    return best + (1.0 if _CUE_AFTER.match(after) else 0.0)


def grammar_evidence(words: str, before: str, after: str) -> float:
    """Evidence of small words where grammar has no place for them: "watched up.", "Her was"."""
    if words.lower() == "up" and _WATCHED_UP.search(before):
        return 1.5 if not after or after.startswith((".", ",", "!", " was", " and")) else 0.0
    if words == "It" and re.search(r"\bthe (?:new|newer|old|older|original|first)\s$", before):
        return 3.0
    if words.lower() == "saw" and _NO_OBJECT.match(after) and not _SUBJECT.search(before):
        return 3.5  # a verb would have somebody before it and something after it
    if _ORDER.match(before) and _NOTHING_MORE.match(after):
        return 2.5
    if _FAVOURITE.match(after):
        return 1.0
    if not before.strip() and words[:1].isupper() and _JUDGED.match(after):
        return 0.7
    if words[:1].isupper() and SENTENCE_END.search(before) and _SAID_OF.match(after):
        return 1.5
    if words in ("Up", "Her", "Us", "Him", "Me") and re.match(r" (?:is|was|has|had)\b", after):
        return 1.6
    if words == "Us" and not SENTENCE_END.search(before):
        return 1.0  # the country has two capitals, the pronoun none
    if words.lower() in ("it", "that") and _CUE_AFTER.match(after):
        return -1.2  # "It was filmed here" is a pronoun more often than the film
    if words.isdigit() and (
        _AMOUNT.match(after) or before.endswith(("$", "about ", "over ", "than "))
    ):
        return -3.0
    return 0.0


def capital_evidence(plain: PlainText, window: Window, before: str, cased: bool) -> float:
    """Evidence of capital letters: strong inside a sentence, weak at its start."""
    words = plain.words[window.first : window.last + 1]
    content = [w for w in words if w.text not in FUNCTION_WORDS] or [
        w for w in words if w.text not in _SMALL_WORDS
    ]
    content = content or list(words)
    if not cased or not all(w.capital or w.text[0].isdigit() for w in content):
        return 0.0
    if not any(w.capital for w in words):
        return 0.0
    said_of = _CUE_AFTER.match(plain.lower[window.end :][:24])
    if len(words) == 1 and not said_of and _inside_a_name(plain, window.first):
        return -1.0
    capitals = sum(w.capital for w in words)
    if SENTENCE_END.search(before) and capitals < 2:
        return 0.5
    return 2.7 if 1 < capitals == len(words) and words[0].text in FUNCTION_WORDS else 2.0


def _inside_a_name(plain: PlainText, position: int) -> bool:
    """Whether the word stands in a longer run of capitals ("Jack" in "Jack Nicholsen")."""
    word = plain.words[position]
    for other in plain.words[max(0, position - 1) : position + 2]:
        first, second = sorted((word, other), key=lambda w: w.start)
        beside = other is not word and plain.text[first.end : second.start] == " "
        own = other.text in FUNCTION_WORDS or other.text.startswith("i'")
        if beside and other.capital and not own:
            start = SENTENCE_END.search(plain.text[: other.start])
            if not (start and other.text in ordinary_words()):
                return True
    return False


def tells_case(plain: PlainText) -> bool:
    """Whether capitals mean anything: not in a message all in capitals or in title case."""
    inner = [
        w
        for w, last in zip(plain.words[1:], plain.words, strict=False)
        if w.text not in ("i", "i'm", "i've", "i'd", "i'll")
        and not SENTENCE_END.search(plain.text[last.end : w.start])
    ]
    if len(inner) < 4:
        return not plain.text.isupper()
    return sum(w.capital for w in inner if w.text in FUNCTION_WORDS) <= 0.3 * max(
        1, sum(w.text in FUNCTION_WORDS for w in inner)
    )


def beside(plain: PlainText, window: Window, accepted: list[Window]) -> bool:
    for other in accepted:
        left, right = (other, window) if other.last < window.first else (window, other)
        if left.last < right.first and right.start - left.end < 16:
            gap = plain.lower[left.end : right.start]
            if gap.strip() and _JOIN.match(gap):
                return True
            if gap == " " and window.need < 1.2 and plain.words[window.first].capital:
                return True  # titles in a row: "Fargo American Psycho"
    return False


def is_entry(plain: PlainText, window: Window) -> bool:
    """Whether the window is one whole entry of a list of three or more."""
    before, after = plain.text[: window.start].rstrip(), plain.text[window.end :].lstrip()
    opened = not before or before[-1] in ",;\n"
    closed = not after or after[0] in ",;\n.!?"
    separators = len(re.findall(r"[,;\n]", plain.text))
    return opened and closed and separators > (1 if window.need < 3 else 4)
