"""A ticket's page as its templates take it, whoever shows it: the page itself, or a form on it that was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tessera.desk import facts, listing, pictures, timeline, unsent
from tessera.desk.access import Doors, doors, reader
from tessera.desk.acts import acts
from tessera.desk.draft import Draft, composer, fields_form
from tessera.desk.forms.facts import FieldsForm
from tessera.desk.happen import Happening
from tessera.desk.opened import Opened, is_read
from tessera.desk.sections import Section
from tessera.desk.timeline import Event, View
from tickets.access import Actor, held_on, sees_queue
from tickets.people import People
from tickets.state import TicketState

ORDER_COOKIE = "tessera_log"
_YEAR = 365 * 24 * 3600
_PAGE = "desk/ticket/detail.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Why a form was not carried out: what is wrong by field, what is wrong besides, and what others did meanwhile."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    general: Sequence[str] = ()
    meanwhile: Sequence[Event] = ()
    conflict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request makes of the page: a draft with the fields filled in beside it, what it would do, a section that
    is edited, what is wrong."""

    draft: Draft | None = None
    happening: Happening | None = None
    faults: Faults = Faults()
    section: Section | None = None
    fields: FieldsForm | None = None


def shown(
    request: HttpRequest, state: TicketState, asked: Asked | None = None, *, status: int = 200
) -> HttpResponse:
    """The whole page."""
    view = View.read(request.GET, request.COOKIES.get(ORDER_COOKIE, ""))
    context = whole(request, state, asked or Asked(), view)
    answer = _answer(request, state, render_to_string(_PAGE, context, request), status)
    if "order" in request.GET:
        answer.set_cookie(
            ORDER_COOKIE, view.order, max_age=_YEAR, httponly=True, samesite="Lax", path="/tickets"
        )
    return answer


def _answer(request: HttpRequest, state: TicketState, content: str, status: int) -> HttpResponse:
    if not is_read(request):
        return HttpResponse(content, status=status)
    answer = Opened(content, status=status)
    answer.state, answer.actor = state, reader(request)
    return answer


def whole(request: HttpRequest, state: TicketState, asked: Asked, view: View) -> Mapping[str, Any]:
    """What the page's template is given. A number of statements that no log's length changes."""
    actor = reader(request)
    people = People()
    people.load(
        [state.owner_id, state.creator_id], [e for held in state.watchers.values() for e in held]
    )
    held = unsent.on_page(state, actor)
    draft = asked.draft or Draft(version=state.version)
    form = None
    if draft.empty:
        draft, form = held.taken_up(draft), held.form
    facts_ = _facts(state, actor, people, doors(request))
    keys = {key for act in facts_["acts"].asking for key in act.asks}
    fields = asked.fields or fields_form(state, actor, keys, form)
    return {
        **facts_,
        "composer": composer(state, actor, people, draft, fields),
        "waiting": held.waiting,
        "returned": held.returned_beside(draft),
        "happening": asked.happening,
        "faults": asked.faults,
        "section": asked.section,
        "timeline": timeline.of_ticket(state, actor, people, view=view),
    }


def _facts(state: TicketState, actor: Actor, people: People, ways: Doors) -> dict[str, Any]:
    config, held = actor.config, held_on(actor, state)
    lifecycle = config.lifecycle(state.lifecycle_version_id)
    return {
        "ticket": state,
        "kind": listing.status_kind(state, config),
        "color": listing.status_color(state, config),
        "queue": config.queues[state.queue_id],
        "lifecycle": lifecycle,
        "picture": pictures.lifecycle(lifecycle.definition, state.status),
        "acts": acts(state, actor),
        "owner": people.by_id(state.owner_id),
        "watching": facts.watching(state, people),
        "fields": facts.fields(state, config),
        "links": facts.links(state, actor, config),
        "customers": {e.lower() for e in state.watchers.get("requestor", ())},
        "doors": ways,
        "may": facts.may_change(state, actor),
        "sees_queue": sees_queue(actor, state.queue_id),
        "why": held.has("ShowOutgoingMail"),
    }
