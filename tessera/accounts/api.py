"""/api/auth: a login by cookies, for pages that talk to the API from a browser."""

import unicodedata
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts import audit, login, sessions
from tessera.accounts.auth import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    LogoutAuthentication,
    require_csrf,
    session_named,
)
from tessera.accounts.models import User
from tessera.accounts.sessions import Pair, Reused
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.errors import NotAuthenticated
from tessera.lib.api.fields import Line, Text
from tessera.lib.api.views import ApiViewSet

# The refresh token goes nowhere else.
_REFRESH_PATH = "/api/auth"


class CredentialsBody(Body):
    """A name and its password."""

    username = Line(max_length=150)
    password = Text(max_length=1000)


class LoginBody(serializers.Serializer[Any]):
    """Who is logged in, and how long either token counts. The tokens themselves are in cookies."""

    user_id = serializers.IntegerField()
    username = serializers.CharField()
    access_expires_at = serializers.DateTimeField()
    refresh_expires_at = serializers.DateTimeField()


class LoggedOutBody(serializers.Serializer[Any]):
    """Nothing is left to say."""

    detail = serializers.CharField()


def _responses(body: Any, **texts: str) -> dict[int, Any]:
    """200 with the body, and the refusals by their status."""
    error = {"$ref": "#/components/schemas/Error"}
    refusals = {
        int(status.removeprefix("on_")): OpenApiResponse(error, description=text)
        for status, text in texts.items()
    }
    return {200: body, **refusals}


class _AuthViewSet(ApiViewSet):
    """A POST that no Idempotency-Key answers again: its answer are cookies."""

    http_method_names = ("post",)
    idempotency: ClassVar[bool] = False
    authentication_classes: Any = ()
    permission_classes: Any = ()


class AuthTokenViewSet(_AuthViewSet):
    """Coming in."""

    @extend_schema(
        operation_id="auth_token",
        request=CredentialsBody,
        responses=_responses(
            LoginBody,
            on_400="A field is missing or wrong, or the body is not JSON.",
            on_401="Nobody comes in by this name and password.",
            on_413="The body is too large.",
            on_415="The body is of another type than JSON.",
            on_429="Too many tries; Retry-After says when to come back.",
        ),
    )
    def create(self, request: Request) -> Response:
        """Log in by name and password: sets the cookies access_token, refresh_token and csrftoken."""
        given = read(CredentialsBody(data=request.data))
        name = unicodedata.normalize("NFKC", given["username"])
        user = login.attempt(request._request, name, given["password"])  # noqa: SLF001  # DRF's name for Django's request
        if user is None:
            raise NotAuthenticated(_("Nobody comes in by this name and password."))
        pair = sessions.begin(user)
        rotate_token(request._request)  # noqa: SLF001  # the same
        answer = _answer(user, pair)
        login.arrived(user, answer, request._request, way="api")  # noqa: SLF001  # the same
        return answer


class AuthRefreshViewSet(_AuthViewSet):
    """Staying in."""

    @extend_schema(
        operation_id="auth_refresh",
        request=None,
        responses=_responses(
            LoginBody,
            on_400="It takes no fields and no query parameters.",
            on_401="The refresh token is missing, or counts no longer.",
            on_403="The header X-CSRFToken is missing.",
            on_413="The body is too large.",
            on_415="The body is of another type than JSON.",
        ),
    )
    def create(self, request: Request) -> Response:
        """New tokens for the cookie refresh_token, which serves once: used again, it ends the whole login."""
        self.no_body()
        token = request.COOKIES.get(REFRESH_COOKIE)
        if not token:
            raise NotAuthenticated(_("There is no cookie refresh_token: log in."))
        require_csrf(request)
        found = sessions.refresh(token)
        if isinstance(found, Reused):
            audit.note("session_revoked", subject=User.objects.get(pk=found.user_id))
        if found is None or isinstance(found, Reused):
            raise NotAuthenticated(_("This refresh token counts no longer: log in."))
        return _answer(*found)


class AuthLogoutViewSet(_AuthViewSet):
    """Going out."""

    authentication_classes = (LogoutAuthentication,)
    permission_classes = ApiViewSet.permission_classes
    security = ("cookie",)

    @extend_schema(operation_id="auth_logout", request=None, responses={200: LoggedOutBody})
    def create(self, request: Request) -> Response:
        """End the login: its tokens count no longer, and the cookies go."""
        self.no_body()
        answer = Response({"detail": _("You are logged out.")})
        end_cookie_login(request, answer)
        return answer


def end_cookie_login(request: Request | HttpRequest, response: HttpResponseBase) -> None:
    """End the login that the request's cookies point to, if there is one, and take the cookies away."""
    session_id = session_named(request)
    user = None if session_id is None else sessions.user_of(session_id)
    if session_id is not None and sessions.end(session_id) and user is not None:
        audit.note("logout", actor=user, subject=user, facts={"way": "api"})
    response.delete_cookie(ACCESS_COOKIE, samesite="Lax")
    response.delete_cookie(REFRESH_COOKIE, path=_REFRESH_PATH, samesite="Strict")


def _answer(user: User, pair: Pair) -> Response:
    body = {
        "user_id": user.pk,
        "username": user.username,
        "access_expires_at": pair.access_expires_at,
        "refresh_expires_at": pair.refresh_expires_at,
    }
    answer = Response(LoginBody(body).data, headers={"Cache-Control": "no-store"})
    flags: dict[str, Any] = {"httponly": True, "secure": settings.SESSION_COOKIE_SECURE}
    answer.set_cookie(
        ACCESS_COOKIE, pair.access, max_age=sessions.ACCESS_LIFE, samesite="Lax", **flags
    )
    answer.set_cookie(
        REFRESH_COOKIE,
        pair.refresh,
        max_age=sessions.REFRESH_LIFE,
        path=_REFRESH_PATH,
        samesite="Strict",
        **flags,
    )
    return answer
