"""Who else has a ticket open."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tessera.desk import presence, timeline
from tessera.desk.access import reader, ticket_or_404
from tickets import naming
from tickets.access import held_on
from tickets.people import People


@require_safe
@login_required
@never_cache
def here(request: HttpRequest, key: str) -> HttpResponse:
    """To staff, the others among them, and what they do; whoever asks is seen by them. The log knows nothing of it.
    And what of the ticket is newer than the `version` that the page shows."""
    state, actor = ticket_or_404(request, key), reader(request)
    if not held_on(actor, state).has("CommentOnTicket"):
        raise PermissionDenied
    writing = request.GET.get("doing") == "writing"
    present = presence.met(state.id, actor.id, writing=writing)
    version = naming.typed(request.GET.get("version", ""))
    news: tuple[timeline.Event, ...] = ()
    if version is not None and version < state.version:
        news = timeline.since(state, actor, People(), version=version)
    context = {"ticket": state, "present": present, "news": news, "more": len(news) - 1}
    return render(request, "desk/ticket/_here.html", context)
