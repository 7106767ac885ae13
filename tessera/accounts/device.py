"""The browser that somebody has logged in from before: others' failures under his name do not keep him out there."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "tessera_device"
_LIFE_S = 365 * 24 * 3600
_SALT = "tessera.device"


def known(request: HttpRequest, name: str) -> str:
    """The mark of a device on which that name logged in before; empty for every other."""
    try:
        mark, owner = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_LIFE_S)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(mark) if owner == name else ""


def remember(response: HttpResponseBase, request: HttpRequest, name: str) -> None:
    """After `name` logged in: from now on this is a device of his."""
    mark = known(request, name) or secrets.token_urlsafe(12)
    response.set_cookie(
        COOKIE,
        signing.dumps([mark, name], salt=_SALT),
        max_age=_LIFE_S,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
