"""A name for every request, in its answer and in each log line that it causes."""

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tessera.lib.logs import log_ids

HEADER = "X-Request-ID"
# What a proxy or client may name a request: nothing that could forge a log line or a header.
_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class RequestIdMiddleware:
    """Takes the request id that a proxy gave, or makes one, and answers it in X-Request-ID."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under the id."""
        given = request.headers.get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else secrets.token_hex(8)
        with log_ids(request_id=request_id, user_id=""):
            response = self._get_response(request)
        response[HEADER] = request_id
        return response
