"""/api/deliveries."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import outbox
from scrips.models import Attempt, Delivery
from scrips.sealing import public_payload
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Moment
from tessera.lib.api.order import NEWEST_FIRST
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tickets import access
from tickets.api import naming
from tickets.api.base import RightfulViewSet
from tickets.state import states_of


class AttemptBody(serializers.ModelSerializer[Attempt]):
    """One try."""

    class Meta:
        model = Attempt
        fields = (
            "number",
            "started_at",
            "duration_ms",
            "ok",
            "response_status",
            "error",
            "answer",
        )
        read_only_fields = fields


class DeliveryBody(serializers.ModelSerializer[Delivery]):
    """A mail or webhook on its way out."""

    class Meta:
        model = Delivery
        fields = (
            "id",
            "kind",
            "status",
            "ticket_id",
            "transaction_id",
            "scrip_id",
            "scrip_version",
            "attempts",
            "next_attempt_at",
            "last_error",
            "response_status",
            "created_at",
            "sent_at",
        )
        read_only_fields = fields


class DeliveryDetailBody(DeliveryBody):
    """A delivery read alone: with what it sends, secrets left out, and each try."""

    payload = serializers.SerializerMethodField()
    attempt_list = AttemptBody(many=True, read_only=True, source="attempt_rows")

    class Meta:
        model = Delivery
        fields = (*DeliveryBody.Meta.fields, "payload", "attempt_list")
        read_only_fields = fields

    def get_payload(self, delivery: Delivery) -> dict[str, Any]:
        """Complete but for the secret that signs a webhook, and the values of headers that open something."""
        return public_payload(delivery.payload)


class RetryOrder(Body):
    """Which dead deliveries: those that died at `since` or later."""

    since = Moment()


class RetriedBody(serializers.Serializer[Any]):
    """How many were made due, and how many dead ones are left, counted up to 5,000."""

    retried = serializers.IntegerField()
    left = serializers.IntegerField()


class DeliveryViewSet(RightfulViewSet):
    """Mails and webhooks on their way out; needs the right ShowOutgoingMail."""

    parameters = {
        "list": (
            query.choice("status", Delivery.Status.values),
            naming.parameter(),
            query.choice("kind", Delivery.Kind.values),
            *pagination.parameters(NEWEST_FIRST),
        )
    }

    @extend_schema(responses={200: pagination.body_of(DeliveryBody)})
    def list(self, request: Request) -> Response:
        """Newest first."""
        rows = self._visible().filter(**self.filters("status", "ticket_id", "kind"))
        return Response(pagination.page_of(self, rows, NEWEST_FIRST, _shown))

    @extend_schema(responses={200: DeliveryDetailBody})
    def retrieve(self, request: Request, id: str) -> Response:
        """One, with every try."""
        return Response(DeliveryDetailBody(self._delivery(id)).data)

    @extend_schema(request=None, responses={200: DeliveryDetailBody})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, id: str) -> Response:
        """Send it now, whatever its schedule says. 409 for one that was sent."""
        self.no_body()
        outbox.retry(self._delivery(id, "AdminScrips").pk)
        return Response(DeliveryDetailBody(self._delivery(id)).data)

    @extend_schema(request=RetryOrder, responses={200: RetriedBody})
    @action(detail=False, methods=["post"], url_path="retry")
    def retry_dead(self, request: Request) -> Response:
        """Send all that died since then again: at most 5,000 at a time, the oldest first."""
        access.require(self.actor, "AdminScrips")
        order = read(RetryOrder(data=self.body()))
        done = outbox.retry_dead(since=order["since"])
        return Response({"retried": done.retried, "left": done.left})

    @extend_schema(request=None, responses={200: DeliveryDetailBody})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> Response:
        """Do not try it again. 409 for one that was sent or cancelled."""
        self.no_body()
        outbox.cancel(self._delivery(id, "AdminScrips").pk)
        return Response(DeliveryDetailBody(self._delivery(id)).data)

    def _visible(self) -> QuerySet[Delivery]:
        """Those of tickets that the caller may see, and whose mail he may see."""
        rows = Delivery.objects.all()
        for right in ("ShowTicket", "ShowOutgoingMail"):
            if not access.may(self.actor, right):
                rows = rows.filter(ticket__in=access.visible_to(self.actor, right).order_by())
        return rows

    def _delivery(self, raw_id: str, *rights: str) -> Delivery:
        found = self._visible().select_related("ticket").filter(pk=id_of(raw_id)).first()
        if found is None:
            raise NotFound(_("There is no such delivery."))
        for right in rights:
            (ticket,) = states_of([found.ticket])
            access.require(self.actor, right, ticket=ticket)
        return found


def _shown(rows: Sequence[Delivery]) -> Iterable[Any]:
    return DeliveryBody(rows, many=True).data
