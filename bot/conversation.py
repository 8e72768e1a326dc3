"""What the messages before the last one leave open: titles discussed, a question to answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.mentions import Mention
from bot.references import Discourse
from bot.understanding import Message, Request

_LOOK_BACK = 6  # earlier messages that a reference may reach

_ASKS_DISLIKE = re.compile(
    r"(?:n'?t|\bnot|\bnever)\s+(?:you\s+)?(?:\w+\s+){0,2}?(?:like|enjoy|love|into|care|"
    r"want)|\bdislike|\bhate|\bavoid|\bleast favou?rite|\bstay away|\bdeal ?breaker|"
    r"\bcan'?t stand|\brather not|\boverrated|\bworst|\bdisappoint|\blet you down|\bregret"
)
_ASKS_LIKE = re.compile(
    r"\b(?:kinds?|types?|sorts?|genres?|style|favou?rites?|what (?:movies?|films?|music|"
    r"songs?|artists?|bands?)|which|liked?|enjoy(?:ed)?|loved?|prefer|looking for|mood|interested|"
    r"into|want|feel like|artists?|looking to|name a)\b"
)
_ASKS_WHY = re.compile(
    r"\bwhy\b|\bwhat (?:is it|did|do|don'?t|didn'?t|was it|about|"
    r"else)\b[^?]*\b(?:like|dislike|enjoy|love|hate|about)\b|\bhow "
    r"come\b|\bwhat (?:you|u) (?:really )?(?:dis)?liked?\b|\bfavou?rite (?:part|thing|scene|"
    r"character|aspect)|\b(?:parts?|things?) (?:of|about)\b|\bwhat makes\b|\breasons?\b|"
    r"\banything else (?:in particular )?about\b|\bwhat (?:about|was)\b[^?]*\bmakes?\b"
)
_OFFERED = re.compile(
    r"\b(?:here(?:'s| is| are)|i(?:'ve| have)? added|check (?:these|this|them|"
    r"out)|what do you think|let me know|"
    r"(?:added|try|how about|how are|do you like) (?:these|this|those|some|a few))\b"
)
_SEEN = re.compile(r"\b(?:seen|watched|heard of|see|watch|heard|familiar with|know)\b")
_LIKED = re.compile(
    r"\b(?:did|do|would|will|are|were|have|can|could|should|shall|want|"
    r"how about|does)\b[^?]*\b(?:like|liked|love|enjoy|enjoyed|into|"
    r"fan|interested|prefer|want|mood|sounds?|watch(?:ing)?|check|try|"
    r"add|interest|ok|okay|good|up for)\b|\bsound good|\bhow does\b|"
    r"\bhow about\b|\bwhat about\b|\bwould you like\b"
)


_BARE_OFFER = re.compile(r"^(?!.*\b(?:who|when|where|why|how|what|which)\b).*\?\s*$")


@dataclass(frozen=True, slots=True)
class Background:
    """What a message answers.

    `expected` is the sign that a bare answer takes (+1 after "what do you like?", -1 after "what
    do you dislike?", 0 otherwise); `explaining` after a question for reasons. `question` is the
    last question's text, `asks` whether it was whether something was "seen" or "liked".
    `title_expected` and `artist_expected` say that one was just asked for or spoken of.
    `follows_title` says that the user's own words just before named a title. `said` is what the
    assistant said since the user last spoke, `earlier` the texts of the last few messages.
    """

    discourse: Discourse
    expected: float = 0.0
    explaining: bool = False
    question: str = ""
    asks: str = ""
    title_expected: bool = False
    artist_expected: bool = False
    follows_title: bool = False
    requested_before: bool = False
    suggested_before: bool = False
    said: str = ""
    earlier: tuple[str, ...] = ()


_ARTIST = re.compile(r"\b(?:artists?|singers?|bands?|groups?|musicians?|rappers?|who do you)\b")


def background(
    request: Request,
    rows_of: Callable[[str, bool], Sequence[Mention]],
    row: Callable[[str], int | None],
) -> Background:
    """Read the messages before the last; `rows_of` links titles in a text, `row` finds an id."""
    earlier = request.messages[:-1]
    said = _since_user(earlier)
    words = " ".join(m.text for m in said)
    shown = tuple(r for i in request.shown if (r := row(i)) is not None)
    fresh = _titles(said, rows_of)
    own = _titles(_run_of_user(earlier), rows_of)
    latest = next((found for m in reversed(said) if (found := _titles([m], rows_of))), ())
    # Of what the assistant names together, "it" is what the user has not spoken of before.
    known = set(_titles([m for m in earlier if m.role == "user"], rows_of)) if latest[1:] else ()
    latest = tuple(row for row in latest if row not in known) or latest
    current = own[-1] if own else latest[0] if latest else None
    spoken = own or fresh or shown or _last_named(earlier[-_LOOK_BACK:], rows_of)
    for message in reversed(earlier[-_LOOK_BACK:]):
        if current is not None:
            break
        titles = _titles([message], rows_of)
        current = titles[-1] if titles else None
    if current is None:
        older = [r for i in request.named if (r := row(i)) is not None]
        current = shown[0] if shown else older[-1] if older else None
    asked = _last_question(said)
    question = asked.lower()
    like, dislike = bool(_ASKS_LIKE.search(question)), bool(_ASKS_DISLIKE.search(question))
    explaining = bool(_ASKS_WHY.search(question))
    yes_no = bool(
        re.match(
            r"^\W*(?:\w+,?\s+){0,2}?(?:do|did|have|are|would|is|were|"
            r"has|could|can)\b",
            question,
        )
    )
    asks = (
        "seen" if _SEEN.search(question) and yes_no else "liked" if _LIKED.search(question) else ""
    )
    if not asks and len(fresh) == 1 and len(asked.split()) < 12 and _BARE_OFFER.search(question):
        asks = "liked"
    if re.search(r"\bd(?:id|o) you mean\b", question):
        asks = ""
    if asks == "seen" and _LIKED.search(re.sub(_SEEN, "", question)) and not fresh:
        asks = "liked"
    return Background(
        Discourse(shown or fresh, fresh or (shown if said else ()), current, spoken),
        expected=0.0
        if asks == "seen" and not explaining
        else -1.0
        if dislike and not _both_ways(question)
        else 1.0
        if like or explaining
        else 0.0,
        explaining=explaining,
        question=asked,
        asks=asks if yes_no or asks == "liked" else "",
        follows_title=bool(own),
        title_expected=bool(
            re.search(r"\b(?:movies?|films?|songs?|favou?rite|seen|like)\b", question)
        ),
        artist_expected=bool(_ARTIST.search(words.lower())),
        said=words,
        earlier=tuple(m.text for m in earlier[-_LOOK_BACK:]),
        requested_before=any(m.role == "user" and len(m.text) > 12 for m in earlier),
        suggested_before=bool(fresh or shown) or any(_OFFERED.search(m.text.lower()) for m in said),
    )


def _both_ways(question: str) -> bool:
    return bool(re.search(r"\blike\b.*\bor\b.*\bdislike\b", question))


def _since_user(earlier: Sequence[Message]) -> list[Message]:
    said: list[Message] = []
    spoken = list(earlier)
    while spoken and spoken[-1].role == "user":
        spoken.pop()  # several messages in a row are one turn
    for message in reversed(spoken):
        if message.role == "user":
            break
        said.append(message)
    return said[::-1]


def _run_of_user(earlier: Sequence[Message]) -> list[Message]:
    """The user's own messages since the assistant last spoke."""
    run: list[Message] = []
    for message in reversed(earlier):
        if message.role != "user":
            break
        run.append(message)
    return run[::-1]


def _titles(
    messages: Sequence[Message], rows_of: Callable[[str, bool], Sequence[Mention]]
) -> tuple[int, ...]:
    rows = [
        m.rows[0]
        for message in messages
        for m in rows_of(message.text, message.role == "assistant")
        if m.rows
    ]
    return tuple(dict.fromkeys(rows))


def _last_named(
    earlier: Sequence[Message], rows_of: Callable[[str, bool], Sequence[Mention]]
) -> tuple[int, ...]:
    """The titles in the last run of messages of one speaker that names any."""
    for _, run in groupby(reversed(earlier), key=lambda m: m.role):
        if found := _titles(list(run)[::-1], rows_of):
            return found
    return ()


def _last_question(said: Sequence[Message]) -> str:
    """The last sentence that asks; without a question mark too if it begins so."""
    for message in reversed(said):
        for sentence in reversed(re.findall(r"[^.!?\n]+[.!?\n]*", message.text.replace("’", "'"))):
            asked = "?" in sentence or re.match(
                r"^\W*(?:(?:ok|okay|so|and|well|cool|nice|great|oh|then|interesting)\W+)*(?:what|"
                r"why|which|do you|did you|have you|are you|can you|is there|how about|tell "
                r"me|would you|name a|how)\b",
                sentence.lower(),
            )
            if asked and len(sentence) > 3:
                return str(sentence).strip()
    return ""
