"""Words that carry an opinion: verbs before what they judge, verdicts after it, and what turns them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

# "weak" words ("some", "any") only count where no other cue governs; "near" ones ("no", "not")
# only reach a target within three words.
Role = Literal["before", "after", "both", "weak", "near"]


@dataclass(frozen=True, slots=True)
class Cue:
    """An opinion word at [start, end) of a masked text; `polarity` is 0 for "saw" and the like."""

    start: int
    end: int
    polarity: float
    role: Role
    word: str


_VERY = (
    r"(?:so |very |really |pretty |quite |super |absolutely |totally |truly |just "
    r"|kind of |kinda |such |always |also |still |too |a bit |extremely |incredibly "
    r"|fucking |freaking |honestly |definitely |hella )*"
)
_TABLE: tuple[tuple[Role, float, str], ...] = (
    ("before", 1.0, r"can'?t get enough of|can'?t go wrong with|obsessed with|crazy "
                    r"about|in love with|"
     r"(?:can'?t|can not|cannot) wait (?:for|to (?:see|watch|hear))|love(?:d|s)?|luv(?:ed)?|"
     r"loving|lov|"
     r"ador(?:e|ed|es)|never (?:get|gets|got) (?:tired|bored|sick) of"),
    ("before", 0.7, r"(?:big |huge |massive )?(?:fan|fans) of|(?:really |totally |so "
                    r")?into|fond of|partial to|"
     r"big on|enjoy(?:ed|s|ing)?|lik(?:e|ed|es|ing)|prefer(?:red|s|ably)?|dig(?:ging)?|"
     r"appreciate(?:d)?|"
     r"favou?rites?(?: (?:G |movies? |films? |songs? |genres? |actors? |artists? |ones? "
     r"|bands? |of all time |types? )*)(?:are|is|was|were|would (?:have to |probably "
     r"|prob )?be|has to be|have to be|:|include)?|faves?|favs?|"
     r"interested in|always (?:up|down|in) for|up for|down for|keen on|excited (?:for|"
     r"about|to see)|"
     r"recommend(?:ing|ed)? (?:watching|seeing)|mood for|feel(?:ing)? like|fancy|crav(?:e|"
     r"ing)|give me|show me|"
     r"get me|find me|(?:search(?:ing)?|look(?:ing)?|hop(?:e|ing)|hunt(?:ing)?) for|"
     r"looking to (?:watch|see|find|get|hear)|want(?:s|ed|ing)?|wanna|"
     r"need|request(?:ing)?|similar to|such as|along the lines of|in the (?:vein|style) "
     r"of|add(?:ing)?|play|include|"
     r"(?:i'?ll|i will|i think i'?ll|let me|going to|gonna|i would|i'?d|have to|want "
     r"to|love to|should|try to|must) (?:(?:definitely|probably|also|have to|go|try "
     r"to|like to|love to|go ahead and|give) )*(?:watch|check(?:ing)?(?: out)?|see|"
     r"try|rent|give|look (?:up|into|for)|stream|listen to|buy|add)|"
     r"(?:can|could|will|would) (?:you|u) (?:please )?(?:recommend|suggest|add|play|"
     r"find|give|show|throw in|include|put)|"
     r"recommend|suggest(?:ions?)?(?: for)?|recommendations?(?: for)?|stick(?:ing)? "
     r"(?:to|with)|lean(?:ing)? (?:towards?|to)|gravitate towards?|must (?:be|have)|"
     r"has to be|have to be|"
     r"wouldn'?t mind|would not mind|would(?:n't)? be nice|how about (?=[^I]*[GPFR])|"
     r"what about (?=[^I]*[GPFR])|"
     r"anything (?:with|by|from|like)|something (?:with|by|from|like)"),
    ("weak", 0.6, r"only|just|more|mostly|mainly|usually|some|any(?: good| great| other)?|like"),
    ("before", 0.0, r"watch(?:ed|ing)?|saw|seen|see|seeing|heard(?: of| about)?|know|"
                    r"knew|remember|read|"
     r"what about|how about|tell me(?: more)? about|(?:sounds?|looks?|looked) like|"
     r"it(?:'s| is|s) like|E is like|"
     r"like when|like to (?:watch|see)|"
     r"remind(?:s|ed|ing)? (?:me )?of|than|doesn'?t (?:have|need) to be|does not (?:have|"
     r"need) to be|don'?t mind|do not mind|"
     r"dont mind|doesnt have to be|don'?t have to be|not necessarily|whether|thought "
     r"of|mention(?:ed|ing)?|"
     r"meant|mean|not that i (?:dislike|hate|don'?t like)|don'?t (?:dislike|hate)|didn'?t "
     r"(?:dislike|hate)|do not (?:hate|dislike)|don'?t care if"),
    ("before", -1.0, r"hat(?:e|ed|es|ing)|can'?t stand|can not stand|cannot stand|couldn'?t "
                     r"stand|can'?t bear|"
     r"despis(?:e|ed)|detest(?:ed)?|loath(?:e|ed)|allergic to|anything but|never (?:show|"
     r"recommend|suggest|play|give) me|"
     r"(?:sick|tired|bored|fed up) (?:of|with)|had enough(?: of)?|couldn'?t (?:finish|"
     r"get through|get into|sit through)|"
     r"gave up on|turned off|walked out (?:of|on)|not (?:a single|one more)"),
    ("before", -0.8, r"dislik(?:e|ed|es)|avoid(?:ing)?|skip(?:ped|ping)?|leave out|"
                     r"leav(?:e|ing) out|(?:stay|steer|move|shy|keep) (?:away|clear) "
                     r"from|"
     r"(?:don'?t|do not|dont|didn'?t|didnt|doesn'?t) (?:really |particularly |much "
     r"|even |generally |usually )*(?:care (?:much |too much )?(?:for|about)|get)|"
     r"no more|nothing (?:with|by|from|like|that'?s|too)|(?:anything|everything|all|"
     r"both|them) (?:but|except)|except(?: for)?|"
     r"other than|besides|apart from|aside from|exclude|excluding|remove|"
     r"get rid of|take (?:out|off)|drop|disappointed (?:in|by|with)|unimpressed (?:by|"
     r"with)|instead of|ban|never|lose|forget about"),
    ("near", -0.8, r"without|no|not|minus|enough|neither|nor|less"),
    ("after", 0.9, _VERY + r"(?:amazing|awesome|fantastic|excellent|incredible|brilliant|"
                           r"wonderful|outstanding|perfect(?:ion)?|phenomenal|"
     r"superb|hilarious|epic|great|gr8|the best|best|a (?:classic|masterpiece|gem|must(?: "
     r"see)?)|masterpiece|terrific|fabulous|gold|"
     r"my (?:all[- ]time |absolute |personal |\w+ )?(?:favou?rites?|favs?|faves?|jam)|"
     r"(?:one|some) of (?:my|the) (?:all[- ]time |\w+ )?(?:favou?rites?|favs?|faves?|"
     r"best|greatest)|favou?rites?|"
     r"rocks|rocked|rules|slaps|slapped|blew me away|blew my mind|cracks? me up|had "
     r"me (?:laughing|in stitches|hooked)|never gets? old|loved? (?:it|every)|unforgettable|"
     r"hits? the spot|(?:much |way |so much |far |a lot )?better than)"),
    ("after", 0.6, _VERY + r"(?:good|goood|nice|cool|fun|funny|enjoyable|entertaining|"
                           r"interesting|solid|decent|cute|sweet|lovely|"
     r"beautiful|underrated|a classic|classic|timeless|moving|touching|impressive|well "
     r"(?:done|made)|worth (?:it|watching|seeing|a watch)|"
     r"right up my alley|my (?:kind|type|cup|style)|up my alley|gripping|captivating|"
     r"stunning|clever|wild|"
     r"promising|intriguing|fire|dope|lit|made me (?:laugh|cry|smile|happy)|grew on "
     r"me|ha(?:s|ve) my (?:attention|interest)|good one|great one)"),
    ("after", -0.9, _VERY + r"(?:awful|terrible|horrible|the worst|worst|trash|garbage|"
                            r"crap|crappy|rubbish|atrocious|unwatchable|abysmal|"
     r"dreadful|pathetic|sucks?|sucked|stinks|stunk|stupid|dumb|a (?:waste|disaster|"
     r"mess|snooze\w*|letdown|let down)|waste of time|"
     r"put me to sleep|bored me|let me down|disappointed me|disappointing|a disappointment|"
     r"hated it|ruined|cringe\w*|painful|unbearable|lame|bored)"),
    ("after", -0.7, _VERY + r"(?:bad|boring|meh|overrated|over ?rated|weak|dull|bland|"
                            r"corny|annoying|forgettable|mediocre|underwhelming|"
     r"too (?:\w+ )?(?:for me|for my taste|much)|not (?:really |exactly |quite |at "
     r"all )?(?:my|for me|my thing|my cup|my style|interested(?! in)|a fan(?! of))|"
     r"isn'?t (?:really )?(?:my|for me)|wasn'?t (?:really )?(?:my|for me)|"
     r"did(?:n'?t| not) (?:do it|work|click|land) for me|does(?:n'?t| not) (?:do it|"
     r"appeal|interest|work)(?: for me| to me)?|creeps? me out|turned me off|freaks? "
     r"me out|lost me|hard pass|a pass|no thanks|no thank you|went nowhere|fell flat|"
     r"flopped|needs? improvement|out|not it)"),
    ("both", 0.0, r"okay|ok|alright|so so|so-so|average"),
)  # fmt: skip
_CUES = tuple(
    (role, polarity, re.compile(rf"(?<![\w'])(?:{pattern})(?![\w])"))
    for role, polarity, pattern in _TABLE
)
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no longer|hardly|nor|neither|dont|didnt|doesnt|cant|isnt|wasnt|"
    r"arent|wont|wouldnt|"
    r"havent|without|nobody|nothing|rarely|barely|seldom|aint|cannot|none)|n't)\b(?!\s+only)((?:\s"
    r"+[\w']+){0,5})\s*$"
)


@lru_cache(maxsize=2048)
def cues_in(clause: str) -> tuple[Cue, ...]:
    """The cues in the masked text of a clause, without overlaps, in order, negation applied."""
    found = [
        Cue(match.start(), match.end(), polarity, role, match.group().strip())
        for role, polarity, pattern in _CUES
        for match in pattern.finditer(clause)
    ]
    kept: list[Cue] = []
    for cue in sorted(found, key=lambda c: (c.start, c.start - c.end)):
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
    return tuple(_turned(clause, cue, kept) for cue in kept)


def _turned(clause: str, cue: Cue, cues: list[Cue]) -> Cue:
    """The cue with the negation before it applied."""
    negation = _NEGATION.search(clause[: cue.start])
    if negation is None or cue.role in ("weak", "near") or _blocked(negation.group(1)):
        return cue
    between = [
        c
        for c in cues
        if negation.start() < c.start < cue.start and c.role in ("before", "after") and c.polarity
    ]
    if between:
        return cue
    polarity = -0.8 * cue.polarity if cue.polarity > 0 else -0.5 * cue.polarity
    if cue.role == "before" and cue.polarity < 0:
        polarity = 0.0
    return replace(cue, polarity=polarity)


def _blocked(between: str) -> bool:
    """Negation does not reach over these words ("I have not seen it, looks great")."""
    return bool(re.search(r"\b(?:seen|watched|heard|sure|know|problem|doubt|it)\b", between))
