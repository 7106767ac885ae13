"""A new ticket: its queue first, then what the queue asks for, with what will happen beside it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tessera.desk import alike as nearby
from tessera.desk import uploads
from tessera.desk.access import creating, reader
from tessera.desk.forms import besides
from tessera.desk.forms.new import NewForm
from tessera.desk.happen import Happening, foreseen
from tessera.desk.landing import desk_page
from tessera.lib.errors import Invalid, Refused
from tickets import service
from tickets.access import Actor, may
from tickets.config import QueueSpec


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@desk_page("portal-new")
def new(request: HttpRequest) -> HttpResponse:
    """The queues to choose among; or the form of one, which a POST previews or carries out."""
    actor = reader(request)
    queues = creating(actor)
    if not queues:
        raise PermissionDenied
    queue = chosen(request, queues)
    if queue is None:
        return render(request, "desk/ticket/queues.html", {"queues": queues})
    if request.method != "POST":
        return _page(request, queue, NewForm(queue=queue), actor)
    return _posted(request, queue, actor)


@require_safe
@login_required
@never_cache
def alike(request: HttpRequest) -> HttpResponse:
    """Open tickets that may be about the same as the subject so far, for a script."""
    actor = reader(request)
    queues = creating(actor)
    if not queues:
        raise PermissionDenied
    queue = chosen(request, queues)
    subject = request.GET.get("subject", "")[:1000]
    found = nearby.alike(subject, queue, actor) if queue else ()
    return render(request, "desk/ticket/_alike.html", {"found": found})


def _posted(request: HttpRequest, queue: QueueSpec, actor: Actor) -> HttpResponse:
    form = NewForm(request.POST, queue=queue)
    valid = form.is_valid()
    ids = uploads.named(request.POST)
    try:
        ids = (*ids, *uploads.kept(request, actor))
        if "preview" in request.POST:
            return _foreseen(request, queue, form, actor, ids)
        if valid:
            outcome = service.create(form.values(ids), actor=actor)
            messages.success(request, _("The ticket was created."))
            return redirect("ticket", key=outcome.ticket.key)
        besides.tell(form, lambda: service.preview_create(form.values(ids), actor=actor))
    except Invalid as refusal:
        form.tell(refusal.errors)
    except Refused as refusal:
        form.add_error(None, str(refusal.detail))
        return _page(request, queue, form, actor, ids=ids, status=refusal.status)
    return _page(request, queue, form, actor, ids=ids)


def _foreseen(
    request: HttpRequest, queue: QueueSpec, form: NewForm, actor: Actor, ids: tuple[int, ...]
) -> HttpResponse:
    found = foreseen(lambda: service.preview_create(form.values(ids), actor=actor), actor)
    if request.headers.get("HX-Request"):
        return render(request, "desk/ticket/_happen.html", {"happening": found})
    return _page(request, queue, form, actor, ids=ids, foreseen=found)


def _page(
    request: HttpRequest,
    queue: QueueSpec,
    form: NewForm,
    actor: Actor,
    *,
    ids: tuple[int, ...] = (),
    foreseen: Happening | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "queue": queue,
        "form": form,
        "files": uploads.waiting(ids, actor),
        "happening": foreseen,
        "why": may(actor, "ShowOutgoingMail", queue_id=queue.id),
        "choice": len(creating(actor)) > 1,
    }
    return render(request, "desk/ticket/new.html", context, status=status)


def chosen(request: HttpRequest, queues: list[QueueSpec]) -> QueueSpec | None:
    """The queue that the address names, or the only one there is."""
    if len(queues) == 1:
        return queues[0]
    wanted = request.GET.get("queue", "")
    return next((queue for queue in queues if wanted == str(queue.id)), None)
