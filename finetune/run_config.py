"""The kinds of run, one validated configuration each, and the job that a trainer is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_type_hints

from finetune.understander_config import HeadConfig as UnderstanderConfig
from retrieval.errors import UserError

if TYPE_CHECKING:
    from bot.settings import Settings
    from finetune.examples import Examples
    from retrieval.bundle import Bundle

Kind = Literal["chat", "encoder", "understander", "ranker"]
KINDS: tuple[Kind, ...] = ("chat", "encoder", "understander", "ranker")


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a field may take, both ends included."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


Rate = Annotated[float, Range(1e-7, 1.0)]
Share = Annotated[float, Range(0.0, 1.0)]


@dataclass(frozen=True, slots=True)
class ChatConfig:
    """LoRA on the language model: supervised epochs, then a preference stage where data allows.

    `rank`, `alpha` and `dropout` shape a fresh adapter; one that goes on keeps its own. `held_out`
    is the share kept for early stopping where the examples keep none; `patience` looks at it
    without a lower loss, two an epoch, end a stage. `beta` holds KTO and DPO to where they began.
    `gradient_checkpointing` trades time for memory; `packing` fills rows of `length` tokens.
    """

    rank: Annotated[int, Range(1, 256)] = 16
    alpha: Annotated[int, Range(1, 512)] = 32
    dropout: Share = 0.0
    epochs: Annotated[int, Range(1, 100)] = 3
    rate: Rate = 2e-4
    batch: Annotated[int, Range(2, 1024)] = 8
    accumulate: Annotated[int, Range(1, 1024)] = 1
    length: Annotated[int, Range(16, 32768)] = 512
    held_out: Annotated[float, Range(0.0, 0.5)] = 0.08
    patience: Annotated[int, Range(1, 100)] = 2
    gradient_checkpointing: bool = False
    packing: bool = False
    preference: Literal["auto", "none", "kto", "dpo"] = "auto"
    preference_epochs: Annotated[int, Range(1, 100)] = 1
    preference_rate: Rate = 2e-5
    beta: Annotated[float, Range(1e-3, 10.0)] = 0.1
    seed: Annotated[int, Range(0, 2**31)] = 0


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """LoRA on the encoder, contrastive, with hard negatives from refusals."""

    rank: Annotated[int, Range(1, 256)] = 16
    alpha: Annotated[int, Range(1, 512)] = 32
    dropout: Share = 0.05
    epochs: Annotated[int, Range(1, 100)] = 2
    rate: Rate = 2e-4
    batch: Annotated[int, Range(2, 4096)] = 64
    temperature: Annotated[float, Range(1e-3, 10.0)] = 0.05
    seed: Annotated[int, Range(0, 2**31)] = 0


@dataclass(frozen=True, slots=True)
class RankerConfig:
    """A ranker from a site's own conversations: `folds` for features, `lists` to fit them on."""

    folds: Annotated[int, Range(2, 20)] = 3
    lists: Annotated[int, Range(10, 1_000_000)] = 3000
    hidden: Annotated[int, Range(1, 1024)] = 24
    networks: Annotated[int, Range(1, 16)] = 1
    epochs: Annotated[int, Range(1, 100)] = 8
    rate: Rate = 2e-3


RunConfig: TypeAlias = "ChatConfig | EncoderConfig | UnderstanderConfig | RankerConfig"

# Of the configurations that say no range themselves.
_LIMITS: Mapping[str, Mapping[str, Range]] = {
    "understander": {
        "first_layer": Range(0, 48),
        "rank": Range(1, 256),
        "epochs": Range(1, 100),
        "patience": Range(1, 100),
        "batch": Range(1, 4096),
        "head_rate": Range(1e-7, 1.0),
        "layer_rate": Range(1e-7, 1.0),
        "warm_up": Range(0.0, 1.0),
        "weight_decay": Range(0.0, 10.0),
        "dropout": Range(0.0, 0.95),
        "hidden": Range(1, 4096),
        "real_weight": Range(0.0, 1000.0),
        "refit_epochs": Range(0, 10000),
        "refit_weight": Range(0.0, 1000.0),
        "refit_dropout": Range(0.0, 0.95),
        "augment": Range(0.0, 1.0),
        "adversarial": Range(0.0, 100.0),
    },
}


@dataclass(frozen=True)
class TrainingJob:
    """All that a trainer gets: what to learn, from what, on top of what serves, and where to write.

    `folder` is the run's temporary folder, for `adapter/` or weights. `checkpoints` survives a
    killed process: a trainer goes on from it where it is not empty. `progress(done, total, what)`
    tells people how far it is.
    """

    config: RunConfig
    examples: Examples
    settings: Settings
    bundle: Bundle
    folder: Path
    checkpoints: Path
    progress: Callable[[int, int, str], None]

    @property
    def home(self) -> Path:
        """The folder of log, indexes, runs, bundle and secret."""
        return self.settings.home


def config_class(kind: str) -> type[Any]:
    """The dataclass that configures a kind of run; UserError for an unknown kind."""
    found: dict[str, type[Any]] = {
        "chat": ChatConfig,
        "encoder": EncoderConfig,
        "understander": UnderstanderConfig,
        "ranker": RankerConfig,
    }
    if kind not in found:
        raise UserError(f"There is no run of kind {kind!r}.", f"Take one of {', '.join(KINDS)}.")
    return found[kind]


def make_config(kind: str, values: Mapping[str, Any]) -> RunConfig:
    """A configuration from plain values, the rest by default.

    Raises UserError naming the field that is unknown, of a wrong type or out of its range.
    """
    from pydantic import TypeAdapter, ValidationError

    cls = config_class(kind)
    _refuse_unknown(kind, values)
    try:
        config: RunConfig = TypeAdapter(cls).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"The setting {name} of a {kind} run is {first['input']!r}: {first['msg']}.",
            _see_range(limits(kind).get(name)),
        ) from error
    _refuse_out_of_range(kind, config)
    return config


def config_to_dict(config: RunConfig) -> dict[str, Any]:
    """The configuration as plain data that JSON can hold."""
    return asdict(config)


def read_config(kind: str, path: Path | None, pairs: Sequence[str] = ()) -> RunConfig:
    """A configuration from a JSON file, if there is one, and `name=value` pairs that beat it."""
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read as JSON: {error}.", "Correct it.") from error
        if not isinstance(values, dict):
            raise UserError(f"{path} holds no JSON object.", 'Write {"epochs": 2}, for example.')
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise UserError(f"--set {pair} has no value.", "Write --set epochs=2, for example.")
        values[name.strip()] = value.strip()
    return make_config(kind, values)


def limits(kind: str) -> dict[str, Range]:
    """The range of every numeric field that has one, by its name."""
    hints = get_type_hints(config_class(kind), include_extras=True)
    found = dict(_LIMITS.get(kind, {}))
    for name, hint in hints.items():
        for mark in getattr(hint, "__metadata__", ()):
            if isinstance(mark, Range):
                found[name] = mark
    return found


def _refuse_unknown(kind: str, values: Mapping[str, Any]) -> None:
    known = sorted(f.name for f in fields(config_class(kind)))
    for name in values:
        if name not in known:
            raise UserError(f"A {kind} run has no setting {name}.", f"It has {', '.join(known)}.")


def _refuse_out_of_range(kind: str, config: RunConfig) -> None:
    for name, allowed in limits(kind).items():
        value = getattr(config, name)
        if value not in allowed:
            raise UserError(f"The setting {name} of a {kind} run is {value}.", _see_range(allowed))


def _see_range(allowed: Range | None) -> str:
    return "Take a value of its type." if allowed is None else f"Take a number from {allowed}."
