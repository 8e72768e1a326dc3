"""Tokens: good for whom and what they were made, and for nobody and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from ui import identity as module
from ui.identity import Identity, bearer, is_admin

ONE, OTHER = Identity(b"1" * 32), Identity(b"2" * 32)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let tokens made from here on be that old."""
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: int(now(self) - seconds))


def test_every_visitor_is_new() -> None:
    assert len({ONE.new_user() for _ in range(100)}) == 100


@given(st.text(min_size=1, max_size=100))
def test_a_token_names_its_user(user: str) -> None:
    visitor = ONE.read_token(ONE.token(user))
    assert visitor is not None and visitor.user == user


def test_another_secret_reads_nothing() -> None:
    assert OTHER.read_token(ONE.token("a")) is None
    assert OTHER.read_cookie(ONE.cookie("a")) is None
    assert OTHER.read_owner_token(ONE.owner_token("a")) is None


def test_a_token_of_one_purpose_is_worth_nothing_for_another() -> None:
    assert ONE.read_token(ONE.cookie("a")) is None
    assert ONE.read_cookie(ONE.token("a")) is None
    assert ONE.read_owner_token(ONE.token("a")) is None
    assert ONE.read_token(ONE.owner_token("a")) is None


@given(st.text(max_size=80))
def test_rubbish_is_no_token(text: str) -> None:
    assert ONE.read_token(text) is None


def test_a_changed_token_is_refused() -> None:
    token = ONE.token("alice")
    middle = len(token) // 2
    forged = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    assert ONE.read_token(forged) is None


def test_a_token_is_renewed_in_its_second_half_and_then_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = ONE.read_token(ONE.token("a"))
    assert fresh is not None and ONE.renewed(fresh) is None
    later(monkeypatch, module.TOKEN_AGE * 0.6)
    aged = ONE.token("a")
    visitor = ONE.read_token(aged)
    assert visitor is None or visitor.age > module.TOKEN_AGE / 2
    monkeypatch.undo()
    visitor = ONE.read_token(aged)
    assert visitor is not None
    renewed = ONE.renewed(visitor)
    assert renewed is not None and ONE.read_token(renewed) is not None
    later(monkeypatch, module.TOKEN_AGE + 60)
    dead = ONE.token("a")
    monkeypatch.undo()
    assert ONE.read_token(dead) is None


def test_an_owner_cannot_speak_for_a_visitor() -> None:
    visitor = ONE.new_user()
    assert ONE.read_owner_token(ONE.owner_token(visitor)) is None
    assert ONE.read_owner_token(ONE.owner_token("")) is None
    assert ONE.read_owner_token(ONE.owner_token("x" * 1000)) is None
    assert ONE.read_owner_token(ONE.owner_token("customer-7")) == "customer-7"


def test_the_admin_token() -> None:
    assert is_admin("secret", "secret")
    assert not is_admin("wrong", "secret")
    assert not is_admin("", None)
    assert not is_admin("", "")


def test_bearer() -> None:
    assert bearer("Bearer abc") == "abc"
    assert bearer("bearer abc") == "abc"
    assert bearer("Basic abc") == "" == bearer(None)
