"""Pages leave compressed: fifty tickets are a tenth of their size."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class SqueezedMiddleware(GZipMiddleware):
    """Django's, for pages alone. Static files are compressed beforehand; a download, an export or an answer of the API
    goes as it is: the one may be asked for in parts, the other costs its caller more time than it saves him.

    What a page's size tells about a secret in it (BREACH) is blurred: Django adds up to 100 random bytes, and masks
    its token anew in each page.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress what is a whole page."""
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
