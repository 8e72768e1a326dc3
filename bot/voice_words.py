"""The words a language model may use without a fact behind them; all others must be facts."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COMMON = """
a about above across after afterwards again ago ah alas all almost alone along alongside already
also alternatively although always am among an and another any anybody anyone anything anyway are
around as aside at away back be because been before begin behind being below beside besides best
better between beyond big bit both bring brings but by bye call came can cannot care case certain
certainly change chat check choice choose chose chosen clear close closer come comes coming could
couple course curious cheers dear deep deeply definitely delight delighted depend describe did
different do does done down during each easily easy either else end enjoy enjoyable enough entirely
especially even evening ever every everybody everyone everything exactly excellent expect explore
extra eye fair fairly far favour favourite favorite feel few final finally find fine first fit fits
follow follows for forward found four free fresh friend from full fully further generally get gets
give gives given glad gladly go goes going good goodbye got great had half hand happily happy hardly
has have having he hear hello help helps her here hers hey hi high him his hold hope how however i
idea ideal if in indeed instead interest interesting into is it its itself join just keep keeps kind
know known large last later lead leads learn least leave less let lets like liked likely likes
liking line list listen little long look looking looks lot love loved lovely loves made main make
makes making many match matches matter may maybe me mean meanwhile meant meet meets mention
mentioned middle might mind mine moment mood more most much must my myself naturally near nearly
need needs neither never new next nice night no nobody none nor not note noted nothing now of off
offer offers often oh okay old on once one ones only open option options or order other others
otherwise our out over own people pair part perfect perfectly perhaps person pick picked picks piece
place plan play please pleased pleasing pleasure plenty possible prefer pretty probably pure put
question quick quickly quite rate rather read ready real really reason recommend recommendation
refreshing remember rest rich right round same satisfying save say says search second see seek
seem seems seen sense set shall share she short should show shows side similar similarly simple
simply since skip small so solid some somebody someone something sometimes somewhere soon sorry sort
sound sounds special splendid spot stand start starts stay stays step still stop story straight
strong style such suggest suggestion suit suits superb sure surely surprise surprising take takes
talk taste tastes tell tells tempt tempts tempting than thank thanks that the their them themselves
then there therefore these they thing things think third this those though thought three through
throughout time title to today together told tonight too total touch treat tried truly try turn
two type under understand understood unless until up upon us use usual usually variety very visit
wait want wanted wants was watch way we welcome well went were what whatever when where whether
which while who whole whom whose why will win wish with within without wonder wonderful word work
works world worth would wrong yes yet you your yours yourself
i'd i'll i'm i've you'd you'll you're you've it's that's there's here's what's let's don't doesn't
didn't won't wouldn't isn't aren't can't couldn't shouldn't haven't we'll they're who's
appeal appeals appealing attention audience balance beautiful beautifully blend blends brilliant
build builds builds capture captures catch charm classic closely combine combines contrast cosy
crafted curiosity delivers draw draws drawn engaging entertaining experience explores fan fans
feature features feeling feelings fits flavour focus force go-to gem hits hooked impress impressive
invite invites journeys keen keeping key lean leans lift lifts linger lingers live lively lives
marvellous memorable mix mixes moments nature notch original pace paced pairs path pleasant point
pointer quality remarkable rewarding setting shine shines sit smart spirit stays stick stories
string stunning takes tale tales themes theme tone top treats turns twist unique unusual vivid
watching weekend wraps
chance day days enjoyed guess job joy plot possibilities tomorrow vein week whenever
""".split()

# Words that claim something about an item, and the genres that bear the claim out.
_TONE: dict[str, str] = {
    "action": "speed exciting thrilling fast energetic explosive adrenaline fight fights chase",
    "adventure": "exciting journey quest adventurous thrilling epic",
    "animation": "animated colourful cartoon drawn",
    "biography": "life true biographical portrait",
    "comedy": "funny fun light comic humour humor humorous laugh laughs laughter playful hilarious"
    " lighthearted cheerful amusing smile witty",
    "crime": "dark gritty tense criminal crimes suspense gripping",
    "documentary": "true documentary facts informative",
    "drama": "dramatic moving emotional serious touching human heartfelt powerful thoughtful",
    "family": "family families heartwarming warm gentle children kids",
    "fantasy": "magical magic imaginative enchanting fantastical wondrous dreamlike",
    "history": "historical past period",
    "horror": "scary frightening dark tense eerie creepy chilling unsettling fear terror scare"
    " scares terrifying spooky suspense",
    "music": "musical music songs song",
    "musical": "musical music songs song dance",
    "mystery": "guessing mysterious puzzling puzzle suspense gripping intriguing secrets tense clue"
    " clues",
    "romance": "romantic love tender sweet warm touching heartfelt lovers",
    "film-noir": "noir dark shadows crime tense smoky",
    "sci-fi": "sci-fi sci fi futuristic future science fiction imaginative mind-bending",
    "science fiction": "sci-fi sci fi futuristic future science fiction imaginative mind-bending",
    "sport": "sports sporting",
    "thriller": "thrilling tense suspense suspenseful gripping dark edge seat nail-biting",
    "war": "war wartime",
    "western": "west frontier",
}

_SUFFIX = re.compile(r"(?:ingly|edly|ings|ing|edly|ed|ly|ies|ied|es|s|y|e)$")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def words(text: str) -> list[str]:
    """The words of a text as written; hyphens separate, apostrophes do not."""
    return [w.replace("’", "'") for w in _WORD.findall(text)]


def stem(word: str) -> str:
    """A crude stem, equal for most forms of one word: "slowly" and "slow", "comedies", "comedy"."""
    lower = word.lower().replace("’", "'")
    lower = lower[:-2] if lower.endswith("'s") else lower
    cut = _SUFFIX.sub("", lower)
    return cut if len(cut) >= 3 else lower


def stems(texts: Iterable[str]) -> set[str]:
    """The stems of all words of some texts."""
    return {stem(w) for text in texts for w in words(text)}


COMMON = frozenset(stem(w) for w in _COMMON)
_TONE_STEMS = {genre: stems([genre, tone]) for genre, tone in _TONE.items()}


def tone_of(genres: Iterable[str]) -> set[str]:
    """The stems of what may be said of an item because of its genres."""
    return {s for genre in genres for s in _TONE_STEMS.get(genre.lower(), stems([genre]))}


ALL_TONE = frozenset(s for found in _TONE_STEMS.values() for s in found) - COMMON
