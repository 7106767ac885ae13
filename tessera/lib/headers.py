"""Headers that tell browsers what no page of Tessera needs, beside those that Django and django-csp write."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_HEADERS = {
    # What a script that got in somehow could otherwise ask for in our name.
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # No page of another site may load ours into its process, be it as a picture or as a script.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class HeadersMiddleware:
    """Writes them on every answer that does not have its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with them."""
        response = self._get_response(request)
        for name, text in _HEADERS.items():
            response.headers.setdefault(name, text)
        return response
