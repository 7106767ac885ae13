"""Logins by cookies: begun, refreshed, ended. The row is the session; the tokens only point to it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db import connection
from django.db.models import F

from tessera.accounts import signed
from tessera.accounts.models import LoginSession, User
from tessera.accounts.signed import Claims
from tessera.lib import clock

ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Pair:
    """A login's two tokens, each with its end. The refresh token serves once."""

    access: str
    access_expires_at: datetime
    refresh: str
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reused:
    """A refresh token came that had been used before: somebody has a copy. The session is ended."""

    user_id: int


def begin(user: User) -> Pair:
    """A new session of that user, as he stands in the database."""
    now = clock.now()
    session = LoginSession.objects.create(
        user=user, epoch=user.auth_epoch, created_at=now, expires_at=now + REFRESH_LIFE
    )
    return _pair(session.id, session.number, now)


def refresh(token: str) -> tuple[User, Pair] | Reused | None:
    """The session's next pair, with its user; None for a token that counts no longer.

    Of two that come with the same token at once one is served; the other is a reuse.
    """
    claims = signed.read(token, "refresh")
    user = None if claims is None else user_of(claims.session_id)
    if claims is None or user is None:
        return None
    now = clock.now()
    turned = LoginSession.objects.filter(pk=claims.session_id, number=claims.number).update(
        number=F("number") + 1, expires_at=now + REFRESH_LIFE
    )
    if turned:
        return user, _pair(claims.session_id, claims.number + 1, now)
    # Ended meanwhile, or a copy: nobody can tell which of the two holders is the rightful one.
    return Reused(user.pk) if end(claims.session_id) else None


def end(session_id: uuid.UUID) -> bool:
    """Whether there was such a session to end. Its tokens count no longer, from now on."""
    deleted, _each = LoginSession.objects.filter(pk=session_id).delete()
    return bool(deleted)


def named_by(*, access: str = "", refresh: str = "") -> uuid.UUID | None:
    """The session that one of these tokens points to, whether it is still there or not."""
    claims = signed.read(access, "access") or signed.read(refresh, "refresh")
    return claims.session_id if claims else None


def user_of(session_id: uuid.UUID) -> User | None:
    """Who is logged in by that session: nobody where it was ended, ran out, or the user's epoch has passed.

    One statement.
    """
    query, columns = _query()
    with connection.cursor() as cursor:
        cursor.execute(query, [session_id, clock.now()])
        row = cursor.fetchone()
    if row is None:
        return None
    user = User.from_db(connection.alias, columns, row[:-1])
    user.group_ids = frozenset(row[-1])
    return user if user.is_active else None


def purge() -> int:
    """Drop the sessions that ran out; how many there were."""
    deleted, _each = LoginSession.objects.filter(expires_at__lte=clock.now()).delete()
    return deleted


@cache
def _query() -> tuple[str, list[str]]:
    """As text, for the reason that the look-up of API tokens has."""
    columns = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001  # documented, whatever its name
    listed = ", ".join(f"u.{name}" for name in columns)
    query = f"""
        SELECT {listed}, ARRAY(SELECT group_id FROM accounts_group_members m WHERE m.user_id = u.id)
        FROM accounts_loginsession s JOIN accounts_user u ON u.id = s.user_id
        WHERE s.id = %s AND s.expires_at > %s AND s.epoch = u.auth_epoch
    """  # noqa: S608  # our model's names
    return query, columns


def _pair(session_id: uuid.UUID, number: int, now: datetime) -> Pair:
    access, refresh = now + ACCESS_LIFE, now + REFRESH_LIFE
    return Pair(
        signed.sign(Claims(session_id, access), "access"),
        access,
        signed.sign(Claims(session_id, refresh, number), "refresh"),
        refresh,
    )
