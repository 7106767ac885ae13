"""/api/tickets."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.lib import values
from tessera.lib.api import pagination, query
from tessera.lib.api.parsing import JSONParser, MultiPartParser
from tessera.lib.api.query import Parameter, whole_number
from tessera.lib.api.schema import IF_MATCH
from tessera.lib.errors import Invalid, NotFound
from tessera.lib.query.tree import And, Op
from tessera.lib.values import BadValue
from tickets import access, files, naming, replay, representation, seen, service
from tickets.access import actor_of
from tickets.api import listing, schemas, transactions
from tickets.api.attachments import uploads_of
from tickets.api.base import RightfulViewSet
from tickets.api.transactions import BY_SEQ, TYPES
from tickets.models import Ticket, Transaction
from tickets.orders import PLAIN, orders_for
from tickets.outcome import Outcome
from tickets.search import Search, plain, search
from tickets.search.scope import Scope
from tickets.state import TicketState
from tickets.transitions import enabled_transitions

# A proxy that compresses marks our ETag as weak; what it stands for is the version all the same.
_IF_MATCH = re.compile(r'(?:W/)?"([1-9][0-9]{0,18})"|([1-9][0-9]{0,18})')
_ANY_VERSION = "*"
NOTE_FIELDS = ("content", "content_type", "attachment_ids")
ID_SCHEMA = {"type": "string", "pattern": r"^([1-9][0-9]{0,17}|TKT-[0-9]{4,18})$"}


def ticket_id(raw: str) -> int:
    """The id in a path: `12` or `TKT-0012`. Raises NotFound for anything else."""
    try:
        return naming.from_text(raw)
    except BadValue:
        raise NotFound(_("There is no such ticket.")) from None


def _owner(raw: str) -> int | None:
    return None if raw == "null" else whole_number(raw)


def _point(raw: str) -> int | datetime:
    return whole_number(raw) if raw.isdecimal() else query.read_moment(raw)


FILTERS = (
    query.number("queue_id"),
    query.text("queue", "A queue's name."),
    query.text("status"),
    Parameter(
        "owner_id",
        _owner,
        {"type": "string", "pattern": "^([1-9][0-9]{0,17}|null)$"},
        "`null` for those that nobody has.",
    ),
)


class TicketViewSet(RightfulViewSet):
    """Tickets. Every change goes through the door, which checks it whole; here is only HTTP."""

    path_schemas = {"id": ID_SCHEMA, "name": {"type": "string"}}
    parameters = {
        "list": (
            *FILTERS,
            query.text("q", "A query in TicketSQL."),
            *pagination.parameters(PLAIN),
        ),
        "retrieve": (
            Parameter(
                "at",
                _point,
                {"type": "string"},
                "A `seq`, or an ISO 8601 time: the ticket as it was then.",
            ),
        ),
        "transactions": (query.choice("type", TYPES), *pagination.parameters(BY_SEQ)),
    }
    headers_of: ClassVar[Mapping[str, tuple[OpenApiParameter, ...]]] = dict.fromkeys(
        ("partial_update", "preview_update", "comment", "reply", "transition"), (IF_MATCH,)
    )

    def declared(self) -> tuple[Parameter, ...]:
        """Those of the list, which is ordered by custom fields too."""
        found = super().declared()
        if self.action != "list":
            return found
        own = {each.name: each for each in pagination.parameters(orders_for(actor_of(self.user)))}
        return tuple(own.get(each.name, each) for each in found)

    @extend_schema(responses={200: listing.FoundPage})
    def list(self, request: Request) -> Response:
        """The tickets that the caller may see; those changed last come first."""
        page = pagination.page_of_view(self, orders_for(self.actor))
        found = Search(access.visible_to(self.actor))
        if "q" in self.query:
            found = search(self.query["q"], self.actor)
        return Response(listing.found(self.actor, found.narrowed(self._filtered), page))

    @extend_schema(request=schemas.TicketCreate, responses={201: schemas.Outcome})
    def create(self, request: Request) -> Response:
        """Create a ticket, and see what came of it."""
        outcome = service.create(self.body(), actor=self.actor)
        return self._answer(outcome, status.HTTP_201_CREATED)

    @extend_schema(responses={200: schemas.TicketDetail})
    def retrieve(self, request: Request, id: str) -> Response:
        """One ticket, with the transitions that the caller may take; or with `at` as it was."""
        number = ticket_id(id)
        if "at" in self.query:
            then = seen.state(self.actor, self._at(number))
            return Response(representation.past_json(then, self.actor.config))
        found = service.visible(number, self.actor)
        shown = seen.state(self.actor, found)
        body = representation.ticket_json(shown, self.actor.config) | {
            "enabled_transitions": enabled_transitions(found, self.actor)
        }
        return Response(body, headers={"ETag": f'"{found.version}"'})

    @extend_schema(request=schemas.TicketUpdate, responses={200: schemas.Outcome})
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a ticket in one unit of work, and see what came of it."""
        return self._apply(id, self.body())

    @extend_schema(request=schemas.TicketCreate, responses={200: schemas.Preview})
    @action(detail=False, methods=["post"], url_path="preview")
    def preview_create(self, request: Request) -> Response:
        """What would come of a create. Nothing is kept."""
        preview = service.preview_create(self.body(), actor=self.actor)
        return Response(representation.preview_json(preview, self.actor))

    @extend_schema(request=schemas.TicketUpdate, responses={200: schemas.Preview})
    @action(detail=True, methods=["post"], url_path="preview")
    def preview_update(self, request: Request, id: str) -> Response:
        """What would come of an update. Nothing is kept."""
        body = self.body()
        version = self._version(body)
        preview = service.preview(ticket_id(id), body, actor=self.actor, version=version)
        return Response(representation.preview_json(preview, self.actor))

    @extend_schema(
        request={"application/json": schemas.Note, "multipart/form-data": schemas.NoteForm},
        responses={200: schemas.Outcome},
    )
    @action(detail=True, methods=["post"], parser_classes=[JSONParser, MultiPartParser])
    def comment(self, request: Request, id: str) -> Response:
        """Add an internal comment."""
        return self._note(id, "comment")

    @extend_schema(
        request={"application/json": schemas.Note, "multipart/form-data": schemas.NoteForm},
        responses={200: schemas.Outcome},
    )
    @action(detail=True, methods=["post"], parser_classes=[JSONParser, MultiPartParser])
    def reply(self, request: Request, id: str) -> Response:
        """Add a reply, which the requestors see."""
        return self._note(id, "correspond")

    @extend_schema(responses={200: pagination.body_of(schemas.Transaction)})
    @action(detail=True, url_path="transactions")
    def transactions(self, request: Request, id: str) -> Response:
        """The ticket's log, oldest first."""
        found = service.visible(ticket_id(id), self.actor)
        hidden = access.hidden_types(access.held_on(self.actor, found))
        rows = Transaction.objects.filter(ticket=found.id, **self.filters("type"))
        rows = rows.exclude(type__in=hidden) if hidden else rows
        return Response(pagination.page_of(self, rows, BY_SEQ, transactions.shown_to(self.actor)))

    @extend_schema(responses={200: schemas.Transitions})
    @action(detail=True, url_path="transitions")
    def transitions(self, request: Request, id: str) -> Response:
        """The transitions that the caller may take now."""
        found = service.visible(ticket_id(id), self.actor)
        return Response({"results": enabled_transitions(found, self.actor)})

    @extend_schema(request=schemas.TransitionBody, responses={200: schemas.Outcome})
    @action(detail=True, methods=["post"], url_path="transitions/(?P<name>[^/]+)")
    def transition(self, request: Request, id: str, name: str) -> Response:
        """Take a transition by its name, with what an update takes besides `status`."""
        return self._apply(id, self.body(), transition=name)

    def _apply(self, raw_id: str, body: dict[str, Any], transition: str | None = None) -> Response:
        version = self._version(body)
        number = ticket_id(raw_id)
        outcome = service.apply(
            number, body, actor=self.actor, version=version, transition=transition
        )
        return self._answer(outcome)

    def _note(self, raw_id: str, kind: str) -> Response:
        """A comment or reply. Uploads and message are one: a refused reply leaves no file behind."""
        number = ticket_id(raw_id)
        with transaction.atomic():
            message = self._message()
            try:
                return self._apply(str(number), {"message": {"type": kind, **message}})
            except Invalid as fault:
                raise Invalid(
                    {name.removeprefix("message."): texts for name, texts in fault.errors.items()}
                ) from None

    def _message(self) -> dict[str, Any]:
        """The fields of a message, from JSON or from a form with files."""
        data = self.request.data
        if not isinstance(data, QueryDict):
            message = self.body()
            _refuse_unknown(message, NOTE_FIELDS)
            return message
        uploads = uploads_of(self.request, files_in="attachments", fields=NOTE_FIELDS)
        form = self.request.POST
        _refuse_twice(form, ("content", "content_type"))
        message = {name: form[name] for name in form if name != "attachment_ids"}
        ids = [_form_id(raw) for raw in form.getlist("attachment_ids")]
        kept = [
            files.keep(upload, creator_id=self.user.pk, field="attachments") for upload in uploads
        ]
        return message | {"attachment_ids": [*ids, *(file.pk for file in kept)]}

    def _version(self, body: dict[str, Any]) -> int | None:
        """The version that the caller saw: If-Match, or `version`, which leaves the body."""
        versions = set()
        if "version" in body:
            try:
                versions.add(values.integer(body.pop("version"), least=1, most=values.MAX_ID))
            except BadValue as fault:
                raise Invalid({"version": [fault]}) from None
        header = self.request.headers.get("If-Match", _ANY_VERSION).strip()
        if header != _ANY_VERSION:
            match = _IF_MATCH.fullmatch(header)
            if match is None:
                raise Invalid({"If-Match": [_('must be one ETag such as "7", or *')]})
            versions.add(int(match[1] or match[2]))
        if len(versions) > 1:
            raise Invalid({"version": [_("is another than that of If-Match")]})
        return versions.pop() if versions else None

    def _at(self, number: int) -> TicketState:
        """The ticket as it was, for those who may see it as it is."""
        service.visible(number, self.actor)
        found = replay.at(number, self.query["at"])
        if found is None:
            raise NotFound(_("The ticket did not exist then."))
        return found

    def _answer(self, outcome: Outcome, code: int = status.HTTP_200_OK) -> Response:
        body = representation.outcome_json(outcome, self.actor)
        return Response(body, status=code, headers={"ETag": f'"{outcome.ticket.version}"'})

    def _filtered(self, rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
        rows = rows.filter(**self.filters("queue_id", "owner_id"))
        if "queue" in self.query:
            rows = rows.filter(queue__name__iexact=self.query["queue"])
        if "status" in self.query:
            # The statuses are few and known; what is compared without regard to case no index finds.
            known = Scope.of(self.actor, And(())).statuses
            rows = rows.filter(plain.one_of("status", known, Op.EQ, [self.query["status"]]))
        return rows


def _refuse_unknown(given: Mapping[str, Any], known: Iterable[str]) -> None:
    if unknown := [name for name in given if name not in known]:
        raise Invalid({name[:100]: [_("is no field of this")] for name in unknown})


def _refuse_twice(form: QueryDict, names: Iterable[str]) -> None:
    if twice := [name for name in names if len(form.getlist(name)) > 1]:
        raise Invalid({name: [_("is given more than once")] for name in twice})


def _form_id(raw: str) -> int:
    try:
        return whole_number(raw)
    except BadValue as fault:
        raise Invalid({"attachment_ids": [fault]}) from None
