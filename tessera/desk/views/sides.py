"""The sections at a ticket's side, edited in place."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tessera.desk import page, sections, uploads
from tessera.desk.access import reader, ticket_or_404
from tessera.desk.forms import besides
from tessera.desk.forms.facts import BasicsForm
from tessera.desk.page import Asked
from tessera.desk.sections import Section
from tessera.lib.errors import Invalid, MappingNeeded, Refused, VersionConflict
from tickets import service
from tickets.access import Actor
from tickets.state import TicketState


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def edit(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One section as a form; a POST changes what its writer changed in it."""
    state, actor = ticket_or_404(request, key), reader(request)
    if name not in sections.FORMS:
        raise Http404
    if not sections.may_edit(name, state, actor):
        raise PermissionDenied
    if request.method != "POST":
        return page.shown(request, state, Asked(section=sections.begun(name, state, actor)))
    return _change(request, state, name, actor)


def _change(request: HttpRequest, state: TicketState, name: str, actor: Actor) -> HttpResponse:
    version = next(iter(uploads.numbers(request.POST.getlist("version"))), None)
    found = sections.merged(name, state, actor, request.POST, version)
    if found.changes is None:
        form = found.section.form
        if form.errors and (
            rest := form.wanted(n for n in form.changed_data if n in form.cleaned_data)
        ):
            besides.tell(form, lambda: service.preview(state.id, rest, actor=actor))
        return page.shown(request, state, Asked(section=found.section))
    try:
        changes = dict(found.changes)
        if found.changes:
            service.apply(state.id, changes, actor=actor, version=state.version)
    except VersionConflict:
        # Somebody was faster in this very moment: put together anew with what he made of it.
        return _change(request, ticket_or_404(request, state.key), name, actor)
    except Refused as refusal:
        return _again(request, state, found.section, refusal)
    messages.success(request, _("Saved."))
    return redirect("ticket", key=state.key)


def _again(
    request: HttpRequest, state: TicketState, section: Section, refusal: Refused
) -> HttpResponse:
    """The section with what was wrong, at its fields."""
    form = section.form
    if isinstance(refusal, Invalid):
        form.tell(refusal.errors)
        return page.shown(request, state, Asked(section=section))
    if isinstance(refusal, MappingNeeded) and isinstance(form, BasicsForm):
        form.ask_status(refusal.extra["statuses"])
    form.add_error(None, str(refusal.detail))
    return page.shown(request, state, Asked(section=section), status=refusal.status)
