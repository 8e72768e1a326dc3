"""Imports only go down: ui over bot over retrieval, and finetune over bot and retrieval."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "retrieval": {"retrieval"},
    "bot": {"bot", "retrieval"},
    "finetune": {"finetune", "bot", "retrieval"},
    "ui": {"ui", "bot", "retrieval"},
}
MODULES = sorted(p for package in ALLOWED for p in (ROOT / package).rglob("*.py"))


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add((node.module or "").partition(".")[0])
    return found & set(ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_only_go_down(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    allowed = set(ALLOWED[package])
    if path.relative_to(ROOT).parts[:1] == ("ui",) and path.name.startswith("cli"):
        allowed.add("finetune")
    assert imported_packages(path) <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_opens_with_one_sentence(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{path} has no docstring"
    assert text.splitlines()[0].endswith("."), f"{path}: its first line is no sentence"


def test_only_the_page_imports_gradio() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if "import gradio" in path.read_text(encoding="utf-8")
    }
    assert all(Path(user).parts[0] == "ui" and "page" in Path(user).name for user in users)


def test_nothing_is_unpickled() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text, f"{path} unpickles"
        assert "allow_pickle=True" not in text, f"{path} unpickles"
