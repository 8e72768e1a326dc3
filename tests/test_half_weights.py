"""Tests of linear layers in half precision."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from bot.half_weights import HalfLinear, halved


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 8, bias=False)).eval()


@pytest.mark.parametrize("shape", [(1, 32), (2, 5, 32)])
def test_halved_layers_answer_like_the_float_ones(shape: tuple[int, ...]) -> None:
    network = _network()
    values = torch.randn(shape)
    with torch.inference_mode():
        wanted = network(values)
        found = halved(copy.deepcopy(network))(values)
    assert found.shape == wanted.shape and found.dtype == torch.float32
    assert torch.allclose(found, wanted, atol=2e-3)


def test_weights_of_sixteen_bits_lose_nothing() -> None:
    network = _network()
    for parameter in network.parameters():
        parameter.data = parameter.data.half().float()
    values = torch.randn(3, 32)
    with torch.inference_mode():
        wanted = network(values)
        assert torch.allclose(halved(network)(values), wanted, atol=1e-6)


def test_every_linear_layer_is_replaced_and_its_floats_are_let_go() -> None:
    network = halved(_network())
    assert [type(m) for m in network] == [HalfLinear, nn.GELU, HalfLinear]
    assert not list(network.parameters())


def test_where_the_processor_cannot_the_model_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: HalfLinear, layer: nn.Linear) -> None:
        raise RuntimeError("no such engine\nhere")

    monkeypatch.setattr(HalfLinear, "__init__", refuse)
    caplog.set_level("INFO", "bot.half_weights")
    network = _network()
    assert halved(network) is network
    assert all(isinstance(m, nn.Linear) for m in (network[0], network[2]))
    assert "weights stay in float32: no such engine" in caplog.text
