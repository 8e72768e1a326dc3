"""Writes the README's file map and settings table from the code; its test holds them equal.

Run: python tests/readme_tables.py
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PACKAGES = ("retrieval", "bot", "finetune", "ui")


def file_map() -> str:
    """One line a module: its path and the first sentence of its docstring."""
    lines = ["| file | what it is |", "|---|---|"]
    for package in PACKAGES:
        for path in sorted((ROOT / package).glob("*.py")):
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            lines.append(f"| `{path.relative_to(ROOT)}` | {text.splitlines()[0]} |")
    return "\n".join(lines)


def settings_table() -> str:
    """One line a setting: name, default and help."""
    from bot.settings import settings_table as rows

    lines = ["| setting | default | what it does |", "|---|---|---|"]
    lines += [f"| `{n}` | {f'`{d}`' if d else ''} | {h} |" for n, d, h in rows()]
    return "\n".join(lines)


def filled(readme: str) -> str:
    """The README with both tables as the code has them."""
    for name, table in (("files", file_map()), ("settings", settings_table())):
        pattern = rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)"
        readme, count = re.subn(pattern, rf"\g<1>{_escaped(table)}\g<2>", readme, flags=re.S)
        if count != 1:
            raise ValueError(f"README.md has no place for the table of {name}")
    return readme


def _escaped(table: str) -> str:
    return table.replace("\\", r"\\")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
