"""Settings are one table: name, default and help, from command line, environment or file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from retrieval.errors import UserError


class Settings(BaseSettings):
    """Everything that can be set, each as SOMMELIER_<NAME>, as an option or in `settings.yaml`."""

    model_config = SettingsConfigDict(env_prefix="SOMMELIER_", frozen=True, extra="forbid")

    home: Path = Field(
        Path(".sommelier"), description="folder of the log, indexes, runs, bundle and secret"
    )
    host: str = Field("127.0.0.1", description="address to serve on")
    port: int = Field(7860, ge=0, le=65535, description="port to serve on")
    catalog: Path | None = Field(None, description="catalogue file; the built-in films without")
    mapping: Path | None = Field(None, description="YAML that renames the catalogue's columns")
    database: str | None = Field(
        None, description="URL of the event log; SQLite in the home folder without"
    )
    llm: str | None = Field(
        None,
        description="transformers id, path, http(s) URL, or `plain`; the packaged model without",
    )
    llm_key: str | None = Field(
        None, description="key for an endpoint; only from the environment", repr=False
    )
    llm_model: str | None = Field(None, description="model name to ask an endpoint for")
    understander: Literal["trained", "llm"] = Field(
        "trained",
        description="what reads messages: `trained`, or `llm` with the trained one behind it",
    )
    encoder: str | None = Field(
        None, description="sentence-transformers id or path; the packaged MiniLM without"
    )
    slate_size: int = Field(4, ge=1, le=12, description="items shown at once")
    temperature: float = Field(
        0.05, ge=0, description="chance in the last place of a slate; the places above have none"
    )
    admin_token: str | None = Field(
        None, description="lets other hosts read /metrics; loopback alone without", repr=False
    )
    adapt: bool = Field(False, description="learn from feedback while serving")
    adapt_after: int = Field(
        200, ge=1, description="feedback events after which a model is trained on them"
    )
    adapt_at: str | None = Field(
        None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="time of day, HH:MM, at which a model is trained if there is any new feedback",
    )
    adapt_kinds: str = Field(
        "ranker",
        pattern=r"^(chat|encoder|understander|ranker)(,(chat|encoder|understander|ranker))*$",
        description="what is trained, with commas: chat, encoder, understander, ranker",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="debug, info, warning or error"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line beats the environment, which beats the file in the home folder."""
        home = init_settings().get("home") or os.environ.get("SOMMELIER_HOME") or ".sommelier"
        file = YamlConfigSettingsSource(settings_cls, yaml_file=Path(str(home)) / "settings.yaml")
        return init_settings, env_settings, file


def load_settings(**given: Any) -> Settings:
    """Settings from what was given on the command line (None = not given), environment and file.

    Raises UserError naming the setting that is wrong.
    """
    go_offline()
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise UserError(
            f"The setting {name} is wrong: {first['msg']}.",
            f"See `sommelier serve --help`, or SOMMELIER_{name.upper()} in the environment.",
        ) from error


def go_offline() -> None:
    """Nothing is fetched at run time: switch off the libraries' hubs and analytics."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that wait for work must not spin: on a busy machine that costs seconds a message.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def settings_table() -> list[tuple[str, str, str]]:
    """(name, default, help) of every setting, in order; the README's table is held against it."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        rows.append((name, default, field.description or ""))
    return rows
