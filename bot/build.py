"""Wires a Bot from settings; the only place where parts are chosen."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from bot.bot import Bot
from bot.event_log import open_event_log
from bot.language_model import load_language_model
from bot.need import Shelf, make_shelf
from bot.replay_bot import ReplayedBot
from bot.settings import Settings, go_offline
from bot.trained_understander import TrainedUnderstander
from bot.user_keys import load_secret
from retrieval.catalog import Catalog
from retrieval.catalog_files import builtin_catalog, read_catalog
from retrieval.encoder import Encoder, load_encoder
from retrieval.errors import UserError
from retrieval.index import IndexMismatch, ItemIndex, build_index, load_index, save_index
from retrieval.learned_ranker import PACKAGED, LearnedRanker, RankerMismatch, load_ranker

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


def build_bot(settings: Settings, progress: Progress | None = None) -> Bot:
    """Everything that answers, ready; the language model is chosen but not yet loaded.

    `progress(done, total)` counts items while a missing index is built. Raises UserError for
    whatever is wrong with the settings, the catalogue, the index or the database.
    """
    shelf, understander = build_shelf(settings, progress)
    model = load_language_model(settings.llm, settings.home)
    parts = (shelf.index.index_id, understander.name, model.name if model else "plain")
    return Bot(
        settings=settings,
        shelf=shelf,
        understander=understander,
        language_model=model,
        event_log=open_event_log(settings.database or settings.home / "events.sqlite"),
        bundle_id=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12],
        secret=load_secret(settings.home),
    )


def build_shelf(
    settings: Settings, progress: Progress | None = None
) -> tuple[Shelf, TrainedUnderstander]:
    """What ranks and what understands, as they serve people and as they are replayed."""
    go_offline()
    make_home(settings.home)
    catalog = open_catalog(settings)
    encoder = load_encoder(settings.encoder)
    index = open_index(settings.home, catalog, encoder, progress)
    ranker = open_ranker(catalog, index, encoder)
    return make_shelf(catalog, index, encoder, ranker), TrainedUnderstander(catalog, encoder)


def open_ranker(catalog: Catalog, index: ItemIndex, encoder: Encoder) -> LearnedRanker | None:
    """What conversations taught, if it knows this catalogue and was learned with this encoder."""
    if not PACKAGED.exists():
        return None
    try:
        return load_ranker(PACKAGED, catalog, index.vectors, encoder)
    except RankerMismatch as error:
        _log.warning("ranked by content alone: %s", error.message)
        return None


def build_replayed(settings: Settings, progress: Progress | None = None) -> ReplayedBot:
    """The parts that serve people, put under replay: without event log and language model.

    Its name changes with whatever may change a prediction, so that no replay goes on under
    another version.
    """
    shelf, understander = build_shelf(settings, progress)
    parts = (shelf.index.index_id, understander.name, str(shelf.weights), _code_fingerprint())
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    return ReplayedBot(shelf, understander, name)


def _code_fingerprint() -> str:
    """A hash over the files of `bot` and `retrieval`: code, words and weights."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for package in ("bot", "retrieval"):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def make_home(home: Path) -> None:
    """Create the home folder; UserError where that is not allowed."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The home folder {home} cannot be made: {error.strerror}.",
            "Name another with --home.",
        ) from error


def open_catalog(settings: Settings) -> Catalog:
    """The catalogue of the settings, the built-in films without one."""
    if settings.catalog is None:
        return builtin_catalog()
    return read_catalog(settings.catalog, settings.mapping).catalog


def index_folder(home: Path, catalog: Catalog, encoder: Encoder) -> Path:
    """Where the index of a catalogue under an encoder is kept."""
    return home / "indexes" / f"{catalog.fingerprint[:12]}-{encoder.fingerprint[:12]}"


def open_index(
    home: Path, catalog: Catalog, encoder: Encoder, progress: Progress | None = None
) -> ItemIndex:
    """The saved index of a catalogue, built and saved first where there is none to be read.

    Raises IndexMismatch if the saved one is of something else.
    """
    folder = index_folder(home, catalog, encoder)
    if folder.exists():
        try:
            return load_index(folder, catalog, encoder)
        except IndexMismatch:
            raise
        except UserError:
            _log.warning("the index in %s cannot be read and is built anew", folder)
    index = build_index(catalog, encoder, progress)
    save_index(index, folder)
    return index
