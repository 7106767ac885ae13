"""Times in the reader's own zone, on every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tessera.accounts.models import User


class TimeZoneMiddleware:
    """Shows times in the zone of whoever is logged in. The API speaks UTC and is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api"):
            return self.get_response(request)
        user = request.user
        zone = user.time_zone if isinstance(user, User) else None
        with timezone.override(zone):
            return self.get_response(request)
