"""Weighs whether a word that may name a person does: what stands around it, and its capitals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.mentions import Mention
from bot.ordinary import ANSWER_WORDS, FUNCTION_WORDS, is_ordinary
from bot.plain_text import PlainText

CUE = re.compile(
    r"\b(?:with|by|starring|stars|star|featuring|feat|from|of|directed by|director|actor|actress|"
    r"artists?|artiste|singer|band|bands|musicians?|like|likes|love|loves|loved|enjoy|fan of|into|"
    r"hate|stand|add|play|some|more|any|and|or|no|not|prefer|than|except|is|are|have|has|include|"
    r"including|want|hear|listen to)\W{1,3}(?:some |more |any |the |a |little |songs? )*$"
)
WORKS = re.compile(
    r"^(?:'s?)?\s+(?:\w+\s+)?(?:movies?|films?|flicks?|songs?|music|"
    r"tracks?|albums?|style|stuff|duets?)\b"
)
_INTRODUCED = re.compile(
    r"(?:\b(?:by|starring|stars|directed by|actors?|actress|director|artists?|bands?|groups?|"
    r"singers?|rappers?|musicians?)|\b(?:artists?|bands?|groups?|singers?|rappers?|actors?|people) "
    r"(?:like|such as)|\b(?:songs?|music|tracks?|hits|films?|movies?) (?:with|by|of)|\bw/|"
    r"\bwith|\bfan of)\s+$"
)
_SOME = re.compile(r"\b(?:some|more|any|add|play|hear|listen to|little)\s+$")
_ENDS = re.compile(
    r"^\s*(?:$|[.,!?;:)&/+]|(?:and|or|too|also|as well|please|pls|plz|etc|in it|"
    r"songs?|music|tracks?|hits|movies|films|next|now|then|instead)\b)"
)
_OF_A_PERSON = re.compile(
    r"^\s+(?:is|was|are|were|'s)\s+(?:(?:a|an|the|my|such|so|really|very|also|always|one|of|great|"
    r"good|fine|best|favou?rite|funny|brilliant|amazing|pretty|talented) ){0,5}"
    r"(?:actor|actress|director|singer|band|rapper|artist|guitarist|musician|comedian)s?\b|"
    r"^\s+(?:in it|is in it|was in it)\b|^\s+at (?:his|her|their) best\b"
)
_PLACE = re.compile(r"\b(?:in|at|near|around|to visit|of) (?:the )?$")
_LIST = re.compile(r"^\s*(?:[,/&+]|and\b|or\b|,\s*(?:and|or)\b)\s*$")
_ARTISTS = re.compile(r"\b(?:bands?|artists?|singers?|rappers?|groups?|musicians?)\b")
_FILLERS = ANSWER_WORDS | frozenset("some any more add play etc both anything by stuff".split())


def alone(plain: PlainText, position: int, music: bool) -> bool:
    """Whether a catalogue's one-word name ("Adele", "Cher") is really meant."""
    word = plain.words[position]
    cued = bool(CUE.search(plain.lower[: word.start][-30:]))
    works = bool(WORKS.match(plain.lower[word.end :][:24]))
    if not music:
        return (
            word.capital and not is_ordinary(word.text) and (cued or works) and len(word.text) > 3
        )
    if len(plain.words) == 1:
        return True
    if is_ordinary(word.text):
        return word.capital and cued and not plain.text.isupper()
    before, after = plain.lower[: word.start], plain.lower[word.end :]
    listed = re.search(r",\s*$", before) or after.startswith(",")
    return cued or works or bool(listed) or len(plain.words) < 4


def inside_a_name(plain: PlainText, position: int) -> bool:
    """Whether a capitalised word has capitalised neighbours: it is part of a longer name."""
    word = plain.words[position]
    before = plain.words[position - 1] if position else None
    after = plain.words[position + 1] if position + 1 < len(plain.words) else None
    if not word.capital or plain.text.isupper():
        return False
    if after and after.capital and plain.text[word.end : after.start] == " ":
        return not is_ordinary(after.text)
    return bool(
        before
        and before.capital
        and plain.text[before.end : word.start] == " "
        and not is_ordinary(before.text)
        and not _opens(plain, before.start)
    )


def person_follows(plain: PlainText, end: int) -> bool:
    """Whether what comes after speaks of a person: "is a good actor", "in it"."""
    return bool(_OF_A_PERSON.match(plain.lower[end:][:90]))


def introduced(plain: PlainText, start: int) -> bool:
    """Whether what comes before announces a person: "by", "bands like", "starring"."""
    return bool(_INTRODUCED.search(plain.lower[:start][-40:]))


def meant(plain: PlainText, mention: Mention) -> bool:
    """Whether a name that is an ordinary word too ("Pink", "the rock") is meant as a name."""
    start, end = mention.start, mention.end
    words = [w for w in plain.words if start <= w.start < end]
    telling = [w for w in words if w.text not in FUNCTION_WORDS]
    ends = bool(_ENDS.match(plain.lower[end:][:24]))
    capital = all(w.capital for w in telling or words) and not plain.text.isupper()
    if not telling:
        return capital and words[-1].capital and introduced(plain, start)
    if introduced(plain, start):
        return capital or (ends and not plain.lower[:start].endswith(" with "))
    if person_follows(plain, end):
        return True
    if capital and (len(telling) > 1 or not _opens(plain, start)):
        before, after = plain.lower[:start][-30:], plain.lower[end:][:24]
        strange = not is_ordinary(telling[0].text) and not _PLACE.search(before)
        if len(telling) > 1 or strange or CUE.search(before) or WORKS.match(after):
            return True
    return bool(_SOME.search(plain.lower[:start][-16:])) and ends


def settled(
    plain: PlainText, sure: Sequence[Mention], unsure: Sequence[Mention], asked: bool
) -> list[Mention]:
    """Those of the doubtful names that are meant: by a cue, in a list, or as a whole answer.

    `asked` says that an artist was just asked for.
    """
    unsure = [m for m in unsure if not any(s.start < m.end and m.start < s.end for s in sure)]
    every = sorted([*sure, *unsure], key=lambda m: m.start)
    if _only_names(plain, every) and (asked or len(every) > 1):
        return [m for m in unsure if _listable(plain, m)]
    found = [m for m in unsure if meant(plain, m)]
    named = bool(_ARTISTS.search(plain.lower)) or asked
    for mention in unsure:
        ends = _ENDS.match(plain.lower[mention.end :][:24])
        if mention in found or not ends or not _listable(plain, mention):
            continue
        others = [*sure, *found, *(unsure if named else ())]
        if any(_in_a_list(plain, mention, other) for other in others if other is not mention):
            found.append(mention)
    return found


def _listable(plain: PlainText, mention: Mention) -> bool:
    texts = {w.text for w in plain.words if mention.start <= w.start < mention.end}
    return not FUNCTION_WORDS.issuperset(texts)


def _in_a_list(plain: PlainText, one: Mention, other: Mention) -> bool:
    first, second = sorted((one, other), key=lambda m: m.start)
    return bool(_LIST.match(plain.lower[first.end : second.start]))


def _only_names(plain: PlainText, names: Sequence[Mention]) -> bool:
    rest = [w.text for w in plain.words if not any(m.start <= w.start < m.end for m in names)]
    return bool(names) and _FILLERS.issuperset(rest)


def _opens(plain: PlainText, start: int) -> bool:
    """Whether a sentence begins here, so that a capital says nothing."""
    before = plain.text[:start].rstrip()
    return not before or before[-1] in ".!?\n"
