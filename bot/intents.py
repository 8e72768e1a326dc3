"""Reads what a message wants to do: seek, refine, accept, ask why, correct the profile, and so on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding import Intent

_SOCIAL = re.compile(
    r"\b(?:hi|hello|hey|hiya|howdy|good (?:morning|evening|afternoon|night|day)|thanks?|"
    r"thank you|thx|ty|bye+|goodbye|good bye|"
    r"how are you|how's it going|have a (?:\w+ )*(?:one|day|night|evening|weekend|time)|"
    r"nice (?:talking|chatting|to meet)|you too|u too|"
    r"you're welcome|welcome|cheers|take care|see you|lol|haha+|appreciate (?:it|your)|"
    r"great help|enjoy your)\b"
)
_SEEK = re.compile(
    r"\b(?:(?:i'?m |i am |im |am |we'?re |we are |was |just |currently )?(?:looking|"
    r"searching|hoping|hunting) (?:for|to (?:watch|see|find|hear|listen|get))|recommend(?:ation)?"
    r"s?\b|suggest(?:ion)?s?\b|"
    r"(?:can|could|would|will) (?:you|u|we|i) (?:please |kindly |maybe |also )?(?:help|"
    r"find|give|show|get|tell me (?:a|some)|add|play|make|create|build|put|include|"
    r"throw|do|have|listen|hear|go)|"
    r"i(?:'d| would)? (?:really )?(?:like|love|want|need|prefer|wanna|will like) (?:to "
    r"(?:see|watch|hear|listen|find|create|make|get|go|start|add|build|have)|a\b|an\b|"
    r"some|more|something|anything|another|your)|i(?:'d| would) (?:like|love|prefer)\b|"
    r"i want|i need|in the mood for|feel(?:ing)? like (?:watching|something|a|some)|"
    r"do (?:you|u) (?:have|know)|got any|have any|any (?:good|other|more|great|new|"
    r"recommendations|suggestions|ideas)|know (?:any|of)|what (?:should|can|do you|"
    r"would you) (?:i |we )?(?:watch|see|listen|recommend|suggest|have|got)|"
    r"give me|show me|find me|play|add|another(?: one)?\b|something (?:like|else|more|"
    r"with|by|from|that|funny|scary|new|different)|anything (?:else|like|with|by|good|"
    r"from)|what else|more (?:like|of|songs|music|movies)|how about (?:a|an|some|something|"
    r"[GPF])|"
    r"similar (?:to|movies|songs|artists)|please|create (?:a|an|me)|make (?:me )?a|"
    r"playlist|movie night|what are some|help me|surprise me|want to (?:watch|see|hear|"
    r"listen)|looking to|would like|i'?d like)"
)
_TASTE = re.compile(
    r"\b(?:i|we)(?:'m|'ve| am| have)? (?:\w+ )?(?:\w+ )?(?:like|love|enjoy|hate|dislike|"
    r"prefer|can'?t stand|into|adore|fan of|a fan|big fan)|favou?rite|i'?m (?:really "
    r"|more |not |a |big |huge )*(?:into|a fan|fan)"
)
_WHY = re.compile(
    r"^\W*(?:but |and |so |ok |okay )?why\b(?! do (?:you|u) like)|\bwhy "
    r"(?:did you|not|this|that|these|would|are you|do you think|is (?:it|"
    r"that|this))\b|\bwhat makes you (?:think|say)|\bhow come\b|\bwhy\?"
)
_PROFILE = re.compile(
    r"\bwhat do you (?:think|believe|know)(?: that)? (?:i|about me|of me)|\bwhat (?:have "
    r"you (?:learned|remembered|stored)|do you remember)|\bmy (?:profile|tastes?|preferences) "
    r"(?:look|so far|say)|\b(?:show|what'?s|what is|see|delete|clear|reset|erase) my "
    r"(?:profile|tastes?|preferences|data|history)|"
    r"\bforget (?:that|what|everything|all|about (?:me|my|what)|my|the (?:fact|thing)|"
    r"i\b|[A-Z]|it\b)|\bi never said\b|\bi did(?:n'?t| not) say\b|\bremember (?:that "
    r"|this|i|to|my|me)|\bdon'?t remember|\bremove (?:that|it|[A-Z]|this) from my|\bstop "
    r"(?:assuming|thinking)|\bi don'?t actually (?:like|hate)|\b(?:do not|don'?t) (?:keep|"
    r"store|track)"
)
_QUESTION = re.compile(
    r"\b(?:who(?:'s| is| was| are)?|what(?:'s| is| was| are)?|when|where|which|how "
    r"long|how many|how old|is it|was it|does it|is that|is this|is there|has it|did "
    r"it|are they|what about|have you (?:seen|heard|watched|listened)|do you (?:like|"
    r"think|recommend that)|did you (?:like|see|watch|enjoy))\b"
)
_ACCEPT = re.compile(
    r"\b(?:sounds? (?:really |pretty |so |like )?(?:good|great|perfect|interesting|"
    r"awesome|amazing|fun|nice|cool|wonderful|fantastic|excellent|a (?:good|great|plan|"
    r"winner)|lovely|promising|right|like a (?:good|great|plan))|i(?:'?ll| will| think "
    r"i'?ll| am going to| ?'?m going to|'?m gonna| might| may| would| should| can| "
    r"have to| need to|'?d) (?:\w+ ){0,4}?(?:watch|check|try|see|give (?:it|that|them|"
    r"those)|rent|add|look (?:it|that|into|for|them)|take|go with|stream|download|put)|"
    r"looks? (?:good|great|interesting|fun|awesome|amazing|perfect|cool)|let'?s (?:go "
    r"with|watch|do|try)|that(?:'s| is) (?:perfect|it|the one|a great (?:one|idea|suggestion|"
    r"choice|pick))|perfect\b|those (?:will|should) (?:do|work)|that works|good (?:idea|"
    r"choice|suggestions?|pick|recommendations?|call|one)|great (?:idea|choice|suggestions?|"
    r"pick|recommendations?|one)|want to (?:see|watch) (?:it|that|E|I)|on my (?:list|"
    r"watch ?list)|added? (?:it|that) to my|awesome suggestions?|i'?m (?:sold|in)|sign "
    r"me up|definitely (?:watch|see|check)|will (?:do|watch|check)|excellent (?:choice|"
    r"suggestion|pick)s?|nice (?:choice|suggestion|pick)s?)"
)
_REJECT = re.compile(
    r"\b(?:not (?:interested|for me|my thing|my style|my cup|really (?:my|into|what)|"
    r"what i|in the mood|that one|into (?:that|it|those|E)|feeling|keen|convinced|exactly|"
    r"quite)|no thanks|no thank you|nah|hard pass|i'?ll pass|pass on|pass\b|don'?t "
    r"(?:think so|want (?:to|that|it)|like (?:it|that|those|them|these|E))|skip (?:it|"
    r"that|E|the)|already (?:saw|seen|watched)|i'?ve (?:already )?seen (?:it|that|them|"
    r"both|all|those|E)|something else|none of (?:those|these|them)|neither|not (?:a "
    r"fan|big on)|doesn'?t (?:sound|appeal|interest|look)|didn'?t like (?:it|that|E)|"
    r"too (?:\w+ )?(?:for me|much)|hated (?:it|that|E)|seen (?:it|that|E) already|never "
    r"mind)\b"
)
_REFINE = re.compile(
    r"\b(?:but (?:not|less|more|without|no|something|with)|more (?:\w+)|less \w+|instead|"
    r"something (?:else|more|less|newer|older|lighter|darker|different|shorter)|newer|"
    r"older|lighter|darker|shorter|longer|funnier|scarier|rather|only|nothing|no more|"
    r"not too|without|and without|what if|other than|except|different|anything else|"
    r"actually|make (?:it|that|them)|can (?:it|they) be|preferably|no\b|not\b|also|"
    r"another|add|more)\b"
)
_FEEDBACK = re.compile(
    r"\b(?:i|we) (?:\w+ ){0,3}?(?:loved|liked|hated|disliked|enjoyed|saw|watched|thought|"
    r"found|didn'?t (?:like|care|enjoy))|\b(?:it|E|I|that|they|those|these|this)(?:'s|"
    r"'re| is| was| are| were) (?:\w+ ){0,3}?(?:good|great|awesome|amazing|awful|terrible|"
    r"bad|boring|funny|excellent|nice|perfect|fantastic|okay|ok|cool|fun|hilarious|"
    r"the best|one of|my fav\w*|wonderful|interesting|lovely|beautiful|better|classic|"
    r"a classic)|"
    r"\b(?:good|great|excellent|awesome|classic|fantastic|nice|wonderful|amazing) (?:movies?|"
    r"films?|songs?|ones?|music|list|tracks?|playlist|picks?|choices?|mix|job|start)|"
    r"\b(?:seen|saw|watched|heard) (?:\w+ ){0,2}?(?:it|that|E|I|both|them|those|all)|"
    r"\b(?:love|like|hate|enjoy) (?:it|that|those|these|them|this|E|I|the (?:songs?|"
    r"playlist|list|tracks?))"
)
_ATTACK = re.compile(
    r"\bignore (?:all |any |your |the |my )*(?:previous |prior |above |earlier )?(?:rules|"
    r"instructions|prompts?|guidelines)|\b(?:system|developer|assistant|admin)\s*(?:note|"
    r"message|prompt|instruction|override)?\s*:|\byou are now\b|\bpretend (?:to be|"
    r"you)|\bact as\b|\bjailbreak|\breveal your|\bsystem prompt|\bnew instructions\b|"
    r"\bdisregard|\boverride (?:your|the)|\bprint (?:your|the) (?:rules|prompt|instructions)|"
    r"</?(?:system|user|assistant|inst|im_)|\[(?:system|inst)"
)
_BARE = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|maybe|not (?:sure|"
    r"really|yet)|i (?:do|did|have|haven'?t|don'?t|didn'?t)|never|both|"
    r"either|idk|i don'?t know|hmm+|right|true|of course|correct|exactly|"
    r"absolutely|definitely|g|k)\b\W*(?:i (?:do|did|have|haven'?t|don'?t|"
    r"didn'?t)\W*)?$"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the intents are decided from: masked text, what was found, and where the talk stands.

    `signs` are the polarities of signals; `on_suggestion` those on items the assistant suggested.
    """

    text: str
    asked: bool
    wished: bool
    signs: Sequence[float]
    on_suggestion: Sequence[float]
    requested_before: bool
    suggested_before: bool


def is_attack(lower: str) -> bool:
    """Whether a text tries to instruct the system."""
    return bool(_ATTACK.search(lower))


def intents_of(reading: Reading) -> tuple[Intent, ...]:
    """One or more intents, the most telling first."""
    text = reading.text
    found: list[Intent] = []
    if _PROFILE.search(text):
        found.append("profile")
    if _WHY.search(text):
        found.append("why")
    sought = bool(_SEEK.search(text))
    if not found and (
        sought or reading.wished or (_TASTE.search(text) and not reading.on_suggestion)
    ):
        refining = reading.requested_before and bool(_REFINE.search(text))
        found.append("refine" if refining else "seek")
    if reading.suggested_before and (
        any(s > 0.15 for s in reading.on_suggestion) or _ACCEPT.search(text)
    ):
        found.append("accept" if _ACCEPT.search(text) else "feedback")
    if reading.suggested_before and (
        any(s < -0.15 for s in reading.on_suggestion) or _REJECT.search(text)
    ):
        found.append("reject")
    if _FEEDBACK.search(text) and not {"accept", "reject", "feedback", "profile"} & set(found):
        found.append("feedback")
    if reading.asked and _QUESTION.search(text) and not sought and "why" not in found:
        found.append("question")
    if is_attack(text):
        return ("other",) if not reading.signs else tuple(dict.fromkeys([*found, "other"]))
    if found:
        return tuple(dict.fromkeys(found))
    if _BARE.match(text) or not _SOCIAL.search(text):
        return ("question",) if reading.asked else ("other",)
    return ("social",)
