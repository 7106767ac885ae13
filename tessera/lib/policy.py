"""The Content-Security-Policy of an answer that is no page."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Nothing in it is to be shown, whatever a browser takes it for.
_OF_JSON = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class PolicyMiddleware(CSPMiddleware):
    """Pages get the settings' policy. JSON gets one of its own, and what has one keeps it: neither is put together
    again for every answer of the API."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The answer with its policy."""
        if response.headers.get("Content-Type") == "application/json":
            response.headers.setdefault(HEADER, _OF_JSON)
        if HEADER in response.headers:
            return response
        return super().process_response(request, response)
