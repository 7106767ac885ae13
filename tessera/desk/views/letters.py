"""A message as it was sent, in a frame that may do nothing."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tessera.desk import timeline
from tessera.desk.access import reader, ticket_or_404
from tessera.lib import html

# Its own looks and nothing else: nothing runs, nothing is followed, and nothing is fetched unless it was asked for.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)
# Not by HTTP: what answers there is seldom the sender, and may be a machine in the reader's own house.
_WITH_PICTURES = _POLICY.replace("data:", "data: https:") + "; upgrade-insecure-requests"
# Paper is white by day and by night: who wrote the letter chose his colours for that.
_HEAD = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta name="viewport" content="width=device-width"><title></title>'
    "<style>:root{color-scheme:light;background:#fff;color:#111;font:16px/1.5 sans-serif;"
    "overflow-wrap:anywhere}body{margin:16px}img{max-width:100%;height:auto}</style>"
)


@require_safe
@login_required
@never_cache
@xframe_options_sameorigin
def letter(request: HttpRequest, key: str, seq: int) -> HttpResponse:
    """The message of that step of the ticket's log, in words where it has no looks. Pictures on other machines come
    with `?pictures=1` alone."""
    state = ticket_or_404(request, key)
    said = timeline.said_at(state, reader(request), seq=seq) if seq <= timeline.MAX_SEQ else None
    if said is None:
        raise Http404
    pictures = said.letter and request.GET.get("pictures") == "1"
    if said.letter:
        drawn = str(html.letter(said.content, pictures=pictures))
    else:
        drawn = format_html('<div style="white-space:pre-wrap">{}</div>', said.words)
    answer = HttpResponse(_HEAD + drawn, headers={"Referrer-Policy": "no-referrer"})
    answer["Content-Security-Policy"] = _WITH_PICTURES if pictures else _POLICY
    return answer
