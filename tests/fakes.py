"""Stand-ins that the tests share: an encoder, a language model and a tiny catalogue."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.language_model import ChatMessage, LanguageModelError
from retrieval.catalog import Catalog, Item


class FakeEncoder:
    """Hashed bag of words: texts that share words are close; satisfies Encoder."""

    def __init__(self, dimension: int = 64, name: str = "fake-encoder") -> None:
        self.name = name
        self.dimension = dimension
        self.fingerprint = hashlib.sha256(f"{name} {dimension}".encode()).hexdigest()

    def encode(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
            if progress:
                progress(row + 1, len(texts))
        return vectors

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()) or [""]:
            digest = hashlib.sha256(word.encode()).digest()
            vector[int.from_bytes(digest[:4], "big") % self.dimension] += 1.0 + digest[4] / 512
        return vector / np.float32(np.linalg.norm(vector))


@dataclass(frozen=True)
class Silence:
    """A queued reply that says `text` and then nothing for `seconds`."""

    seconds: float
    text: str = ""


class FakeLanguageModel:
    """Gives queued replies in order; satisfies LanguageModel.

    A reply is a text (streamed word by word), a Silence, or an exception to raise. With the queue
    empty it raises LanguageModelError. `asked` keeps every prompt, `closed` counts the streams
    that were closed before their end.
    """

    def __init__(self, *replies: str | Silence | Exception, loaded: bool = True) -> None:
        self.name = "fake-llm"
        self.adapted = False
        self.replies = list(replies)
        self.loaded = loaded
        self.asked: list[tuple[ChatMessage, ...]] = []
        self.closed = 0

    def start(self, warm: Sequence[ChatMessage] = ()) -> None:
        self.loaded = True

    def ready(self) -> bool:
        return self.loaded

    def problem(self) -> str:
        return ""

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, deadline: float
    ) -> Iterator[str]:
        self.asked.append(tuple(messages))
        if not self.replies:
            raise LanguageModelError("no reply is queued")
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        text, silence = (reply.text, reply.seconds) if isinstance(reply, Silence) else (reply, 0.0)
        try:
            yield from re.findall(r"\s*\S+|\s+", text)
            time.sleep(silence)
        except GeneratorExit:
            self.closed += 1
            raise


def _film(
    item_id: str,
    title: str,
    year: int,
    *,
    by: str,
    cast: str,
    genres: str,
    keywords: str,
    description: str,
    runtime: int,
    language: str = "English",
    country: str = "United States",
    aliases: tuple[str, ...] = (),
    popularity: float = 1.0,
) -> Item:
    return Item(
        item_id=item_id,
        title=title,
        year=year,
        description=description,
        genres=tuple(genres.split("|")),
        directors=tuple(by.split("|")),
        cast=tuple(cast.split("|")),
        keywords=tuple(keywords.split("|")),
        language=(language,),
        country=tuple(country.split("|")),
        runtime=float(runtime),
        aliases=aliases,
        popularity=popularity,
    )


def tiny_catalog() -> Catalog:
    """Fourteen well-known films, among them the common-word titles Up, Her, It and Us."""
    return Catalog(
        (
            _film(
                "up-2009",
                "Up",
                2009,
                by="Pete Docter|Bob Peterson",
                cast="Ed Asner|Jordan Nagai|Christopher Plummer",
                runtime=96,
                genres="animation|adventure|comedy|family",
                popularity=80,
                keywords="old age|friendship|balloons|grief|heart-warming|journey",
                description="A widower ties balloons to his house and flies off with a boy scout.",
                aliases=("飞屋环游记",),
            ),
            _film(
                "her-2013",
                "Her",
                2013,
                by="Spike Jonze",
                runtime=126,
                cast="Joaquin Phoenix|Scarlett Johansson|Amy Adams",
                genres="romance|drama|science fiction",
                popularity=40,
                keywords="loneliness|artificial intelligence|near future|melancholy|tender|quiet",
                description="A lonely writer falls in love with the voice of his computer.",
            ),
            _film(
                "it-2017",
                "It",
                2017,
                by="Andy Muschietti",
                runtime=135,
                cast="Bill Skarsgård|Jaeden Martell|Finn Wolfhard",
                genres="horror",
                keywords="clown|small town|childhood fears|scary|1980s|monster",
                popularity=90,
                description="Children of a small town face a clown that feeds on fear.",
            ),
            _film(
                "us-2019",
                "Us",
                2019,
                by="Jordan Peele",
                runtime=116,
                cast="Lupita Nyong'o|Winston Duke|Elisabeth Moss",
                genres="horror|thriller",
                keywords="doubles|home invasion|scary|social commentary|tense|holiday",
                description="A family on holiday is hunted by people who look just like them.",
                popularity=30,
            ),
            _film(
                "get-out-2017",
                "Get Out",
                2017,
                by="Jordan Peele",
                runtime=104,
                cast="Daniel Kaluuya|Allison Williams",
                genres="horror|mystery|thriller",
                keywords="racism|social commentary|twist|unsettling|scary|satire",
                popularity=85,
                description="A photographer meets his girlfriend's parents, and it turns sinister.",
            ),
            _film(
                "the-shining-1980",
                "The Shining",
                1980,
                by="Stanley Kubrick",
                runtime=146,
                cast="Jack Nicholson|Shelley Duvall",
                genres="horror",
                popularity=60,
                keywords="isolation|haunted hotel|madness|winter|scary|slow burn",
                description="A caretaker loses his mind in an empty hotel in the mountains.",
                country="United States|United Kingdom",
            ),
            _film(
                "alien-1979",
                "Alien",
                1979,
                by="Ridley Scott",
                runtime=117,
                cast="Sigourney Weaver|Tom Skerritt|John Hurt",
                genres="horror|science fiction",
                keywords="set in space|monster|claustrophobic|slow burn|survival|scary",
                description="A space crew is hunted by a creature that came aboard.",
                country="United States|United Kingdom",
                popularity=55,
            ),
            _film(
                "interstellar-2014",
                "Interstellar",
                2014,
                by="Christopher Nolan",
                runtime=169,
                cast="Matthew McConaughey|Anne Hathaway|Jessica Chastain",
                genres="science fiction|drama|adventure",
                popularity=75,
                keywords="set in space|fatherhood|time|epic|thought-provoking|survival",
                description="A pilot leaves his children to look for a new home among the stars.",
            ),
            _film(
                "inception-2010",
                "Inception",
                2010,
                by="Christopher Nolan",
                runtime=148,
                cast="Leonardo DiCaprio|Elliot Page|Tom Hardy",
                popularity=70,
                genres="science fiction|action|thriller",
                keywords="dreams|heist|mind-bending|guilt|fast-paced|puzzle",
                description="Thieves enter dreams to plant a thought in a rich heir's mind.",
            ),
            _film(
                "spirited-away-2001",
                "Spirited Away",
                2001,
                by="Hayao Miyazaki",
                runtime=125,
                cast="Rumi Hiiragi|Miyu Irino",
                genres="animation|fantasy|family",
                keywords="spirits|coming of age|magic|bathhouse|wonder|courage",
                description="A girl works in a bathhouse of spirits to free her parents.",
                language="Japanese",
                country="Japan",
                aliases=("千与千寻",),
                popularity=45,
            ),
            _film(
                "amelie-2001",
                "Amélie",
                2001,
                by="Jean-Pierre Jeunet",
                runtime=122,
                cast="Audrey Tautou|Mathieu Kassovitz",
                genres="comedy|romance",
                popularity=35,
                keywords="whimsical|paris|kindness|shyness|feel-good|quirky",
                description="A shy waitress in Paris secretly mends the lives of her neighbours.",
                language="French",
                country="France",
            ),
            _film(
                "when-harry-met-sally-1989",
                "When Harry Met Sally...",
                1989,
                by="Rob Reiner",
                cast="Billy Crystal|Meg Ryan",
                genres="comedy|romance",
                runtime=95,
                popularity=38,
                keywords="friendship|new york|witty|love|feel-good|talkative",
                description="Two friends argue for years over whether they can be only friends.",
            ),
            _film(
                "superbad-2007",
                "Superbad",
                2007,
                by="Greg Mottola",
                runtime=113,
                cast="Jonah Hill|Michael Cera|Emma Stone",
                genres="comedy",
                popularity=65,
                keywords="high school|friendship|party|raunchy|coming of age|funny",
                description="Two schoolfriends try to get drink for a party and into trouble.",
            ),
            _film(
                "the-godfather-1972",
                "The Godfather",
                1972,
                by="Francis Ford Coppola",
                cast="Marlon Brando|Al Pacino|James Caan",
                genres="crime|drama",
                runtime=175,
                keywords="mafia|family|power|betrayal|epic|new york",
                popularity=68,
                description="The quiet son of a mafia family is drawn into its business.",
                aliases=("Godfather",),
            ),
        ),
        noun="film",
        name="tiny",
    )
