"""Saved views: a search is kept under a name, changed, and deleted."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tessera.desk import listing, picking
from tessera.desk.access import reader
from tessera.desk.forms.kept import KeptForm
from tessera.desk.landing import desk_page
from tessera.lib.errors import Forbidden, Invalid, LimitReached, NotFound, QueryInvalid
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.values import MAX_ID
from tickets import views
from tickets.access import Actor
from tickets.models import SavedView
from tickets.orders import DEFAULT

_read_or_write = require_http_methods(["GET", "HEAD", "POST"])


@_read_or_write
@login_required
@never_cache
@desk_page()
def new(request: HttpRequest) -> HttpResponse:
    """Keep the search that the address holds."""
    actor = reader(request)
    view = SavedView(owner_id=actor.id, query="", columns=list(listing.COLUMNS), order=DEFAULT)
    return _edited(request, view, actor)


@_read_or_write
@login_required
@never_cache
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change a view of one's own; the address may hold what it shall say instead."""
    actor = reader(request)
    with transaction.atomic():
        return _edited(request, _own(number, actor), actor)


@_read_or_write
@login_required
@never_cache
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Asks whether to delete a view of one's own, and does it by POST."""
    actor = reader(request)
    with transaction.atomic():
        view = _own(number, actor)
        if request.method != "POST":
            return render(request, "desk/list/delete.html", {"view": view})
        view.delete()
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect("index")


def _own(number: int, actor: Actor) -> SavedView:
    try:
        return views.owned(min(number, MAX_ID), actor)
    except NotFound:
        raise Http404 from None
    except Forbidden:
        raise PermissionDenied from None


def _edited(request: HttpRequest, view: SavedView, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        form = KeptForm(view=view, actor=actor, initial=_begun(request, view))
        return _page(request, form)
    sent = request.POST.copy()
    sent["columns"] = ",".join(picking.named(request.POST))
    if "move" in sent:
        form = KeptForm(view=view, actor=actor, initial=sent.dict())
        return _page(request, form, at=str(sent["move"]))
    form = KeptForm(sent, view=view, actor=actor)
    if not form.is_valid():
        return _page(request, form)
    try:
        views.change(view, form.wanted(), actor=actor)
    except QueryInvalid as fault:
        form.tell({"query": [fault.placed]})
    except Invalid as refusal:
        form.tell(refusal.errors)
    except (Forbidden, LimitReached) as refusal:
        form.add_error(None, str(refusal.detail))
        return _page(request, form, status=refusal.status)
    else:
        messages.success(request, _("The view is saved."))
        return redirect(f"{reverse('index')}?view={view.pk}")
    return _page(request, form)


def _begun(request: HttpRequest, view: SavedView) -> dict[str, Any]:
    """What the form begins with: the view, and what the address says instead."""
    return {
        "name": view.name,
        "query": request.GET.get("q", view.query)[:MAX_TEXT],
        "visibility": view.visibility,
        "group": view.group_id,
        "order": request.GET.get("order", view.order),
        "columns": request.GET.get("columns", ",".join(view.columns)),
    }


def _page(request: HttpRequest, form: KeptForm, *, status: int = 200, at: str = "") -> HttpResponse:
    names = str(form["columns"].value() or "").split(",")
    context = {
        "form": form,
        "view": form.view,
        "picker": picking.picker(names, form.actor, at=at),
        "order": form["order"].value(),
    }
    return render(request, "desk/list/keep.html", context, status=status)
