"""/api/transactions/{id}/explain and /api/tickets/{id}/chain: why things happened, or did not."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from scrips.chain import chain
from scrips.explain import explain
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tickets import access, service
from tickets.api import tickets
from tickets.api.base import RightfulViewSet


class ExplainedBody(serializers.Serializer[Any]):
    """What one scrip did about a transaction, or why it did nothing."""

    scrip_id = serializers.IntegerField()
    name = serializers.CharField()
    stage = serializers.CharField()
    fired = serializers.BooleanField(help_text="True also for one that then failed.")
    because = serializers.CharField()
    effect = serializers.JSONField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class ExplanationBody(serializers.Serializer[Any]):
    """Every scrip that applied, in the order of their execution."""

    results = ExplainedBody(many=True)


class ChainNode(serializers.Serializer[Any]):
    """What happened, and under it what that caused."""

    kind = serializers.ChoiceField(choices=["transaction", "scrip", "delivery"])
    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    by = serializers.CharField(
        required=False, allow_null=True, help_text="Of a transaction: who did it; null for a scrip."
    )
    because = serializers.CharField(required=False, help_text="Of a scrip.")
    error = serializers.CharField(required=False, allow_null=True, help_text="Of a scrip.")
    children = serializers.ListField(child=serializers.DictField())


class ChainBody(serializers.Serializer[Any]):
    """The tree, from what people did down to what left the house."""

    results = ChainNode(many=True)


class ExplainViewSet(RightfulViewSet):
    """Why each scrip acted on a transaction or did not; needs ShowOutgoingMail."""

    path_schemas = {"transaction_id": {"type": "integer", "minimum": 1}}

    @extend_schema(responses={200: ExplanationBody})
    def list(self, request: Request, transaction_id: str) -> Response:
        """Each scrip that applied, those included that stayed silent.

        The ticket is seen as that round saw it, scrips, templates and the lifecycle in the version of that day;
        people and other configuration as they are now.
        """
        found = access.visible_log(self.actor).filter(pk=id_of(transaction_id)).first()
        if found is None:
            raise NotFound(_("There is no such transaction."))
        ticket = service.visible(found.ticket_id, self.actor)
        access.require(self.actor, "ShowOutgoingMail", ticket=ticket)
        return Response({"results": [asdict(each) for each in explain(found, self.actor)]})


class ChainViewSet(RightfulViewSet):
    """What caused what on a ticket; needs ShowOutgoingMail."""

    path_schemas = {"ticket_id": tickets.ID_SCHEMA}

    @extend_schema(responses={200: ChainBody})
    def list(self, request: Request, ticket_id: str) -> Response:
        """The tree, oldest first."""
        ticket = service.visible(tickets.ticket_id(ticket_id), self.actor)
        access.require(self.actor, "ShowOutgoingMail", ticket=ticket)
        return Response({"results": chain(ticket, self.actor)})
