"""Who is calling: an API token in the Authorization header, a login by cookies, or a session of the pages."""

import uuid
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import (
    BaseAuthentication,
    CSRFCheck,
)
from rest_framework.authentication import (
    SessionAuthentication as RestSessionAuthentication,
)
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from tessera.accounts import audit, sessions
from tessera.accounts.models import ApiToken, User
from tessera.lib import clock
from tessera.lib.database import prepared
from tessera.lib.logs import note_user

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"

CHALLENGE = 'Bearer realm="Tessera"'
_SCHEMES = ("token", "bearer")
# `last_used_at` answers "is this token still in use?": a write for every request would be too much.
_LAST_USED_STEP = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token KEY` or `Bearer KEY`. One statement, and one more once a minute."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user; None where the header names neither scheme.

        Raises AuthenticationFailed for a key that is unknown or expired, or whose user is disabled.
        """
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in _SCHEMES:
            return None
        token = _token(key.strip())
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, expired or revoked."))
        if not token.user.is_active:
            raise AuthenticationFailed(_("The token's user is disabled."))
        note_user(token.user.pk)
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  # DRF's signature
        """What a 401 asks for."""
        return CHALLENGE


class SessionAuthentication(RestSessionAuthentication):
    """A session of the pages. Every unsafe method needs the CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        """Raises PermissionDenied without it."""
        require_csrf(request)


class CookieAuthentication(BaseAuthentication):
    """The access token of POST /api/auth/token. One statement; every unsafe method needs the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The session's user; None without the cookie, or where a session of the pages can answer instead.

        Raises AuthenticationFailed for one that has run out or was ended, PermissionDenied without the CSRF token.
        """
        token = request.COOKIES.get(ACCESS_COOKIE)
        if not token:
            return None
        session_id = sessions.named_by(access=token)
        user = None if session_id is None else sessions.user_of(session_id)
        if user is not None:
            require_csrf(request)
            note_user(user.pk)
            return user, None
        if request._request.user.is_authenticated:  # noqa: SLF001  # DRF's name for Django's request
            return None
        raise AuthenticationFailed(
            _(
                "The login by cookie has run out or was ended: POST /api/auth/refresh, or log in anew."
            )
        )

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  # DRF's signature
        """What a 401 asks for."""
        return CHALLENGE


class LogoutAuthentication(CookieAuthentication):
    """The same by either cookie: who logs out may have come when the access token had run out."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The session's user; None where there is no such session any more."""
        session_id = session_named(request)
        user = None if session_id is None else sessions.user_of(session_id)
        if user is None:
            return None
        require_csrf(request)
        return user, None


def session_named(request: Request | HttpRequest) -> uuid.UUID | None:
    """The login by cookies that the request's cookies point to."""
    return sessions.named_by(
        access=request.COOKIES.get(ACCESS_COOKIE, ""),
        refresh=request.COOKIES.get(REFRESH_COOKIE, ""),
    )


def require_csrf(request: Request) -> None:
    """Raises PermissionDenied for an unsafe method without the CSRF token of the cookie, or from another site."""
    check = CSRFCheck(lambda _request: HttpResponse())
    check.process_request(request._request)  # noqa: SLF001  # DRF's name for Django's request
    reason: Any = check.process_view(request._request, HttpResponse, (), {})  # noqa: SLF001  # the same
    if reason:
        told = _("Send the value of the cookie csrftoken in the header X-CSRFToken. (%(reason)s)")
        raise PermissionDenied(told % {"reason": reason})


def _token(key: str) -> ApiToken | None:
    try:
        digest = ApiToken.digest_of(key)
    except UnicodeEncodeError:
        return None
    query, tokens, users = _token_query()
    with prepared() as cursor:
        cursor.execute(query, [digest, clock.now()])
        row = cursor.fetchone()
    if row is None:
        return None
    token = ApiToken.from_db(connection.alias, tokens, row[: len(tokens)])
    token.user = User.from_db(connection.alias, users, row[len(tokens) : -1])
    token.user.group_ids = frozenset(row[-1])
    return token


@cache
def _token_query() -> tuple[str, list[str], list[str]]:
    """The look-up of a live token with its user, as text: every request begins with it, and building it of expressions
    took ten times what running it does. With it the columns of either."""
    tokens, users = (
        [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001  # documented, whatever its name
        for model in (ApiToken, User)
    )
    columns = ", ".join([*(f"t.{name}" for name in tokens), *(f"u.{name}" for name in users)])
    query = f"""
        SELECT {columns}, ARRAY(SELECT group_id FROM accounts_group_members m WHERE m.user_id = u.id)
        FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
        WHERE t.digest = %s AND (t.expires_at IS NULL OR t.expires_at > %s)
    """  # noqa: S608  # our models' names
    return query, tokens, users


def _note_use(token: ApiToken) -> None:
    now = clock.now()
    if token.last_used_at is not None and now - token.last_used_at < _LAST_USED_STEP:
        return
    seen = Q(last_used_at=token.last_used_at)
    # Filtered by what was read: of requests at once only one writes.
    written = ApiToken.objects.filter(seen, pk=token.pk).update(last_used_at=now)
    if written and (token.last_used_at is None or token.last_used_at.date() != now.date()):
        audit.note("token_used", actor=token.user, subject=token)
