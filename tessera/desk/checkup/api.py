"""/api/configuration/check."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts.rights import SUPER_USER
from tessera.desk.checkup.check import findings
from tessera.desk.checkup.findings import Severity
from tickets import access
from tickets.api.base import RightfulViewSet


class FindingBody(serializers.Serializer[Any]):
    """Something that is wrong, doubtful or of no use."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(
        choices=[each.key for each in Severity], source="severity.key"
    )
    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField()


class CheckBody(serializers.Serializer[Any]):
    """All findings, the worst first; `faults` of them say that something does not work."""

    faults = serializers.IntegerField()
    results = FindingBody(many=True)


class ConfigurationCheckViewSet(RightfulViewSet):
    """The check of the configuration; needs the right SuperUser."""

    @extend_schema(operation_id="configuration_check", responses={200: CheckBody})
    def list(self, request: Request) -> Response:  # noqa: ARG002 -- DRF's signature
        """Whatever is found now."""
        access.require(self.actor, SUPER_USER)
        found = findings(self.actor)
        faults = sum(each.severity is Severity.FAULT for each in found)
        return Response(CheckBody({"faults": faults, "results": found}).data)
