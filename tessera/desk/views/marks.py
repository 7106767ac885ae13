"""What is done at once to the tickets that were ticked in a list."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tessera.desk import uploads
from tessera.desk.access import reader
from tickets import reading

_MOST = 1_000


@require_POST
@login_required
@never_cache
def picked(request: HttpRequest) -> HttpResponse:
    """Marks the tickets as read or unread for the reader alone; with neither, leads to the form that changes them."""
    actor = reader(request)
    ids = list(dict.fromkeys(uploads.numbers(request.POST.getlist("id")[:_MOST])))
    act = request.POST.get("act", "")
    if act not in ("read", "unread"):
        query = urlencode([("id", number) for number in ids])
        return redirect(f"{reverse('bulk-change')}?{query}" if ids else "bulk-change")
    messages.success(request, _told(reading.mark(ids, actor, read=act == "read"), act))
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "index")


def _told(count: int, act: str) -> str:
    if count == 0:
        return _("Tick the tickets first.")
    if act == "read":
        told = ngettext(
            "%(count)s ticket is marked as read.", "%(count)s tickets are marked as read.", count
        )
    else:
        told = ngettext(
            "%(count)s ticket is marked as unread.",
            "%(count)s tickets are marked as unread.",
            count,
        )
    return told % {"count": count}
