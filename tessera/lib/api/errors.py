"""Every error as the one JSON shape: `{"code", "detail", "errors"?}`, whoever raised it."""

import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from tessera.lib.api.rendering import dump
from tessera.lib.errors import Busy, Invalid, NotFound, Refused, Throttled

log = logging.getLogger(__name__)


class Malformed(Refused):
    """The body is not JSON."""

    code = "malformed"


class TooLarge(Refused):
    """The body is larger than the server takes."""

    status = 413
    code = "too_large"


class MediaTypeRefused(Refused):
    """The body is of a type that this path does not take."""

    status = 415
    code = "unsupported_media_type"


class MethodRefused(Refused):
    """The path does not know that method."""

    status = 405
    code = "method_not_allowed"


class NotAuthenticated(Refused):
    """Nobody is logged in, or the token is wrong."""

    status = 401
    code = "not_authenticated"
    auth_header = 'Bearer realm="Tessera"'


class HttpForbidden(Refused):
    """Refused before the rights were asked, for a missing CSRF token for one."""

    status = 403
    code = "forbidden"


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:  # noqa: ARG001  # DRF's
    """DRF's hook: the answer to what a view raised; None for a fault of ours, which becomes a 500."""
    refusal = as_refusal(exc)
    if refusal is None:
        return None
    return Response(refusal.body(), status=refusal.status, headers=_headers(exc, refusal))


def as_refusal(exc: Exception) -> Refused | None:
    """What a person is told of the error; None where it is a fault of the server."""
    if isinstance(exc, Refused):
        return exc
    if isinstance(exc, exceptions.APIException):
        return _of_rest_framework(exc)
    if isinstance(exc, Http404):
        return NotFound(_("There is no such thing here."))
    if isinstance(exc, PermissionDenied):
        return HttpForbidden(str(exc) or _("You may not do this."))
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(_("The body is too large."))
    if isinstance(exc, TooManyFieldsSent | TooManyFilesSent):
        return Malformed(_("The body has too many fields or files."))
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return Malformed(_("The body can't be read."))
    if isinstance(exc, OperationalError | InterfaceError):
        return _of_database(exc)
    return None


def _of_rest_framework(exc: exceptions.APIException) -> Refused | None:
    if isinstance(exc, exceptions.ValidationError):
        return Invalid(flatten(exc.detail))
    if isinstance(exc, exceptions.NotFound):
        return NotFound(_("There is no such thing here."))
    classes: dict[type[exceptions.APIException], type[Refused]] = {
        exceptions.NotAuthenticated: NotAuthenticated,
        exceptions.AuthenticationFailed: NotAuthenticated,
        exceptions.PermissionDenied: HttpForbidden,
        exceptions.MethodNotAllowed: MethodRefused,
        exceptions.UnsupportedMediaType: MediaTypeRefused,
        exceptions.ParseError: Malformed,
    }
    if isinstance(exc, exceptions.Throttled):
        return Throttled(exc.detail, wait=timedelta(seconds=getattr(exc, "wait", None) or 1))
    refused = classes.get(type(exc))
    return refused(str(exc.detail)) if refused else None


def _headers(exc: Exception, refusal: Refused) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    if isinstance(refusal, Throttled):
        headers["Retry-After"] = str(refusal.wait)
    if isinstance(refusal, Busy):
        headers["Retry-After"] = "1"
    return headers


def _of_database(exc: OperationalError | InterfaceError) -> Refused | None:
    """A lock that was waited for too long or a broken deadlock; a database that went away."""
    state = getattr(exc.__cause__, "sqlstate", None)
    if state in {"55P03", "40P01"}:
        return Busy(_("Another request holds this for too long; try again."))
    # Without a state, or with one of these classes, it is the connection that failed.
    if state is None or state[:2] in {"08", "57"}:
        log.error("The database does not answer: %s", exc)
        return Busy(_("The database does not answer; try again in a moment."))
    return None


def flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested error details as dotted paths: `{"definition.statuses": ["…"]}`."""
    if isinstance(detail, Mapping):
        nested = [
            (f"{path}.{name}" if path and name != "non_field_errors" else str(name), part)
            for name, part in detail.items()
        ]
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        if texts := [str(part) for part in detail if isinstance(part, str)]:
            return {path or "body": texts}
        nested = [(f"{path}.{place}", part) for place, part in enumerate(detail) if part]
    else:
        return {path or "body": [str(detail)]}
    merged: dict[str, list[str]] = {}
    for name, part in nested:
        for field, found in flatten(part, "body" if name == "non_field_errors" else name).items():
            merged.setdefault(field, []).extend(found)
    return merged


def answer(refusal: Refused) -> HttpResponse:
    """The refusal as a plain Django response, for what happens outside of API views."""
    return HttpResponse(
        dump(refusal.body()), status=refusal.status, content_type="application/json"
    )


@csrf_exempt
def unknown_path(request: HttpRequest, **_kwargs: object) -> HttpResponse:  # noqa: ARG001  # Django's
    """Any path below /api that is none."""
    return answer(NotFound(_("There is no such path; /api/docs lists them.")))


def _is_api(request: HttpRequest) -> bool:
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: JSON below /api."""
    if _is_api(request):
        return answer(as_refusal(exception) or Malformed(_("The request can't be read.")))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403: JSON below /api."""
    if _is_api(request):
        return answer(HttpForbidden(_("You may not do this.")))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: JSON below /api."""
    if _is_api(request):
        return unknown_path(request)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: JSON below /api. The server's log has the fault under the request's id.

    Without a database it is no fault of ours, and soon over: then it is a 503, whoever noticed first.
    """
    fault = sys.exception()
    refusal = as_refusal(fault) if isinstance(fault, OperationalError | InterfaceError) else None
    if refusal is not None:
        return _later(request, refusal)
    if _is_api(request):
        detail = _("The server failed; its log has the reason under this answer's X-Request-ID.")
        return HttpResponse(
            dump({"code": "server_error", "detail": str(detail)}),
            status=500,
            content_type="application/json",
        )
    return defaults.server_error(request)


def _later(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A page of its own, which reads nothing: not who asks, nor his looks."""
    if _is_api(request):
        response = answer(refusal)
    else:
        page = get_template("503.html").render({"detail": refusal.detail})
        response = HttpResponse(page, status=refusal.status)
    response["Retry-After"] = "1"
    return response
