"""Who is speaking: signed visitor tokens, the page's cookie, owner-signed users, the admin."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.user_keys import derive

COOKIE = "sommelier_visitor"
TOKEN_AGE = 24 * 3600  # seconds that a visitor token of the API lives
COOKIE_AGE = 180 * 24 * 3600  # seconds that a browser is remembered after its last visit
OWNER_AGE = 3600  # seconds in which a user token of the site's owner must be used
_VISITOR = "visitor:"  # how the ids of our own visitors begin
_LONGEST = 200  # characters of a user's own id


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user whose token was good. `age` is the token's, in seconds."""

    user: str
    age: float


class Identity:
    """Makes and reads the tokens of one installation; `secret` is the home folder's.

    Tokens carry the user id and the time, signed (HMAC); a token of one purpose is worth nothing
    for another. Nothing is stored, so any replica with the same secret can read them.
    """

    def __init__(self, secret: bytes) -> None:
        key = derive(secret, "tokens")
        self._visitor = URLSafeTimedSerializer(key, salt="visitor")
        self._cookie = URLSafeTimedSerializer(key, salt="cookie")
        self._owner = URLSafeTimedSerializer(key, salt="owner")

    def new_user(self) -> str:
        """A fresh random visitor."""
        return f"{_VISITOR}{secrets.token_urlsafe(18)}"

    def token(self, user: str) -> str:
        """A token for the API, good for `TOKEN_AGE`."""
        return _text(self._visitor.dumps(user))

    def read_token(self, token: str) -> Visitor | None:
        """Whose token this is; None when it is forged, broken or too old."""
        return _read(self._visitor, token, TOKEN_AGE)

    def renewed(self, visitor: Visitor) -> str | None:
        """A fresh token once half of the old one's life is over, else None."""
        return self.token(visitor.user) if visitor.age > TOKEN_AGE / 2 else None

    def cookie(self, user: str) -> str:
        """The value of the page's cookie."""
        return _text(self._cookie.dumps(user))

    def read_cookie(self, value: str) -> Visitor | None:
        """Whose browser this is; None when the value is forged, broken or too old."""
        return _read(self._cookie, value, COOKIE_AGE)

    def owner_token(self, user: str) -> str:
        """What a site's owner signs for a user of theirs; `user` is their own id of the user."""
        return _text(self._owner.dumps(user))

    def read_owner_token(self, token: str) -> str | None:
        """The user that the owner vouches for; None when the token is not good."""
        known = _read(self._owner, token, OWNER_AGE)
        if known is None or not 0 < len(known.user) <= _LONGEST:
            return None
        # an owner vouches for users of theirs, never for one of our own visitors
        return None if known.user.startswith(_VISITOR) else known.user


def is_admin(given: str, admin_token: str | None) -> bool:
    """Whether `given` is the admin token, compared in constant time; none set, none good."""
    if not admin_token:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), admin_token.encode())


def bearer(header: str | None) -> str:
    """The token of an Authorization header; empty when there is none."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")


def _read(serializer: URLSafeTimedSerializer, token: str, age: float) -> Visitor | None:
    try:
        user, signed = serializer.loads(token, max_age=int(age), return_timestamp=True)
    except (BadData, UnicodeError, ValueError):
        return None
    if not isinstance(user, str):
        return None
    return Visitor(user, (datetime.now(UTC) - signed).total_seconds())
