"""The list of tickets, and one ticket. Both only show: what changes a ticket comes through the API as yet."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tessera.desk import facts, listing, timeline
from tessera.desk.access import doors, reader, ticket_number, ticket_or_404
from tickets.people import People


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The tickets that the reader may see, newest activity first."""
    actor = reader(request)
    after = request.GET.get("after")
    found = listing.newest(actor, after=after)
    return render(
        request,
        "desk/ticket/list.html",
        {"listing": found, "later": after is not None, "base_url": settings.TESSERA_BASE_URL},
    )


@require_safe
@login_required
def ticket(request: HttpRequest, key: str) -> HttpResponse:
    """One ticket: its conversation, what changed, what rules did, and its facts at the side."""
    state = ticket_or_404(request, key)
    if key != state.key:
        return redirect("ticket", key=state.key, permanent=True)
    actor = reader(request)
    config = actor.config
    people = People()
    people.load(
        [state.owner_id, state.creator_id], [e for held in state.watchers.values() for e in held]
    )
    before = ticket_number(request.GET.get("before", ""))
    lifecycle = config.lifecycle(state.lifecycle_version_id)
    owner = people.by_id(state.owner_id)
    return render(
        request,
        "desk/ticket/detail.html",
        {
            "ticket": state,
            "kind": listing.status_kind(state, config),
            "queue": config.queues[state.queue_id],
            "lifecycle": lifecycle,
            "owner": owner,
            "watching": facts.watching(state, people),
            "fields": facts.fields(state, config),
            "links": facts.links(state, actor, config),
            "timeline": timeline.of_ticket(state, actor, people, before=before),
            "before": before,
            "customers": {e.lower() for e in state.watchers.get("requestor", ())},
            "doors": doors(request),
        },
    )
