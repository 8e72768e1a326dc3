"""Wires a Bot from settings; the only place where parts are chosen."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from bot.bot import Bot, Parts
from bot.bundled import (
    check_bundle,
    open_encoder,
    open_language_model,
    open_ranker,
    open_understander,
    tell_of_idle_adapter,
    wants_bare_encoder,
)
from bot.event_log import open_event_log
from bot.need import Shelf, make_shelf
from bot.replay_bot import ReplayedBot
from bot.settings import Settings, go_offline
from bot.understanders import choose_understander
from bot.understanding import Understander
from bot.user_keys import load_secret
from retrieval.bundle import PART_KINDS, Bundle, BundleMismatch, earlier_bundles, read_bundle
from retrieval.catalog import Catalog
from retrieval.catalog_files import builtin_catalog, read_catalog
from retrieval.encoder import Encoder, load_encoder
from retrieval.errors import UserError
from retrieval.index import IndexMismatch, ItemIndex, build_index, load_index, save_index

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


def build_bot(settings: Settings, progress: Progress | None = None) -> Bot:
    """Everything that answers, ready; the language model is chosen but not yet loaded.

    A bundle that cannot be built is named in the log, and the one before it serves. `progress(done,
    total)` counts items while a missing index is built. Raises UserError for whatever is wrong
    with the settings, the catalogue, the index or the database.
    """
    parts = serving_parts(settings, progress)
    tell_of_idle_adapter(settings, parts.bundle)
    return Bot(
        settings=settings,
        parts=parts,
        event_log=open_event_log(settings.database or settings.home / "events.sqlite"),
        secret=load_secret(settings.home),
    )


def serving_parts(settings: Settings, progress: Progress | None = None) -> Parts:
    """The parts of the bundle that serves, else of the newest one before it that can be built."""
    try:
        return build_parts(settings, read_bundle(settings.home), progress=progress)
    except BundleMismatch as error:
        _log.error("the bundle is passed over: %s", error)
    for bundle in _fallbacks(settings.home):
        try:
            return build_parts(settings, bundle, progress=progress)
        except BundleMismatch as error:
            _log.error("the bundle %s is passed over: %s", bundle.bundle_id, error)
    raise AssertionError("the shipped bundle has no part that could mismatch")


def build_parts(
    settings: Settings,
    bundle: Bundle,
    old: Parts | None = None,
    progress: Progress | None = None,
) -> Parts:
    """The models of a bundle; those that it shares with `old` ones are taken over.

    Raises BundleMismatch where one of its parts does not fit or was changed.
    """
    go_offline()
    make_home(settings.home)
    kept = {k for k in PART_KINDS if old is not None and _same_part(k, old.bundle, bundle)}
    check_bundle(settings, bundle)
    if old is not None and {"encoder", "ranker"} <= kept:
        shelf = old.shelf
    else:
        shelf = _shelf(settings, bundle, old if "encoder" in kept else None, progress)
    understander: Understander
    if old is not None and "understander" in kept:
        understander = old.understander
    else:
        understander = open_understander(bundle, shelf.catalog, shelf.encoder)
    if old is not None and "llm" in kept:
        model = old.language_model
    else:
        model = open_language_model(settings, bundle)
    reader = choose_understander(settings, understander, model)
    return Parts(shelf, reader, model, bundle)


def _same_part(kind: str, one: Bundle, other: Bundle) -> bool:
    """Whether two bundles have the same part of a kind, or both the shipped one."""
    ours, theirs = one.part(kind), other.part(kind)
    if ours is None or theirs is None:
        return ours is theirs
    return ours.fingerprint == theirs.fingerprint


def build_shelf(
    settings: Settings, bundle: Bundle | None = None, progress: Progress | None = None
) -> tuple[Shelf, Understander]:
    """What ranks and what understands, of the bundle that serves or of another one."""
    plain = settings.model_copy(update={"llm": "plain", "understander": "trained"})
    parts = build_parts(plain, bundle or read_bundle(settings.home), progress=progress)
    return parts.shelf, parts.understander


def _shelf(
    settings: Settings, bundle: Bundle, old: Parts | None, progress: Progress | None
) -> Shelf:
    """A shelf; catalogue, encoder and index are taken over from `old` where it is given."""
    if old is not None:
        catalog, encoder, index = old.shelf.catalog, old.shelf.encoder, old.shelf.index
    else:
        catalog, encoder = open_catalog(settings), open_encoder(settings, bundle)
        index = open_index(settings.home, catalog, encoder, progress)
    knows, vectors = encoder, index
    if wants_bare_encoder(settings, bundle):
        knows = load_encoder(settings.encoder)
        vectors = open_index(settings.home, catalog, knows, progress)
    ranker = open_ranker(bundle, catalog, vectors, knows)
    return make_shelf(catalog, index, encoder, ranker)


def _fallbacks(home: Path) -> tuple[Bundle, ...]:
    try:
        return earlier_bundles(home)
    except UserError:  # the pointer itself cannot be read
        return (Bundle(),)


def build_replayed(
    settings: Settings, progress: Progress | None = None, bundle: Bundle | None = None
) -> ReplayedBot:
    """The parts that serve people, put under replay: without event log and language model.

    Its name changes with whatever may change a prediction, so that no replay goes on under
    another version. `bundle` is another one than the one that serves.
    """
    bundle = bundle or read_bundle(settings.home)
    shelf, understander = build_shelf(settings, bundle, progress)
    return replayed(shelf, understander, bundle.bundle_id)


def replayed(shelf: Shelf, understander: Understander, bundle_id: str) -> ReplayedBot:
    """Parts that are loaded already, put under replay."""
    parts = (shelf.index.index_id, understander.name, str(shelf.weights), _code_fingerprint())
    name = hashlib.sha256("\n".join((*parts, bundle_id)).encode()).hexdigest()[:12]
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
