"""Pages in the reader's own language."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from tessera.accounts.models import User


class LanguageMiddleware:
    """
    Writes pages in the language that the reader chose; who is not logged in, chose none, or one that the pages are
    not translated to, gets what the browser asks for. The API answers in the site's language, whoever asks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api"):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        language = wanted(request, request.user)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not _chosen(request.user):
            patch_vary_headers(response, ("Accept-Language",))
        return response


def wanted(request: HttpRequest, user: object) -> str:
    """The language that this user gets pages in."""
    return _chosen(user) or translation.get_language_from_request(request)


def _chosen(user: object) -> str:
    language = user.language if isinstance(user, User) else ""
    return language if language in dict(settings.LANGUAGES) else ""
