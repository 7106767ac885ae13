"""/api/deliveries/hosts."""

from collections.abc import Iterable, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import hosts
from scrips.models import Host
from tessera.lib.api import pagination
from tessera.lib.api.order import Orders
from tickets import access
from tickets.api.base import RightfulViewSet

ORDERS = Orders(
    {"host": "name", "last_failure_at": "last_failure_at", "id": "pk"},
    default="-last_failure_at,id",
)


class HostBody(serializers.ModelSerializer[Host]):
    """A host that has failed at some time.

    `tries` and `failures` are those of the last five minutes, the last 200 at most; `waiting` is counted up to 1,000.
    """

    host = serializers.CharField(source="name", read_only=True)
    open = serializers.SerializerMethodField()
    tries = serializers.IntegerField(read_only=True, source="standing.tries")
    failures = serializers.IntegerField(read_only=True, source="standing.failures")
    waiting = serializers.IntegerField(read_only=True, source="standing.waiting")
    sending = serializers.IntegerField(read_only=True, source="standing.sending")

    class Meta:
        model = Host
        fields = (
            *("host", "open", "opened_at", "probe_at", "failed_probes", "last_failure_at"),
            *("last_error", "tries", "failures", "waiting", "sending"),
        )
        read_only_fields = fields

    def get_open(self, host: Host) -> bool:
        """Whether it is left alone."""
        return host.opened_at is not None


class HostViewSet(RightfulViewSet):
    """Hosts that mails and webhooks go to and that have failed; needs the right ShowOutgoingMail everywhere."""

    path_schemas = {"id": {"type": "string", "maxLength": 255}}
    parameters = {"list": pagination.parameters(ORDERS)}

    @extend_schema(responses={200: pagination.body_of(HostBody)})
    def list(self, request: Request) -> Response:
        """Those that failed last come first."""
        access.require(self.actor, "ShowOutgoingMail")
        return Response(pagination.page_of(self, Host.objects.all(), ORDERS, _shown))

    @extend_schema(request=None, responses={200: HostBody})
    @action(detail=True, methods=["post"])
    def reset(self, request: Request, id: str) -> Response:
        """Forget its failures: what waits for it is sent. 404 for a host that never failed."""
        self.no_body()
        for right in ("ShowOutgoingMail", "AdminScrips"):
            access.require(self.actor, right)
        return Response(next(iter(_shown([hosts.reset(id)]))))


def _shown(rows: Sequence[Host]) -> Iterable[Any]:
    standings = hosts.standings([row.name for row in rows])
    for row in rows:
        setattr(row, "standing", standings[row.name])  # noqa: B010  # a place that the model does not declare
    return HostBody(rows, many=True).data
