"""Loads the parts that a bundle names, each checked against what it meets."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot.language_model import LanguageModel, load_language_model
from bot.settings import Settings
from bot.shipped_heads import SHIPPED as SHIPPED_HEADS
from bot.trained_understander import TrainedUnderstander
from retrieval.bundle import Bundle, BundleMismatch, Part, check_files, check_part
from retrieval.catalog import Catalog
from retrieval.encoder import (
    PACKAGED_NAME,
    PACKAGED_SHA256,
    Encoder,
    encoder_fingerprint,
    load_encoder,
)
from retrieval.errors import UserError
from retrieval.index import ItemIndex
from retrieval.learned_ranker import PACKAGED, LearnedRanker, RankerMismatch, load_ranker

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"  # the public id of the packaged language model

_MEND = "Go back with `sommelier finetune rollback`."

T = TypeVar("T")

_log = logging.getLogger(__name__)


def served_facts(settings: Settings, bundle: Bundle) -> dict[str, str]:
    """Fingerprints of what a bundle's parts meet, by the names their `trained_against` uses."""
    base = encoder_fingerprint(settings.encoder)
    adapter = bundle.part("encoder")
    facts = {
        "encoder base": base,
        "encoder": base if adapter is None else encoder_fingerprint(settings.encoder, adapter.path),
        "understander base": PACKAGED_SHA256,
    }
    llm = llm_base(settings.llm)
    return facts if llm is None else {**facts, "llm base": llm}


def check_bundle(settings: Settings, bundle: Bundle) -> None:
    """Refuse a bundle whose parts do not fit one another or the settings, without loading them.

    A ranker may be trained with the encoder that serves or with the one under its adapter.
    """
    if not bundle.parts:
        return
    for part in bundle.parts.values():
        check_files(part)
    facts = served_facts(settings, bundle)
    for part in bundle.parts.values():
        wanted = part.trained_against.get("encoder")
        bare = part.kind == "ranker" and wanted == facts["encoder base"]
        check_part(part, {**facts, "encoder": wanted} if bare and wanted else facts)


def llm_base(spec: str | None) -> str | None:
    """The public id of the language model that adapters are trained for; None without weights.

    `spec` is the setting: None is the packaged SmolLM2, a folder is asked for the id that it was
    saved under, else named by its own name.
    """
    if spec is None:
        return SMOLLM2
    if spec == "plain" or spec.startswith(("http://", "https://")):
        return None
    if not Path(spec).is_dir():
        return spec
    try:
        config = json.loads((Path(spec) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = {}
    named = str(config.get("_name_or_path") or "")
    return Path(spec).name if not named or Path(named).is_absolute() else named


def open_encoder(settings: Settings, bundle: Bundle) -> Encoder:
    """The encoder of the settings with the bundle's adapter, if it has one."""
    part = bundle.part("encoder")
    if part is None:
        return load_encoder(settings.encoder)
    return loaded(part, lambda: load_encoder(settings.encoder, part.path))


def open_ranker(
    bundle: Bundle, catalog: Catalog, index: ItemIndex, encoder: Encoder
) -> LearnedRanker | None:
    """What conversations taught, laid on the catalogue; None where it knows too little of it.

    A shipped ranker that was learned with another encoder is left out with a warning; one of the
    bundle is refused.
    """
    part = bundle.part("ranker")
    if part is not None:
        return loaded(part, lambda: load_ranker(part.path, catalog, index.vectors, encoder))
    if not PACKAGED.exists():
        return None
    try:
        return load_ranker(PACKAGED, catalog, index.vectors, encoder)
    except RankerMismatch as error:
        _log.warning("ranked by content alone: %s", error.message)
        return None


def wants_bare_encoder(settings: Settings, bundle: Bundle) -> bool:
    """Whether the ranker was trained with the encoder without the adapter that now serves."""
    if bundle.part("encoder") is None:
        return False
    part = bundle.part("ranker")
    if part is None:
        return True
    return part.trained_against.get("encoder") == encoder_fingerprint(settings.encoder)


def open_understander(bundle: Bundle, catalog: Catalog, encoder: Encoder) -> TrainedUnderstander:
    """What reads messages, with the bundle's heads or the shipped ones."""
    part = bundle.part("understander")
    if part is not None:
        return loaded(part, lambda: TrainedUnderstander(catalog, encoder, part.path))
    packaged = encoder.name.partition(" + ")[0] == PACKAGED_NAME
    weights = SHIPPED_HEADS if packaged and SHIPPED_HEADS.is_dir() else None
    return TrainedUnderstander(catalog, encoder, weights)


def open_language_model(settings: Settings, bundle: Bundle) -> LanguageModel | None:
    """The language model of the settings with the bundle's adapter, not yet started.

    An endpoint has its adapters loaded by its own server.
    """
    part = bundle.part("llm")
    if part is None or llm_base(settings.llm) is None:
        return load_language_model(settings.llm, settings.home)
    return loaded(part, lambda: load_language_model(settings.llm, settings.home, part.path))


def tell_of_idle_adapter(settings: Settings, bundle: Bundle) -> None:
    """Say in the log where the bundle's adapter of a language model does not serve, and why."""
    if bundle.part("llm") is None or llm_base(settings.llm) is not None:
        return
    why = "wording is plain" if settings.llm == "plain" else "the endpoint's own server loads them"
    _log.warning("the bundle %s has an LLM adapter that does not serve: %s", bundle.bundle_id, why)


def loaded(part: Part, load: Callable[[], T]) -> T:
    """What `load` gives for a part that was checked; what goes wrong is the bundle's fault."""
    try:
        return load()
    except UserError as error:
        raise BundleMismatch(error.message, _MEND) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleMismatch(f"The {part.kind} in {part.path}: {reason}.", _MEND) from error
