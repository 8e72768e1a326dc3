"""Finds the moods, themes and qualities that a message wants or refuses, as short phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.mentions import Mention
from bot.ordinary import FUNCTION_WORDS
from bot.plain_text import PlainText

# Qualities by how they are meant when nothing else is said of them: liked, disliked, or either.
LIKED = (
    "funny|hilarious|suspenseful|suspense|thrilling|exciting|exhilarating|entertaining|"
    "fun|interesting|intriguing|clever|smart|witty|"
    "intelligent|thought[- ]provoking|mind[- ]?(?:bending|blowing)|moving|touching|"
    "heart[- ]?(?:warming|felt)|uplifting|inspiring|"
    "inspirational|feel[- ]?good|light[- ]?hearted|wholesome|cute|charming|beautiful|"
    "stunning|realistic|relatable|believable|"
    "authentic|original|unique|creative|imaginative|captivating|engaging|immersive|"
    "gripping|fast[- ]?paced|well[- ](?:acted|written|"
    "made|paced|crafted)|educational|informative|epic|powerful|intense|upbeat|catchy|"
    "energetic|soothing|calming|relaxing|danceable|soulful|groovy|"
    "clean|family[- ]friendly|kid[- ]friendly|happy|quirky|magical|nostalgic|unpredictable|"
    "edge of (?:my|your|the) seat"
)
DISLIKED = (
    "slow|slow[- ]paced|predictable|gory|confusing|cheesy|corny|long[- ]?winded|repetitive|"
    "unrealistic|unoriginal|cliche[d]?|clichéd?|"
    "draggy|long|loud|heavy|violent|bloody|graphic|depressing|crude|vulgar|raunchy|"
    "offensive|disturbing|noisy|harsh|shallow|"
    "pretentious|formulaic|over[- ]the[- ]top|far[- ]fetched|childish|juvenile|preachy|"
    "sappy|annoying|boring|dull|bland"
)
EITHER = (
    "dark|darker|moody|scary|creepy|spooky|eerie|lighter|light|silly|goofy|weird|strange|"
    "bizarre|romantic|sad|emotional|dramatic|serious|gritty|raw|"
    "mellow|chill|chilled|slow jams?|smooth|sensual|sexy|melanchol(?:y|ic)|atmospheric|"
    "dreamy|cozy|cosy|old[- ]school|old|older|classic|classics|oldies|modern|recent|"
    "new|newer|"
    "contemporary|vintage|retro|obscure|underrated|independent|indie|foreign|mainstream|"
    "popular|artsy|experimental|psychological|"
    "supernatural|historical|futuristic|dystopian|post[- ]apocalyptic|apocalyptic|sarcastic|"
    "satirical|slapstick|raunchier|short|"
    "soft|softer|hard|quiet|acoustic|instrumental|electric|motivational|spiritual|religious|"
    "festive|summery|tear[- ]?jerkers?|chick flicks?|"
    "superhero(?:es|s)?|super hero(?:es)?|comic books?|comics|slashers?|zombies?|vampires?|"
    "werewol(?:f|ves)|monsters?|aliens?|ghosts?|haunted houses?|possession|"
    "time travel|outer space|space|robots?|dinosaurs?|dragons?|wizards?|magic|witches|"
    "pirates?|cowboys?|mafia|mobsters?|gangsters?|heists?|robber(?:y|ies)|"
    "spy|spies|espionage|assassins?|serial killers?|detectives?|cops?|courtroom|prison|"
    "politics|political|martial arts|kung fu|samurai|ninjas?|"
    "boxing|football|basketball|baseball|soccer|racing|cars|car chases?|fight(?:ing)? "
    "scenes?|explosions?|special effects|cgi|jump ?scares?|gore|blood|violence|nudity|"
    "sex scenes?|"
    "swearing|cursing|bad language|profanity|explicit lyrics|explicit|plot twists?|"
    "twists?(?: endings?)?|twist|surprise endings?|happy endings?|sad endings?|love "
    "triangles?|"
    "strong female (?:leads?|characters?)|female leads?|coming[- ]of[- ]age|true (?:stor(?:y|"
    "ies)|events)|real life|based on (?:a )?(?:true stor(?:y|ies)|books?|real events)|"
    "true crime|friendship|family drama|"
    "revenge|survival|war|christmas|halloween|holidays?|kids?|children|toddlers?|family|"
    "teen(?:s|agers?)?|animals?|dogs?|cats?|nature|ocean|rain|piano|guitars?|drums|"
    "bass|vocals|"
    "no vocals|lyrics|subtitles?|black and white|silent films?|found footage|mockumentar(?:y|"
    "ies)|parod(?:y|ies)|spoofs?|remakes?|sequels?|blockbusters?|oscar winners?|"
    "marvel|disney|pixar|dc|dreamworks|bollywood|ghibli|a24|anime|rom com|musicals?|"
    "road trips?|part(?:y|ies)|workout|working out|study(?:ing)?|sleep|wedding|"
    "character development|stor(?:y|ies) ?lines?|plots?|acting|soundtracks?|cinematography|"
    "special fx|visuals?|humou?r|dialogue|pacing|animation|costumes|mystery|suspense|"
    "adventure|action|romance|drama|comedy|crime|horror|fantasy|history|gods? and monsters|"
    "great beats?|beats?|fast|tempo|up[- ]tempo|slow tempo|low[- ]?key|lo-?fi|deep|"
    "dancing|running|driving|jogging|romantic tension|chemistry|good story|stories"
)
_OTHER_WORDS = (
    "of the a an and or in for with to from on by at about that like is was are were "
    "be i it not too very so"
)
_QUALITY = re.compile(
    rf"(?<![\w'-])(?:(?P<liked>{LIKED})|(?P<disliked>{DISLIKED})|"
    rf"(?P<either>{EITHER}))(?![\w'-])"
)
_ABOUT = re.compile(
    r"\b(?:(?:movies?|films?|songs?|something|anything|stor(?:y|ies)|ones?|documentar(?:y|"
    r"ies)|books?|shows?|nothing|stuff) (?:about|involving|set in|dealing with|featuring|"
    r"that deals? with|centered (?:on|around))|takes? place in)\s+((?:[\w'-]+\s*){1,4})"
)
_TASTE_OBJECT = re.compile(
    r"\b(?:i|we)\s+(?:\w+\s+)?(?:really |just |absolutely |especially |also |usually "
    r"|particularly |do |don'?t |do not |dont |didn'?t |can'?t )*"
    r"(?:like|liked|love|loved|enjoy|enjoyed|hate|hated|dislike|stand|appreciate|prefer)\s+(?:how"
    r"\s+|that\s+)?((?:[\w'-]+\s*){1,4})"
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
    "kinda always never usually often ever watchable such".split()
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
    for match in _QUALITY.finditer(text):
        if not _mere_word(text, match):
            add(match.start(), match.end(), match.lastgroup or "either")
    for pattern in (_ABOUT, _TASTE_OBJECT):
        for match in pattern.finditer(text):
            add(*_content(text, match.start(1), match.end(1)), "either")
    if explaining:
        for pattern in (_WITH, _WAS, _THE_WAS):
            for match in pattern.finditer(text):
                for start, end in _pieces(text, match.start(1), match.end(1)):
                    add(start, end, "either")
    return found


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
            r"ones?|stuff|tracks?|hits|releases?|in\b|too\b|please|is\b|"
            r"[a-z]+ (?:movies?|films?|songs?|music))",
            after,
        )
        wanted = re.search(
            r"\b(?:something|anything|some|more|any|too|very|really|"
            r"like|love|prefer|not|so|was|is|it's|are|and|or|,)\s+(?:\w+\s+)?$|"
            r",\s*$|^\s*$",
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
