"""A trained part of a bundle: where it lies, what it was trained against, and their checks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import UserError

_SAFE = (".safetensors", ".json", ".jsonl", ".md", ".txt", ".jinja")  # never a pickle
_MEND = "Go back with `sommelier finetune rollback`."


class BundleMismatch(UserError):
    """A bundle whose parts do not fit what they meet, or are not what was promoted."""


@dataclass(frozen=True, slots=True)
class Part:
    """One trained part: its folder, a hash over the files in it, and what it was trained against.

    `trained_against` maps the name of a thing ("encoder", "llm base", ...) to its fingerprint.
    """

    kind: str
    path: Path
    trained_against: Mapping[str, str]
    fingerprint: str


def check_part(part: Part, facts: Mapping[str, str]) -> None:
    """Refuse a part that was trained against something else than what it meets.

    `facts` are the fingerprints of what serves, by the names that `trained_against` uses.
    """
    for name, wanted in part.trained_against.items():
        if name in facts and facts[name] != wanted:
            raise BundleMismatch(
                f"The {part.kind} in {part.path} was trained against the {name} {short(wanted)},"
                f" but the {name} that serves is {short(facts[name])}.",
                f"Train it again, or serve with the {name} it names. {_MEND}",
            )


def check_files(part: Part) -> None:
    """Refuse a part whose files are gone, were changed since, or are of a kind never loaded."""
    try:
        found = folder_fingerprint(part.path)
    except OSError as error:
        raise BundleMismatch(
            f"The {part.kind} of the bundle cannot be read: {error.strerror}: {part.path}.", _MEND
        ) from error
    if found != part.fingerprint:
        raise BundleMismatch(
            f"The {part.kind} in {part.path} is {short(found)}, but {short(part.fingerprint)} was"
            " promoted: files were changed by hand.",
            _MEND,
        )


def folder_fingerprint(folder: Path) -> str:
    """A sha256 over the names and contents of a folder's files.

    Raises OSError where it cannot be read or is empty, BundleMismatch for files of other kinds
    than safetensors, JSON and text.
    """
    digest = hashlib.sha256()
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    if not files:
        raise FileNotFoundError(2, "No such folder", str(folder))
    for path in files:
        if path.suffix not in _SAFE:
            raise BundleMismatch(f"{path} is no safetensors, JSON or text file.", "Remove it.")
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def short(fingerprint: str) -> str:
    """A fingerprint as people are shown it; a name stays whole."""
    hexadecimal = len(fingerprint) >= 32 and all(c in "0123456789abcdef" for c in fingerprint)
    return fingerprint[:12] if hexadecimal else fingerprint
