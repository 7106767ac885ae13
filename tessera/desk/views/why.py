"""Why something happened to a ticket, and why something else did not."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scrips.explain import explain
from tessera.desk import causes, timeline
from tessera.desk.access import doors, reader, ticket_or_404
from tickets.access import held_on, visible_log
from tickets.outcome import RECORDS
from tickets.people import People


@require_safe
@login_required
@never_cache
def why(request: HttpRequest, key: str, seq: int) -> HttpResponse:
    """Of one entry of the log: the chain that it is part of, and the rules that did not act on it, with their reasons.

    A page of its own; to a script, what stands in the timeline.
    """
    state, actor = ticket_or_404(request, key), reader(request)
    if not held_on(actor, state).has("ShowOutgoingMail"):
        raise PermissionDenied
    rows = visible_log(actor).filter(ticket=state.id, seq=min(seq, 2**31 - 1))
    row = rows.select_related("cause_transaction").first()
    people = People()
    event = timeline.one(state, actor, people, seq=row.seq) if row else None
    if row is None or event is None:
        raise Http404
    rules = [] if row.type in RECORDS else explain(row, actor)
    context = {
        "ticket": state,
        "event": event,
        "chain": causes.chain(state, actor, people, row),
        "silent": [each for each in rules if not each.fired],
        "asked": row.type not in RECORDS,
        "doors": doors(request),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"desk/ticket/{'_why' if part else 'why'}.html", context)
