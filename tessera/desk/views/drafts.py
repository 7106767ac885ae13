"""What stands in the composer, kept while it is written."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tessera.desk import unsent as shown
from tessera.desk.access import reader, ticket_or_404
from tessera.desk.draft import Draft
from tessera.desk.views.writing import filled_form
from tessera.lib.errors import Invalid, LimitReached
from tickets import drafts, unsent
from tickets.access import held_on

_PART = "desk/ticket/_kept.html"


@require_POST
@login_required
@never_cache
def keep(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the draft; the answer is what its composer says of it, and which rows it stands for from now on."""
    state, actor = ticket_or_404(request, key), reader(request)
    held = held_on(actor, state)
    if not (held.has("ReplyToTicket") or held.has("CommentOnTicket")):
        raise PermissionDenied
    draft = Draft.read(request.POST)
    # In words even where they are but a transition's: the row holds a message.
    changes = replace(draft, transition="").changes()
    letter = unsent.Letter(
        changes=changes,
        nonce=draft.nonce,
        version=draft.version,
        transition=draft.transition,
        form=filled_form(request, state, actor, draft),
        instead_of=draft.taken,
    )
    try:
        row = drafts.keep(state.id, letter, actor=actor, known=request.POST.getlist("stamp"))
    except Invalid as refusal:
        told = next(text for texts in refusal.errors.values() for text in texts)
        return render(request, _PART, {"told": told})
    except LimitReached as refusal:
        return render(request, _PART, {"told": str(refusal.detail)})
    if row is None:
        gone = _("This draft was sent or thrown away in another window.")
        return render(request, _PART, {"told": gone if draft.taken else ""})
    told = _("Draft kept") if draft.says else ""
    if draft.taken and row.pk not in draft.taken:
        told = _("Another window wrote on at this draft; both are kept.")
    return render(request, _PART, {"told": told, "kept": shown.returned(row, taken=True)})
