"""The customers' portal: their requests, one of them, a new one. All goes through the door with their own rights."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tessera.desk import uploads
from tessera.desk.access import creating, keyed, own, reader
from tessera.desk.acts import Act, acts
from tessera.desk.draft import COMMENT, REPLY, Draft
from tessera.desk.forms import besides
from tessera.desk.forms.portal import AskForm, WordsForm
from tessera.desk.portal import conversation, fields, requests
from tessera.desk.portal.access import is_own, own_or_404
from tessera.desk.portal.requests import CLOSED, OPEN, SHOWS, Wanted
from tessera.desk.portal.standing import spoke_last, standing, steps
from tessera.desk.views.new import chosen
from tessera.lib.errors import (
    Busy,
    Invalid,
    LimitReached,
    NotFound,
    QueryInvalid,
    QueryTooSlow,
    Refused,
    VersionConflict,
)
from tickets import naming, service
from tickets.access import Actor, held_on
from tickets.config import QueueSpec
from tickets.people import People
from tickets.state import TicketState

_PAGE, _AT_A_GLANCE, _BESIDE = 25, 5, 8
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Faults:
    """Why nothing was sent: at the text, and besides. `news`: something was said that its writer has not seen."""

    text: tuple[str, ...] = ()
    general: tuple[str, ...] = ()
    news: bool = False


@require_safe
@login_required
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The open ones with a glance at the closed; a page of either; or what of them has certain words."""
    actor = reader(request)
    form = WordsForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    if found := _named(words, actor):
        return redirect("portal-ticket", key=found.key)
    show = request.GET.get("show", "")
    wanted = Wanted(
        path=request.path, given=request.GET, words=words, cursor=request.GET.get("cursor", "")
    )
    context, status = _listed(actor, show if show in SHOWS else "", wanted)
    context |= {"form": form, "words": words, "may_ask": _may_ask(actor)}
    return render(request, "desk/portal/list.html", context, status=status)


@require_safe
@login_required
@never_cache
def ticket(request: HttpRequest, key: str) -> HttpResponse:
    """One of them: what was said, where it stands, and what one can do."""
    state = own_or_404(request, key)
    if key != state.key:
        return keyed(request, "portal-ticket", state.key)
    return _page(request, state, Draft(version=state.version))


@require_POST
@login_required
@never_cache
def write(request: HttpRequest, key: str) -> HttpResponse:
    """Send an answer, with the transition that was pressed; or that transition alone."""
    state, actor = own_or_404(request, key), reader(request)
    draft = replace(Draft.read(request.POST), kind=REPLY, left_out=frozenset())
    if request.FILES and not held_on(actor, state).has("ReplyToTicket"):
        raise PermissionDenied
    try:
        draft = draft.with_files(uploads.kept(request, actor))
        if draft.idle:
            raise Invalid({"message.content": [_("Write something first.")]})
        _send(state, draft, actor)
    except Refused as refusal:
        draft = draft.with_files(
            each for each in uploads.already_kept(request) if each not in draft.file_ids
        )
        return _refused(request, key, draft, refusal)
    messages.success(request, _("Your answer is sent.") if draft.says else _("Done."))
    return redirect("portal-ticket", key=state.key)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Where one may ask, to choose among; or the form of one."""
    actor = reader(request)
    queues = _offered(actor)
    if not queues:
        raise PermissionDenied
    if not actor.person.email:
        return render(request, "desk/portal/nobody.html", status=403)
    queue = chosen(request, queues)
    if queue is None:
        return render(request, "desk/portal/queues.html", {"queues": queues})
    form = AskForm(request.POST or None, queue=queue, user=own(request))
    if request.method != "POST":
        return _form(request, form, actor, choice=len(queues) > 1)
    return _asked(request, form, actor, choice=len(queues) > 1)


def _offered(actor: Actor) -> list[QueueSpec]:
    """Where the actor may ask, by name: not where he could not fill in what is required."""
    return [queue for queue in creating(actor) if not fields.missing(queue)]


def _may_ask(actor: Actor) -> bool:
    return bool(actor.person.email and _offered(actor))


def _listed(actor: Actor, show: str, wanted: Wanted) -> tuple[dict[str, object], int]:
    """The parts of the list, or why there are none, and the page's status."""
    sizes = {OPEN: _PAGE, CLOSED: _PAGE if show or wanted.words else _AT_A_GLANCE}
    try:
        parts = {
            each: requests.part(actor, each, wanted, size=sizes[each])
            for each in ([show] if show else SHOWS)
        }
    except QueryInvalid:
        return {"fault": _("These words can't be searched for.")}, 200
    except QueryTooSlow as refusal:
        return {"fault": str(refusal.detail)}, refusal.status
    return {"show": show, **parts, "closed_at": wanted.at(CLOSED)}, 200


def _named(words: str, actor: Actor) -> TicketState | None:
    """The one whose key or number was typed."""
    number = naming.typed(words) if words.strip() else None
    if number is None:
        return None
    try:
        found = service.visible(number, actor)
    except NotFound:
        return None
    return found if is_own(found, actor) else None


def _page(
    request: HttpRequest,
    state: TicketState,
    draft: Draft,
    faults: Faults = Faults(),  # frozen
    *,
    status: int = 200,
) -> HttpResponse:
    actor, people = reader(request), People()
    people.load((), [e for role in ("requestor", "cc") for e in state.watchers.get(role, ())])
    before = next(iter(uploads.numbers(request.GET.getlist("before"))), None)
    config, held = actor.config, held_on(actor, state)
    context = {
        "ticket": state,
        "standing": standing(state, config, spoke_last([state], people).get(state.id)),
        "steps": steps(),
        "conversation": conversation.of_ticket(state, actor, people, before=before),
        "before": before,
        "fields": fields.shown(state, config),
        "others": _others(state, actor, people),
        "may_reply": held.has("ReplyToTicket"),
        "acts": _acts(state, actor),
        "draft": draft,
        "files": uploads.waiting(draft.file_ids, actor),
        "faults": faults,
        "mine": requests.latest_open(actor, size=_BESIDE),
        "may_ask": _may_ask(actor),
    }
    return render(request, "desk/portal/ticket.html", context, status=status)


def _acts(state: TicketState, actor: Actor) -> list[Act]:
    """The transitions that the reader may take; those that need a comment, or hide the ticket, are for the desk."""
    mild = acts(state, actor).mild
    return [act for act in mild if act.message != COMMENT]


def _others(state: TicketState, actor: Actor, people: People) -> list[str]:
    """Who else of those who ask gets an answer."""
    found = [
        people.by_email(e) for role in ("requestor", "cc") for e in state.watchers.get(role, ())
    ]
    return list(dict.fromkeys(each.name for each in found if each.id != actor.id))


def _send(state: TicketState, draft: Draft, actor: Actor) -> None:
    """Through the door. What others did meanwhile is in nobody's way here unless he can see it: then `VersionConflict`
    is raised, as for a form that is sent twice."""
    version = draft.version
    for _round in range(_ROUNDS):
        try:
            service.apply(
                state.id,
                draft.changes(),
                actor=actor,
                version=version,
                transition=draft.transition or None,
            )
        except VersionConflict as conflict:
            if conversation.news(state, since=draft.version or 0):
                raise
            version = conflict.extra["actual"]
        else:
            return
    raise Busy(_("Others keep working on this. Try again in a moment."))


def _refused(request: HttpRequest, key: str, draft: Draft, refusal: Refused) -> HttpResponse:
    """The page as it is now with what was written, and why it was not sent; nothing of how the lifecycle works."""
    state = own_or_404(request, key)
    draft = replace(draft, version=state.version)
    if isinstance(refusal, Invalid):
        texts = tuple(
            text[:1].upper() + text[1:] for each in refusal.errors.values() for text in each
        )
        return _page(request, state, draft, Faults(text=texts))
    if isinstance(refusal, VersionConflict):
        told = _("Something new was said since you opened this page. Your answer is not sent yet.")
        return _page(
            request, state, draft, Faults(general=(told,), news=True), status=refusal.status
        )
    told = _("That is not possible now. Nothing was sent.")
    if isinstance(refusal, Busy | LimitReached):
        told = str(refusal.detail)
    return _page(request, state, draft, Faults(general=(told,)), status=refusal.status)


def _asked(request: HttpRequest, form: AskForm, actor: Actor, *, choice: bool) -> HttpResponse:
    valid = form.is_valid()
    ids = uploads.named(request.POST)
    try:
        ids = (*ids, *uploads.kept(request, actor))
        if valid:
            outcome = service.create(form.values(ids), actor=actor)
            messages.success(request, _("We have it. You get our answer here and by mail."))
            return redirect("portal-ticket", key=outcome.ticket.key)
        besides.tell(form, lambda: service.preview_create(form.values(ids), actor=actor))
    except Invalid as refusal:
        form.tell(refusal.errors)
    except Refused as refusal:
        told = _("That is not possible now. Nothing was sent.")
        form.add_error(None, str(refusal.detail) if isinstance(refusal, LimitReached) else told)
        return _form(request, form, actor, choice=choice, ids=ids, status=refusal.status)
    return _form(request, form, actor, choice=choice, ids=ids)


def _form(
    request: HttpRequest,
    form: AskForm,
    actor: Actor,
    *,
    choice: bool,
    ids: tuple[int, ...] = (),
    status: int = 200,
) -> HttpResponse:
    queue: QueueSpec = form.queue
    context = {
        "form": form,
        "queue": queue,
        "choice": choice,
        "files": uploads.waiting(ids, actor),
        "may_ask": True,
    }
    return render(request, "desk/portal/new.html", context, status=status)
