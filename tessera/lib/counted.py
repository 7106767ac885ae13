"""What each request costs: counted for `/metrics`, and where that is asked for one line of the log."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from tessera.lib import metrics

log = logging.getLogger("tessera.request")

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class _Statements:
    """Counts what the connection's cursors run."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,  # noqa: FBT001  # Django's signature
        context: Any,
    ) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


class CountedMiddleware:
    """Counts the request by its route's name; a path may hold what is secret, or anything at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer it, and count."""
        begun, statements = time.perf_counter(), _Statements()
        with connection.execute_wrapper(statements):
            response = self._get_response(request)
        seconds = time.perf_counter() - begun
        route, method = _route(request), request.method or ""
        if method not in _METHODS:
            method = "other"
        metrics.request(
            route,
            method,
            f"{response.status_code // 100}xx",
            seconds=seconds,
            statements=statements.count,
        )
        if settings.TESSERA_LOG_REQUESTS:
            log.info(
                "%s %s %d in %.1f ms, %d statements",
                *(method, route, response.status_code, seconds * 1000, statements.count),
            )
        return response


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is not None:
        return match.view_name if match.url_name else "unnamed"
    static = settings.STATIC_URL and request.path_info.startswith(settings.STATIC_URL)
    return "static" if static else "unmatched"
