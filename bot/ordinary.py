"""How ordinary a run of words is: a title made of ordinary words needs evidence to be a title."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

# Words that are titles of real films and songs but almost never meant as such.
FUNCTION_WORDS = frozenset(
    "a an the it its her him his he she us we me my you your they them their this that these those "
    "up down in out on off over to of at by for with from as is are was were be been "
    "am do does did "
    "have has had what who why how when where which and or but not no yes yeah yep "
    "nope ok okay hello "
    "hi hey bye thanks thank please anything something nothing everything all any some "
    "one ones both "
    "movie movies film films song songs music track tracks funny good great best bad new old more "
    "most other another again so very too just like love go come see watch know think "
    "want will can "
    "would could should may might sure well now then here there i im ive dont if than "
    "only much many "
    "really thing things time way day night year years people man woman guy girl family "
    "friends kids "
    "classic action comedy drama horror romance thriller musical romantic fantasy adventure "
    "mystery "
    "western war crime history documentary animation scary sad happy fun cool nice awesome amazing "
    "everyone anyone someone nobody lol haha welcome sorry same maybe about first last "
    "next two three"
    " loved liked hated enjoyed watched seen saw looking sounds true lol perfect wow".split()
)

# What stands beside a name that only answers a question: "I would have to say X".
ANSWER_WORDS = frozenset(
    "and or also i i'd would will probably prob definitely have has got to say go with be it it's "
    "guess think maybe um uh well like sure yeah yes ok okay oh let let's me see going gotta one "
    "is that another movie film song hmm the too as perhaps either can for example just so sorry "
    "please thanks lol haha honestly".split()
)

_NEVER_TITLES = frozenset(
    "i we he she they you the a an and or but so is yes no ok okay hi lol haha".split()
)


@lru_cache(maxsize=1)
def _tables() -> tuple[frozenset[str], frozenset[str]]:
    text = (Path(__file__).parent / "ordinary_words.txt").read_text(encoding="utf-8")
    cut = text.index("# phrases")
    words = "\n".join(line for line in text[:cut].splitlines() if not line.startswith("#"))
    phrases = " ".join(line for line in text[cut:].splitlines()[1:])
    return frozenset(words.split()), frozenset(p.strip() for p in phrases.split("|"))


def ordinary_words() -> frozenset[str]:
    """The words that people use when they talk about films and music."""
    return _tables()[0]


def is_ordinary(word: str) -> bool:
    """Whether a word is one of everyday talk."""
    return word in _tables()[0] or word in FUNCTION_WORDS


def is_ordinary_phrase(words: tuple[str, ...]) -> bool:
    """Whether these words together are a common phrase ("thank you", "the other")."""
    return " ".join(words) in _tables()[1]


def evidence_needed(words: tuple[str, ...]) -> float:
    """How much evidence a run of lower-case words needs to be read as a title, 0 to 3."""
    if len(words) == 1 and words[0] in _NEVER_TITLES:
        return 5.0
    if all(word in FUNCTION_WORDS for word in words):
        return 3.0
    if len(words) > 1 and all(word.isdigit() for word in words):
        return 2.5
    if is_ordinary_phrase(words):
        return 2.5
    if len(words) > 1 and words[0] in ("a", "an", "the"):
        relief = 0.4 if words[0] == "the" else 0.0
        return max(0.0, evidence_needed(words[1:]) - relief)
    common = _tables()[0]
    known = [word in common or word.isdigit() for word in words]
    content = [word for word in words if word not in FUNCTION_WORDS]
    if len(words) == 1:
        if words[0].isdigit():
            return 1.0 if len(words[0]) > 1 else 3.0
        return 2.0 if known[0] else 1.0
    if not all(known):
        return 0.7 if len(content) < 2 else 0.0
    return 1.0 if len(words) == 2 or len(content) < 2 else 0.5
