"""Several tickets at once: what is to become of them, what would come of it, and how far it is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tessera.accounts.rights import SUPER_USER
from tessera.desk import effects, uploads
from tessera.desk.access import reader
from tessera.desk.effects import Told
from tessera.desk.forms.bulk import BulkForm
from tessera.desk.landing import desk_page
from tessera.lib.errors import Invalid, QueryInvalid, QueryTooSlow, Refused
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.values import MAX_ID
from tickets import bulk
from tickets.access import Actor, may, visible_to
from tickets.bulk import AT_ONCE, Order, Result
from tickets.models import BulkChange, BulkTicket

_PAGE = 50
_RECENT = 20
_MOST_NAMED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The tickets that were selected, as far as the reader sees them; or those of a query. `fault` is why there are
    none."""

    ids: tuple[int, ...] = ()
    query: str = ""
    fault: str = ""

    @property
    def named(self) -> str:
        """The ids as a form sends them again; a query that finds many stays a query."""
        return "" if self.query and len(self.ids) > AT_ONCE else ",".join(map(str, self.ids))

    @property
    def many(self) -> bool:
        """Whether a worker is needed to try it."""
        return len(self.ids) > AT_ONCE


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@desk_page()
def change(request: HttpRequest) -> HttpResponse:
    """The form for the tickets that the address or the form names. A POST tells what would come of it, and does it
    once it was told."""
    actor = reader(request)
    picked = _picked(request, actor)
    if request.method != "POST":
        return _page(request, actor, picked, BulkForm(actor=actor))
    form = BulkForm(request.POST, actor=actor)
    if not form.is_valid() or not picked.ids:
        return _page(request, actor, picked, form)
    order = Order(form.changes(), preview=True)
    try:
        order.check()
        if picked.many:
            return redirect("bulk", number=bulk.start(picked.ids, order, actor=actor).pk)
        return _tried_or_done(request, actor, picked, form, order)
    except Invalid as refusal:
        form.tell(refusal.errors)
        return _page(request, actor, picked, form)
    except Refused as refusal:
        form.add_error(None, str(refusal.detail))
        return _page(request, actor, picked, form, status=refusal.status)


def _tried_or_done(
    request: HttpRequest, actor: Actor, picked: Picked, form: BulkForm, order: Order
) -> HttpResponse:
    """Done is only what was shown: another form, or other tickets, are tried first."""
    seal = _seal(picked, order)
    if "run" in request.POST and request.POST.get("seen") == seal:
        made = bulk.start(picked.ids, Order(order.changes), actor=actor)
        return redirect("bulk", number=made.pk)
    told = effects.told(bulk.at_once(picked.ids, order, actor=actor), actor.config)
    late = "run" in request.POST
    return _page(request, actor, picked, form, told=told, seal=seal, late=late)


def _seal(picked: Picked, order: Order) -> str:
    asked = orjson.dumps([picked.ids, order.changes], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(asked).hexdigest()


@require_safe
@login_required
@never_cache
def shown(request: HttpRequest, number: int) -> HttpResponse:
    """How far a bulk change is, and what came of each ticket that is done."""
    actor = reader(request)
    row = _row(actor, number)
    rows = _results(request, row)
    page = rows[:_PAGE]
    told = effects.told(
        [Result(each.ticket_id, each.outcome, each.error) for each in page], actor.config
    )
    context = {
        "bulk": row,
        "told": told,
        "only": "refused" if request.GET.get("only") == "refused" else "",
        "past": page[-1].pk if len(rows) > _PAGE else None,
        "left": row.total - row.done,
        "running": row.status == BulkChange.Status.RUNNING,
        "mine": row.owner_id == actor.id,
    }
    return render(request, "desk/bulk/shown.html", context)


@require_POST
@login_required
@never_cache
def act(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Stop one, go on with it, or do for real what was tried."""
    actor = reader(request)
    row = _row(actor, number)
    if name == "stop":
        bulk.stop(row)
    elif name == "resume":
        bulk.resume(row)
    elif name == "run" and row.owner_id == actor.id and _is_tried(row):
        return _run(request, row, actor)
    else:
        raise Http404
    return redirect("bulk", number=row.pk)


def _run(request: HttpRequest, row: BulkChange, actor: Actor) -> HttpResponse:
    ids = list(row.tickets.order_by("pk").values_list("ticket_id", flat=True))
    try:
        made = bulk.start(ids, Order(row.changes), actor=actor)
    except Refused as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("bulk", number=row.pk)
    return redirect("bulk", number=made.pk)


def _is_tried(row: BulkChange) -> bool:
    return row.preview and row.status == BulkChange.Status.DONE


def _row(actor: Actor, number: int) -> BulkChange:
    rows = BulkChange.objects.all()
    if not may(actor, SUPER_USER):
        rows = rows.filter(owner=actor.id)
    found = rows.filter(pk=number).first() if number <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def _results(request: HttpRequest, row: BulkChange) -> Sequence[BulkTicket]:
    """A page of those that are done, and one more where there is one."""
    refused = Q(error__isnull=False) | Q(outcome__allowed=False)
    wanted = refused if request.GET.get("only") == "refused" else refused | Q(outcome__isnull=False)
    rows: QuerySet[BulkTicket] = row.tickets.filter(wanted).order_by("pk")
    past = uploads.numbers([request.GET.get("past", "")])
    if past:
        rows = rows.filter(pk__gt=past[0])
    return list(rows[: _PAGE + 1])


def _picked(request: HttpRequest, actor: Actor) -> Picked:
    """Those that the form names, else those that were ticked, else those of the query."""
    given = request.POST if request.method == "POST" else request.GET
    raw = [*given.get("ids", "").split(",")[:_MOST_NAMED], *given.getlist("id")[:_MOST_NAMED]]
    if named := list(dict.fromkeys(uploads.numbers(raw))):
        seen = visible_to(actor, among=named).order_by("pk").values_list("pk", flat=True)
        return Picked(ids=tuple(seen))
    query = given.get("q", "")[: MAX_TEXT + 1]
    if not query.strip():
        return Picked()
    try:
        return Picked(ids=bulk.find(query, actor).ids, query=query)
    except QueryInvalid as fault:
        return Picked(query=query, fault=fault.placed)
    except (Invalid, QueryTooSlow) as refusal:
        return Picked(query=query, fault=str(refusal.detail))


def _page(
    request: HttpRequest,
    actor: Actor,
    picked: Picked,
    form: BulkForm,
    *,
    told: tuple[Told, ...] = (),
    seal: str = "",
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "picked": picked,
        "form": form,
        "told": told,
        "summary": effects.summary(told) if told else "",
        "changes_any": any(not each.refusal and not each.idle for each in told),
        "seal": seal,
        "late": late,
        "recent": BulkChange.objects.filter(owner=actor.id)[:_RECENT],
    }
    return render(request, "desk/bulk/change.html", context, status=status)
