"""Messages in languages that nothing here reads, and an encoder that reads many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bots import done_of, make_bot, slate_of
from fakes import tiny_catalog
from tiny_multilingual import save_tiny_multilingual
from understanding_cases import signed, talk

from bot.languages import language_of
from bot.trained_understander import TrainedUnderstander
from bot.turn import respond
from retrieval.catalog import Catalog, Item
from retrieval.encoder import load_encoder
from retrieval.index import build_index, load_index, save_index

FOREIGN = {
    "Spanish": (
        "Busco una película de terror para esta noche",
        "me gustó mucho Inception",
        "no me gustan las comedias",
        "quiero algo divertido",
        "¿Tienes algo de acción?",
        "hola, ¿qué me recomiendas?",
        "odio el terror",
    ),
    "French": (
        "Je cherche un film d'horreur pour ce soir",
        "j'ai adoré Inception",
        "je n'aime pas les comédies",
        "quelque chose de drôle",
        "bonjour, que me conseilles-tu ?",
        "un film d'action s'il te plaît",
    ),
    "German": (
        "Ich suche einen Horrorfilm für heute Abend",
        "Inception hat mir sehr gefallen",
        "ich mag keine Komödien",
        "etwas Lustiges bitte",
        "Hallo, was empfiehlst du mir?",
        "hast du was mit Action",
    ),
    "Italian": (
        "Cerco un film horror per stasera",
        "mi è piaciuto molto Inception",
        "non mi piacciono le commedie",
        "qualcosa di divertente",
        "ciao, cosa mi consigli?",
    ),
    "Portuguese": (
        "Procuro um filme de terror para hoje à noite",
        "gostei muito de Inception",
        "não gosto de comédias",
        "quero algo engraçado",
        "olá, o que você recomenda?",
    ),
    "Dutch": (
        "Ik zoek een horrorfilm voor vanavond",
        "ik vond Inception geweldig",
        "ik hou niet van komedies",
        "iets grappigs graag",
        "hallo, wat raad je me aan?",
    ),
    "Swedish": (
        "Jag letar efter en skräckfilm till ikväll",
        "jag älskade Inception",
        "jag gillar inte komedier",
        "något roligt tack",
    ),
    "Danish": (
        "Jeg leder efter en gyserfilm til i aften",
        "jeg kan ikke lide komedier",
        "noget sjovt tak",
    ),
    "Norwegian": (
        "Jeg ser etter en skrekkfilm til i kveld",
        "jeg liker ikke komedier",
        "noe morsomt takk",
    ),
    "Polish": (
        "Szukam horroru na dziś wieczór",
        "bardzo podobała mi się Incepcja",
        "nie lubię komedii",
        "chcę coś zabawnego",
    ),
    "Czech": (
        "Hledám horor na dnešní večer",
        "nemám rád komedie",
        "chci něco vtipného",
    ),
    "Turkish": (
        "Bu akşam için bir korku filmi arıyorum",
        "Inception'ı çok sevdim",
        "komedileri sevmiyorum",
        "komik bir şey istiyorum",
    ),
    "Finnish": (
        "Etsin kauhuelokuvaa täksi illaksi",
        "en pidä komedioista",
        "haluan jotain hauskaa",
    ),
    "Hungarian": (
        "Horrorfilmet keresek ma estére",
        "nem szeretem a vígjátékokat",
    ),
    "Romanian": (
        "Caut un film de groază pentru diseară",
        "nu îmi plac comediile",
        "vreau ceva amuzant",
    ),
    "Indonesian": (
        "Saya mencari film horor untuk malam ini",
        "saya tidak suka komedi",
        "mau yang lucu dong",
    ),
    "Vietnamese": (
        "Tôi đang tìm phim kinh dị cho tối nay",
        "tôi không thích phim hài",
    ),
    "Russian": (
        "Ищу фильм ужасов на вечер",
        "мне очень понравилось Начало",
        "не люблю комедии",
    ),
    "Ukrainian": ("Шукаю фільм жахів на вечір",),
    "Greek": (
        "Ψάχνω μια ταινία τρόμου για απόψε",
        "δεν μου αρέσουν οι κωμωδίες",
    ),
    "Hebrew": ("אני מחפש סרט אימה להערב",),
    "Arabic": (
        "أبحث عن فيلم رعب لهذه الليلة",
        "أحببت Inception كثيرا",
    ),
    "Persian": ("دنبال یک فیلم ترسناک برای امشب هستم",),
    "Hindi": ("मुझे आज रात के लिए एक डरावनी फिल्म चाहिए",),
    "Thai": ("ฉันกำลังมองหาหนังสยองขวัญสำหรับคืนนี้",),
    "Japanese": (
        "今夜はホラー映画が見たいです",
        "インセプションが大好きです",
        "コメディは嫌い",
    ),
    "Korean": (
        "오늘 밤 볼 공포 영화를 찾고 있어요",
        "코미디는 싫어요",
    ),
}
ENGLISH = (
    "I loved Amélie",
    "La La Land was great",
    "what about Das Boot",
    "Y Tu Mamá También is my favorite",
    "Les Misérables, Le Samouraï and La Haine",
    "me gusta horror lol",
    "no horror please",
    "something by Pedro Almodóvar",
    "I like Cien años de soledad",
    "Los Lobos and Los Tigres del Norte",
    "play El Condor Pasa",
    "hola! any good comedies?",
    "merci, that is perfect",
    "Der Untergang",
    "ciao",
    "gracias",
    "no",
    "ok",
    "I want to see L'Avventura or La Dolce Vita",
    "Una Mattina",
    "que sera sera is a nice song",
    "I watched Das Leben der Anderen with my wife",
    "die hard",
    "Die Hard is the best",
    "Les Mis",
    "en garde",
    "Je t'aime moi non plus is a classic song",
    "i like rosalía and bad bunny",
    "un verano sin ti by bad bunny",
    "add some Edith Piaf, La vie en rose and Non je ne regrette rien",
    "more like 'El laberinto del fauno'",
    "thx",
    "lol",
    "asdf qwer",
    "omg yesss",
    "tengo hungry",
    "Ne me quitte pas by Jacques Brel",
    "pelicula?",
    "Crouching Tiger",
    "Das Boot",
    "Il Postino",
    "U2 and Sigur Rós",
    "Was it good?",
    "I also like hans zimmer and ludovico einaudi",
    "was gut",
    "hat trick",
    "mit or harvard movies",
)


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, texts in FOREIGN.items() for text in texts]
)
def test_other_languages_are_recognised(text: str, name: str) -> None:
    assert language_of(text) == "other", name


@pytest.mark.parametrize("text", ENGLISH)
def test_foreign_names_and_greetings_make_no_message_foreign(text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize("text", ["La vita è bella", "el secreto de sus ojos", "de la soul"])
def test_a_foreign_title_of_the_catalogue_is_no_foreign_message(text: str) -> None:
    titles = ("La vita è bella", "El secreto de sus ojos", "De la Soul")
    catalog = Catalog([Item(str(n), title) for n, title in enumerate(titles)])
    answer = TrainedUnderstander(catalog).understand(talk("What did you like last?", text))
    assert answer.language == "en"
    assert len(answer.mentioned) == 1


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_message_is_answered_kindly_and_teaches_nothing(
    name: str, tmp_path: Path
) -> None:
    bot = make_bot(tmp_path, TrainedUnderstander(tiny_catalog()))
    sent = list(respond(bot, "key", "c1", FOREIGN[name][0]))
    done = done_of(sent)
    assert "English" in done.text
    assert not done.signals
    assert not slate_of(sent)


@pytest.fixture(scope="module")
def many_tongues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_multilingual(tmp_path_factory.mktemp("encoder"))


def test_a_multilingual_encoder_serves_from_its_folder(many_tongues: Path, tmp_path: Path) -> None:
    encoder, catalog = load_encoder(str(many_tongues)), tiny_catalog()
    assert encoder.dimension == 32
    texts = ["a quiet film", "ein stiller Film", "тихое кино", "静かな映画"]
    vectors = encoder.encode(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len({v.tobytes() for v in vectors}) == len(texts)  # no script is all unknown
    assert np.array_equal(load_encoder(str(many_tongues)).encode(texts), vectors)
    index = build_index(catalog, encoder)
    save_index(index, tmp_path / "index")
    again = load_index(tmp_path / "index", catalog, encoder)
    rows, _ = again.search(vectors[:1], len(catalog))
    assert sorted(rows[0].tolist()) == list(range(len(catalog)))


def test_understanding_works_over_a_multilingual_encoder(many_tongues: Path) -> None:
    understander = TrainedUnderstander(tiny_catalog(), load_encoder(str(many_tongues)))
    answer = understander.understand(talk("I loved Alien but no comedies please"))
    assert signed(answer) == {"+item:Alien", "-genre:comedy"}
