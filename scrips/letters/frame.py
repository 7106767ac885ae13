"""The HTML of a mail, shown as a mail program shows it: in a frame that may do nothing."""

import hashlib
from typing import Any

from csp.decorators import csp
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

# Long enough to be fetched by the page that shows it; while somebody types there are many.
KEPT_SECONDS = 60
# A mail brings its own style, and nothing else: nothing runs, nothing is fetched, nothing is followed.
_POLICY: dict[str, list[Any]] = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [True],
}
SCHEMES = ("light", "dark")
# What a mail program has where the mail says nothing: the reader's colours, and a letter's type.
_HEAD = (
    "<!doctype html><meta charset=utf-8><title></title><base target=_blank>"
    "<style>:root{color-scheme:%s;font:16px/1.5 sans-serif;overflow-wrap:anywhere}"
    "body{margin:16px}</style>"
)


def keep(html: str, scheme: str, user_id: int) -> str:
    """A token under which that user alone finds the mail for a while, the same for the same mail; "" where nothing can
    be kept now."""
    token = hashlib.sha256(f"{scheme}\n{html}".encode()).hexdigest()
    try:
        cache.set(_key(user_id, token), (html, scheme), KEPT_SECONDS)
    except RedisError:
        return ""
    return token


@require_safe
@never_cache
@xframe_options_sameorigin
@csp(_POLICY)  # type: ignore[arg-type]  # typed for views without a path's parts
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The mail, for whom it was kept."""
    try:
        found = cache.get(_key(request.user.pk or 0, token))
    except RedisError:
        found = None
    if found is None:
        raise Http404
    html, scheme = found
    # Markup of a mail is what this page is for: it can do no harm under the policy that it is sent under.
    return HttpResponse(_HEAD % scheme + html)


def _key(user_id: int, token: str) -> str:
    return f"letter:{user_id}:{token}"
