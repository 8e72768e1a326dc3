"""User keys: one secret a home, made once and for its owner alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.user_keys import SECRET_FILE, derive, load_secret, user_key
from retrieval.errors import UserError


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    secret = load_secret(home)
    assert len(secret) == 32
    assert load_secret(home) == secret
    assert (home / SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in home.iterdir()] == [SECRET_FILE]
    assert load_secret(tmp_path / "other") != secret


def test_all_that_start_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(load_secret, [tmp_path] * 64))
    assert len(secrets) == 1


def test_a_secret_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    secret = load_secret(tmp_path)
    (tmp_path / SECRET_FILE).chmod(0o644)
    assert load_secret(tmp_path) == secret
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff\xfe", b"zz" * 32, b"ab" * 31])
def test_a_damaged_secret_is_refused_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SECRET_FILE).write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_secret(tmp_path)
    assert caught.value.mend
    assert (tmp_path / SECRET_FILE).read_bytes() == content


def test_a_home_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError):
        load_secret(tmp_path / "file")


def test_a_key_hides_the_id_and_depends_on_the_secret() -> None:
    one, other = b"1" * 32, b"2" * 32
    assert user_key(one, "anna@example.org") == user_key(one, "anna@example.org")
    assert user_key(one, "anna") != user_key(other, "anna")
    assert user_key(one, "anna") != user_key(one, "Anna")
    assert "anna" not in user_key(one, "anna")
    assert len(user_key(one, "\ud800\x00")) == 64


def test_each_purpose_has_its_own_key() -> None:
    secret = b"1" * 32
    keys = {derive(secret, purpose) for purpose in ("user", "visitor", "site")}
    assert len(keys) == 3
    assert secret not in keys
