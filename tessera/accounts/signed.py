"""The signed texts in cookies: which login they belong to, what they are for, until when they count."""

import functools
import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import jwt
from django.conf import settings

from tessera.lib import clock

Use = Literal["access", "refresh"]
_ALGORITHM = "HS256"
# Our own clock judges: the library has another, which tests can't move.
_OPTIONS: Any = {"require": ["aud", "exp", "sid"], "verify_exp": False, "verify_iat": False}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: a login session, and of a refresh token how many were given before it."""

    session_id: uuid.UUID
    expires_at: datetime
    number: int = 0


def sign(claims: Claims, use: Use) -> str:
    """The token as text."""
    payload = {
        "aud": use,
        "sid": claims.session_id.hex,
        "num": claims.number,
        "iat": int(clock.now().timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(payload, _keys()[0], algorithm=_ALGORITHM)


def read(token: str, use: Use) -> Claims | None:
    """What `sign` was given for that use; None for what it did not sign, or what has run out.

    Under an older key too, while SECRET_KEY_FALLBACKS lists it.
    """
    for key in _keys():
        try:
            payload = jwt.decode(
                token, key, algorithms=[_ALGORITHM], audience=use, options=_OPTIONS
            )
            claims = Claims(
                uuid.UUID(payload["sid"]),
                datetime.fromtimestamp(payload["exp"], UTC),
                int(payload.get("num", 0)),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
            continue
        return claims if claims.expires_at > clock.now() else None
    return None


def _keys() -> tuple[bytes, ...]:
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@functools.lru_cache(maxsize=4)
def _derived(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    # A key of its own for this use: nothing else that is signed with SECRET_KEY passes for a login.
    return tuple(
        hashlib.blake2b(secret.encode(), digest_size=32, person=b"tessera.cookies").digest()
        for secret in secrets
    )
