"""Chooses what reads messages: the trained understander, or a language model with it behind."""

from __future__ import annotations

import time

from bot.bundled import check_bundle, open_encoder, open_language_model, open_understander
from bot.language_model import LanguageModel
from bot.llm_understander import LlmUnderstander
from bot.settings import Settings
from bot.trained_understander import TrainedUnderstander
from bot.understanding import Understander
from retrieval.bundle import read_bundle
from retrieval.catalog import Catalog
from retrieval.errors import UserError


def choose_understander(
    settings: Settings, default: Understander, model: LanguageModel | None
) -> Understander:
    """What reads messages by the settings, over the trained `default`.

    Raises UserError if it is to be a language model and there is none.
    """
    if isinstance(default, LlmUnderstander):
        default = default.default
    if settings.understander == "trained" or not isinstance(default, TrainedUnderstander):
        return default
    if model is None:
        raise UserError(
            "The setting understander is llm, but there is no language model.",
            "Name one with --llm, or set SOMMELIER_UNDERSTANDER=trained.",
        )
    return LlmUnderstander(default, model)


def understander_alone(settings: Settings, catalog: Catalog) -> Understander:
    """What reads messages, without all else and ready; waits until a language model is loaded.

    Raises UserError where that model cannot be loaded.
    """
    bundle = read_bundle(settings.home)
    check_bundle(settings, bundle)
    default = open_understander(bundle, catalog, open_encoder(settings, bundle))
    if settings.understander == "trained":
        return default
    model = open_language_model(settings, bundle)
    understander = choose_understander(settings, default, model)
    if model is not None:
        model.start()
        while not model.ready():
            if model.problem():
                raise UserError(f"{model.problem()}.", "See: sommelier doctor")
            time.sleep(0.1)
    return understander
