"""Finds the moods, themes and qualities that a message wants or refuses, as short phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.mentions import Mention
from bot.ordinary import FUNCTION_WORDS, ordinary_words
from bot.plain_text import PlainText
from bot.word_lists import any_of, sections

_QUALITY = re.compile(
    r"(?<![\w'-])(?:"
    + "|".join(rf"(?P<{side}>{any_of('qualities', side)})" for side in sections("qualities"))
    + r")(?![\w'-])"
)
_SAID_OF = re.compile(
    rf"(?:(?:so|very|really|pretty|quite|just|a bit|kind of|kinda|super|too|also|not|always|"
    rf"still) )*"
    rf"(?:{_QUALITY.pattern}|interesting|fun|weird|boring|cute|cool|different|wild|clever|moving)"
)
_DO_TO_ME = re.compile(
    r"\b(?:cheer (?:me|us) up|lift (?:my|our) (?:mood|spirits?)|make (?:me|us) (?:laugh|cry|think|"
    r"smile|feel (?:good|better|happy))|makes? (?:me|you|us) (?:laugh|think|cry|smile)|scare me)\b"
)
_MY_MOOD = re.compile(r"\b(?:i'?m|i am|i feel|feeling)\s+(?:\w+\s+)?$")
_COMPARATIVE = re.compile(
    r"\b(\w{2,}?)(ier|er)(?= than\b)"
    r"|(?<![\w-])(?:(?<=something )|(?<=anything )|(?<=bit )|(?<=little )|(?<=much )|(?<=and )|"
    r"(?<=even )|(?<=way )|(?<=far )|(?<=, )|^)(\w{2,}?)(ier|er)\b(?= *(?:$|[.,!?]|and\b|please|"
    r"than|this|with|but|for|instead|movie|film|song|music))"
)
_PLAIN_BLAME = ("boring", "dull", "bland", "annoying")
_ABOUT = re.compile(
    r"\b(?:(?:movies?|films?|songs?|something|anything|stor(?:y|ies)|ones?|documentar(?:y|"
    r"ies)|books?|shows?|nothing|stuff) (?:about|involving|set in|dealing with|featuring|"
    r"that deals? with|centered (?:on|around))|takes? place in)\s+((?:[\w'-]+\s*){1,4})"
)
_TASTE_OBJECT = re.compile(
    r"\b(?:i|we)\s+(?:\w+\s+)?(?:really |just |absolutely |especially |also |usually "
    r"|particularly |do |don'?t |do not |dont |didn'?t |can'?t )*"
    r"(?:like|liked|love|loved|enjoy|enjoyed|hate|hated|dislike|stand|appreciate|prefer)\s+(?:how"
    r"\s+|that\s+)?((?:(?!as long\b)[\w'-]+\s*){1,4})"
)
_WITH = re.compile(
    r"\b(?:with|has|have|had|having|full of|lots? of|more|less|because of|for)\s+(?:a "
    r"|an |the |some |lots? of |a lot of |really |very |good |great |lots |more )*((?:[\w'-]+\s*)"
    r"{1,3})"
)
_WAS = re.compile(
    r"\b(?:it|they|that|this|he|she|movie|film|story|which)(?:\s+(?:is|are|was|were|"
    r"felt|seemed|looks?|sounds?)|'s|'re)\s+(?:just |really |very |so |pretty |always "
    r"|usually |kind of |more |kinda |quite |a bit |also |all )*((?:[\w-]+(?:,\s*(?:and "
    r")?| and )?){1,4})"
)
_THE_WAS = re.compile(
    r"\b(?:the|its|it's|his|her|their)\s+((?:[\w'-]+\s+){1,2}?)(?:in it |of it )?(?:is|"
    r"was|are|were|felt|seemed|looked|sounded)\b"
)
_GENERIC = frozenset(
    "movie movies film films song songs music track tracks one ones thing things stuff "
    "type types kind kinds sort genre genres lot lots "
    "bit something anything everything nothing some any more most other others another "
    "it that this those these them they he she you "
    "i me we us my your the a an to see watch watched watching know think really very "
    "so too much many all both either good great bad "
    "best better favorite favourite awesome amazing nice cool ok okay fine suggestions "
    "suggestion recommendations recommendation recommend list help idea ideas day night "
    "time times people person way part what when where how who which because if and "
    "or but not no yes get got go going make makes made "
    "be been is was are were do does did have has had can could would should will just "
    "also even still again actually movie's film's "
    "like love hate enjoy liked loved hated sure please thanks thank wonderful excellent "
    "terrible horrible awful perfect fantastic "
    "actor actors actress actresses cast name names title titles playlist playlists "
    "artist artists band bands album albums character characters scene scenes "
    "last first second next new old tonight today weekend now friend friends wife husband "
    "girlfriend boyfriend kid son daughter mom dad "
    "him her his their there then than i'm i've it's that's don't didn't can't im ive "
    "dont only being seen seeing try look looking "
    "feel felt say said tell told want wanted need needed mind little big huge pretty "
    "kinda always never usually often ever watchable such trying part parts point "
    "fact certain specific particular least right problem whole kinda couple few become "
    "probably give though neat go goes going except versions "
    "version able happen happens invented mean guess different".split()
)


def phrases(plain: PlainText, taken: Sequence[Mention], explaining: bool) -> list[Mention]:
    """Text mentions outside the spans already taken.

    `explaining` says that the assistant asked for reasons: then plain descriptions count too.
    """
    found: list[Mention] = []
    busy = {p for m in taken for p in range(m.start, m.end)}

    def add(start: int, end: int, field: str) -> None:
        if start < end and not any(p in busy for p in range(start, end)):
            busy.update(range(start, end))
            found.append(Mention(start, end, "text", plain.lower[start:end], field=field))

    text = plain.lower
    for match in _COMPARATIVE.finditer(text):
        stem, ending = match.group(1) or match.group(3), match.group(2) or match.group(4)
        lemma = _positive(stem, ending)
        if lemma:
            span = (match.start(), match.end())
            add(*span, "wished")
            found[-1:] = [replace(m, value=lemma) if m.start == span[0] else m for m in found[-1:]]
    for match in _DO_TO_ME.finditer(text):
        add(match.start(), match.end(), "liked")
    for match in _QUALITY.finditer(text):
        if match.group() in ("sad", "happy", "down") and _MY_MOOD.search(text[: match.start()]):
            continue  # how the user feels, not what is wanted
        side = match.lastgroup or "either"
        wished = re.search(
            r"\b(?:too|something|anything|more|less)\s+(?:\w+ )?$", text[: match.start()]
        )
        if not _mere_word(text, match) and (side != "plain" or explaining or wished):
            if side == "plain":
                side = "disliked" if match.group() in _PLAIN_BLAME else "liked"
            add(match.start(), match.end(), side)
    for pattern, side in ((_ABOUT, "either"), (_TASTE_OBJECT, "object")):
        for match in pattern.finditer(text):
            add(*_content(text, match.start(1), match.end(1)), side)
    if explaining:
        for pattern in (_WITH, _WAS, _THE_WAS):
            for match in pattern.finditer(text):
                for start, end in _pieces(text, match.start(1), match.end(1)):
                    add(start, end, "either")
    return found


def _positive(stem: str, ending: str) -> str | None:
    """The quality behind a comparative: "dark" of "darker", "funny" of "funnier"."""
    options = (stem + "y",) if ending == "ier" else (stem, stem + "e", stem[:-1])
    return next((word for word in options if _QUALITY.fullmatch(word)), None)


def is_empty_word(word: str) -> bool:
    """Whether a lower-case word says nothing of what is wanted ("movie", "really", "the")."""
    return word in _GENERIC or word in FUNCTION_WORDS


def is_quality(words: str) -> bool:
    """Whether words say only what something is like ("really funny"), no overall verdict."""
    return bool(_SAID_OF.fullmatch(words))


def as_artist(mention: Mention, field: str) -> Mention:
    """A phrase of unheard-of words in talk about music as an artist ("i like harry styles")."""
    words = mention.value.split()
    named = mention.field == "object" and len(words) < 4 and words[0] not in ordinary_words()
    return replace(mention, kind="facet", field=field, sure=0.5) if named else mention


def _mere_word(text: str, match: re.Match[str]) -> bool:
    """A listed word used as something else ("my family", "new year", "a long time", "how old")."""
    before, after = (
        text[max(0, match.start() - 24) : match.start()],
        text[match.end() : match.end() + 16],
    )
    word = match.group()
    if word in ("family", "kids", "kid", "children", "dogs", "dog", "cat", "cats", "teens"):
        if re.search(r"\b(?:my|our|his|her|the|their|your)\s+(?:\w+\s+)?$", before):
            return word not in ("kids", "kid", "children") or not re.search(
                r"\b(?:for|with)\s+(?:my|our|the)\s+(?:\w+ )?$", before
            )
        return word in ("family", "kid") and not re.match(
            r"\s*(?:movies?|films?|friendly|night)", after
        )
    if word in (
        "new",
        "old",
        "long",
        "short",
        "hard",
        "happy",
        "light",
        "deep",
        "fast",
        "heavy",
        "recent",
        "popular",
        "clean",
        "fun",
        "cars",
        "war",
        "space",
        "magic",
        "classic",
        "cops",
        "cop",
        "interesting",
    ):
        noun = re.match(
            r"\s*(?:$|[.,!]|and\b|or\b|but\b|movies?|films?|songs?|music|"
            r"ones?|stuff|tracks?|hits|releases?|in\b|too\b|please|is\b|tonight|for\b|this\b|"
            r"[a-z]+ (?:movies?|films?|songs?|music))",
            after,
        )
        wanted = re.search(
            r"\b(?:something|anything|some|more|any|too|very|really|"
            r"like|love|prefer|not|so|was|is|it's|are|and|or|,)\s+(?:\w+\s+)?$|"
            r",\s*$|^\s*$|\ban?\s+(?:\w+\s+)?$",
            before,
        )
        return not (noun and wanted)
    return False


def _content(text: str, start: int, end: int) -> tuple[int, int]:
    """The run of content words from `start`, cut at the first empty word after it."""
    first: int | None = None
    last = start
    for match in re.finditer(r"[\w'-]+", text[start:end]):
        empty = match.group() in _GENERIC or match.group() in FUNCTION_WORDS
        empty = empty or match.group().isdigit()
        if empty and first is not None:
            break
        if match.group() in ("to", "it", "when", "that", "this", "them", "him", "her", "you"):
            break
        if not empty:
            first = start + match.start() if first is None else first
            last = start + match.end()
    return (first, last) if first is not None else (0, 0)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[\w'-]+(?:\s+(?!and\b|or\b|but\b)[\w'-]+)*", text[start:end]):
        here, stop = _content(text, start + match.start(), start + match.end())
        if here < stop:
            yield here, stop
