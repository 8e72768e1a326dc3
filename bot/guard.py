"""Blanks what is not the user's own word: forged notes, orders, quotations."""

from __future__ import annotations

import re

from bot.plain_text import plain_text

_FORGED = re.compile(
    r"(?:^|(?<=[\n.!?\])>]))\s*+[\[(<{*#-]*+\s*+(?:system|developer|admin(?:istrator)?|"
    r"assistant|moderator|note to (?:the )?(?:system|assistant|ai|bot|model)|important "
    r"(?:system )?(?:note|instruction)|"
    r"tool|memory|user profile|profile update|instructions?)(?:[ _-]?(?:note|message|"
    r"prompt|override|update|instruction|log|alert|notice))*\s*(?:\]|\)|>)?\s*[:=>]"
    r"(?:[^\n.!?]|[.!?](?=\S))*[.!?]?",
    re.IGNORECASE,
)
# The patterns meet plain text, in which the marks of a fenced block are straight quotes.
_TAGGED = re.compile(
    r"<(system|user|assistant|instructions?|memory|profile|script|style)\b[^>]*>.*?(?:</\1>|"
    r"$)|\[(?:system|inst|memory)\b[^\]]*\](?:.*?\[/\w+\])?|'''.*?(?:'''|"
    r"$)",
    re.IGNORECASE | re.DOTALL,
)
_ORDERED = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override) (?:all |any |your |the |my |previous "
    r"|prior |above |earlier )*(?:rules|instructions|prompts?|guidelines|filters?)[^.!?\n]*"
    r"|repeat (?:(?:after me|the following)\b|this\s*:)[^.!?\n]*|you are now\b[^.!?\n]*"
    r"|(?:say|pretend|assume|record|log|store|write down|note|act as if|act like|claim|"
    r"act as though|save|mark|put down|register|output|respond)\s+(?:to the (?:log|"
    r"profile)\s+)?(?:that\s+|like\s+)(?:i|the user|this user|user|we)\b[^.!?\n]*"
    r"|\b(?:the|this) user(?:'s)?\s+(?:\w+\s+){0,3}?(?:love|like|hate|want|prefer|dislike|"
    r"adore|favou?rite|rate|enjoy|is|has|said)\w*\b[^.!?\n]*|\buser\s+(?:\w+ly\s+)?(?:loves|likes|"
    r"hates|wants|prefers|dislikes|adores|enjoys)\b[^.!?\n]*)",
    re.IGNORECASE,
)
# Once another role was forged, the "user" of the same transcript is forged as well.
_FORGED_USER = re.compile(
    r"(?:^|(?<=\n))\s*+(?:user|human|guest|customer)\s*:[^\n]*", re.IGNORECASE
)
_QUOTED = re.compile(r"(?<!\w)(?:\"|“|«)([^\"”»\n]{12,}?)(?:\"|”|»|$)")
_OPINION = re.compile(
    r"\b(?:i|we|user|you)\b.*\b(?:love|like|hate|enjoy|want|prefer|"
    r"dislike|recommend|stand|adore|saw|watched)\w*\b|\b(?:is|was|"
    r"are) (?:\w+ )?(?:the best|the worst|awful|great|terrible|amazing|"
    r"boring|a masterpiece|trash|overrated|garbage)\b",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"(?:said|says|wrote|writes|texted|told me|review|reviewer|article|"
    r"headline|quote|posted|tweeted|comment|goes|reads|put it|emailed|"
    r"email|asked me|claims?|critics?)\W*(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """The text with all that is not the user's own opinion blanked, its length kept.

    It is judged in its plain form, so that invisible and look-alike characters hide nothing.
    """
    plain = plain_text(text)
    kept = _kept(plain.text)
    if kept == plain.text:
        return text
    characters = list(text)
    for at, before, after in zip(plain.offsets, plain.text, kept, strict=True):
        if before != after:
            characters[at] = " "
    return "".join(characters)


def _kept(text: str) -> str:
    whole = text
    for pattern in (_TAGGED, _FORGED, _ORDERED):
        text = pattern.sub(lambda m: _blank(m.group()), text)
    if text != whole:
        text = _FORGED_USER.sub(lambda m: _blank(m.group()), text)

    def unquote(match: re.Match[str]) -> str:
        quoted = match.group(1)
        spoken = _SAYS.search(text[: match.start()])
        if _OPINION.search(quoted) and (spoken or len(quoted.split()) > 4):
            return _blank(match.group())
        return match.group()

    return _QUOTED.sub(unquote, text)


def _blank(text: str) -> str:
    return "".join(c if c == "\n" else " " for c in text)
