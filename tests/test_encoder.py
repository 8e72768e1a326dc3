from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval import encoder as module
from retrieval.encoder import PACKAGED_NAME, Encoder, load_encoder, packaged_model
from retrieval.errors import UserError

TEXTS = [
    "A slow film about grief",
    "",
    "comedy",
    "一部关于太空的电影 🚀",
    "word " * 2000,
    "A clown hunts children. " * 9,
    "comedy",
]


@pytest.fixture(params=["encoder", "real_encoder"])
def any_encoder(request: pytest.FixtureRequest) -> Encoder:
    return request.getfixturevalue(request.param)


def test_vectors_are_unit_rows_in_the_order_of_the_texts(any_encoder: Encoder) -> None:
    vectors = any_encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), any_encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[2], vectors[6])
    assert not np.allclose(vectors[0], vectors[2])


def test_a_text_has_one_vector_whatever_its_company(any_encoder: Encoder) -> None:
    together = any_encoder.encode(TEXTS)
    alone = np.vstack([any_encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(together, alone)


def test_no_text_gives_no_row(any_encoder: Encoder) -> None:
    assert any_encoder.encode([]).shape == (0, any_encoder.dimension)


def test_progress_counts_texts_up_to_the_last(any_encoder: Encoder) -> None:
    seen: list[tuple[int, int]] = []
    any_encoder.encode(TEXTS, lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (len(TEXTS), len(TEXTS))


def test_threads_may_share_an_encoder(any_encoder: Encoder) -> None:
    texts = [f"film number {n} " * (n % 5 + 1) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: any_encoder.encode([text])[0], texts))
    assert np.array_equal(np.vstack(found), any_encoder.encode(texts))


def test_the_packaged_model_knows_what_is_alike(real_encoder: Encoder) -> None:
    wish, near, far = real_encoder.encode(
        ["a frightening film", "scary horror movie with ghosts", "how to bake sourdough bread"]
    )
    assert wish @ near > wish @ far + 0.3


def test_the_packaged_model_is_named_and_fingerprinted(real_encoder: Encoder) -> None:
    assert real_encoder.name == PACKAGED_NAME
    assert real_encoder.fingerprint == load_encoder(str(packaged_model())).fingerprint


def test_other_weights_in_the_package_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGED_SHA256", "0" * 64)
    with pytest.raises(UserError, match="published weights"):
        load_encoder()


def test_an_absent_package_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PACKAGE", "no_such_package")
    with pytest.raises(UserError, match="not installed"):
        load_encoder()


@pytest.mark.parametrize("name", ["nobody/no-such-model", "/no/such/folder"])
def test_an_absent_model_is_reported_without_the_network(name: str) -> None:
    with pytest.raises(UserError) as caught:
        load_encoder(name)
    assert name in caught.value.message
    assert caught.value.mend


def test_a_folder_without_a_model_is_reported(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="could not be loaded"):
        load_encoder(str(tmp_path))


def test_an_adapter_is_merged_and_changes_the_fingerprint(
    real_encoder: Encoder, adapter: Path
) -> None:
    adapted = load_encoder(adapter=adapter)
    assert adapted.fingerprint != real_encoder.fingerprint
    assert adapted.name == f"{PACKAGED_NAME} + adapter"
    before, after = real_encoder.encode(["comedy"])[0], adapted.encode(["comedy"])[0]
    assert before @ after < 0.999
    assert np.array_equal(after, load_encoder(adapter=adapter).encode(["comedy"])[0])


def test_an_adapter_that_does_not_fit_is_reported(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no adapter_model\.safetensors"):
        load_encoder(adapter=tmp_path)
    broken = tmp_path / "broken"
    shutil.copytree(adapter, broken)
    (broken / "adapter_model.safetensors").write_bytes(b"not weights")
    with pytest.raises(UserError, match="could not be loaded"):
        load_encoder(adapter=broken)


@pytest.fixture(scope="module")
def adapter(real_encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random LoRA adapter for the packaged model."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["query"], init_lora_weights=False)
    model = get_peft_model(AutoModel.from_pretrained(packaged_model()), config)
    folder = tmp_path_factory.mktemp("lora") / "adapter"
    model.save_pretrained(str(folder))
    return folder
