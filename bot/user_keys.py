"""User ids are stored only as keyed hashes; this module keeps the key and makes the hashes."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from retrieval.errors import UserError

SECRET_FILE = "secret"
_BYTES = 32


def load_secret(home: Path) -> bytes:
    """The secret of `home`: 32 bytes, made at the first call, readable by its owner alone.

    Several processes that start at once get the same one. UserError where it cannot be made,
    read, or is not a secret of ours.
    """
    path = home / SECRET_FILE
    try:
        if not path.exists():
            _create(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if len(secret) != _BYTES:
        raise _unusable(path, f"{len(secret)} bytes instead of {_BYTES}")
    return secret


def derive(secret: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, from which neither the secret nor another key follows."""
    return hmac.digest(secret, b"sommelier:" + purpose.encode(), hashlib.sha256)


def user_key(secret: bytes, user_id: str) -> str:
    """The name under which a user is stored: HMAC-SHA256 of the id, in hexadecimal digits."""
    key = derive(secret, "user")
    return hmac.digest(key, user_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def _create(path: Path) -> None:
    """Write a new secret so that `path` appears whole; an existing one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, a link never replaces another's secret
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"The secret in {path} cannot be used: {why}.",
        "Make the folder readable and writable for you, or restore the file from a backup; "
        "with another secret the stored users are no longer recognised.",
    )
