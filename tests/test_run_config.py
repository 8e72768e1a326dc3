"""What a run may be told, and how what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune.run_config import (
    KINDS,
    ChatConfig,
    config_class,
    config_to_dict,
    limits,
    make_config,
    read_config,
)
from retrieval.errors import UserError


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_within_their_ranges_and_survive_json(kind: str) -> None:
    config = make_config(kind, {})
    assert config == config_class(kind)()
    assert make_config(kind, json.loads(json.dumps(config_to_dict(config)))) == config


@pytest.mark.parametrize("kind", KINDS)
def test_every_range_is_of_a_field_and_is_held(kind: str) -> None:
    for name, allowed in limits(kind).items():
        with pytest.raises(UserError) as raised:
            make_config(kind, {name: int(allowed.high) + 1})
        assert name in str(raised.value)
        assert str(allowed) in str(raised.value)


def test_an_unknown_field_is_named_with_those_that_exist() -> None:
    with pytest.raises(UserError, match="no setting epoch") as raised:
        make_config("chat", {"epoch": 3})
    assert "epochs" in raised.value.mend


def test_a_wrong_type_is_named() -> None:
    with pytest.raises(UserError, match="epochs"):
        make_config("chat", {"epochs": "many"})
    with pytest.raises(UserError, match="preference"):
        make_config("chat", {"preference": "ppo"})
    with pytest.raises(UserError, match="rate"):
        make_config("chat", {"rate": float("nan")})


def test_pairs_beat_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"epochs": 5, "rank": 4}')
    config = read_config("chat", file, ["epochs=7"])
    assert isinstance(config, ChatConfig)
    assert (config.epochs, config.rank) == (7, 4)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_broken_file_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    with pytest.raises(UserError) as raised:
        read_config("chat", file)
    assert "\n" not in str(raised.value)


def test_an_unknown_kind_lists_the_kinds() -> None:
    with pytest.raises(UserError, match="no run of kind"):
        make_config("dialog", {})
