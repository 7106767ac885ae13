"""/api/audit: what was done besides work on tickets."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts.audit import KINDS
from tessera.accounts.models import AuditEntry
from tessera.accounts.rights import SUPER_USER
from tessera.lib.api import pagination, query
from tessera.lib.api.order import NEWEST_FIRST
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tickets import access
from tickets.api.base import RightfulViewSet


class AuditEntryBody(serializers.ModelSerializer[AuditEntry]):
    """One thing that somebody did. `actor_id` is null where nobody was logged in; who and what may be gone."""

    class Meta:
        model = AuditEntry
        fields = (
            *("id", "at", "kind", "actor_id", "actor_name"),
            *("subject_type", "subject_id", "subject_name"),
            *("changes", "facts", "address", "request_id"),
        )
        read_only_fields = fields


class AuditViewSet(RightfulViewSet):
    """The audit; needs the right SuperUser."""

    parameters = {
        "list": (
            query.choice("kind", KINDS),
            query.number("actor_id"),
            query.text("subject_type", "The kind of thing, such as `scrip` or `user`."),
            query.number("subject_id"),
            query.moment("since", "An ISO 8601 time: from then on."),
            query.moment("until", "An ISO 8601 time: before then."),
            *pagination.parameters(NEWEST_FIRST),
        )
    }

    @extend_schema(responses={200: pagination.body_of(AuditEntryBody)})
    def list(self, request: Request) -> Response:
        """Newest first."""
        access.require(self.actor, SUPER_USER)
        wanted = self.filters("kind", "actor_id", "subject_type", "subject_id")
        for name, column in (("since", "at__gte"), ("until", "at__lt")):
            if name in self.query:
                wanted[column] = self.query[name]
        rows = AuditEntry.objects.filter(**wanted)
        return Response(pagination.page_of(self, rows, NEWEST_FIRST, _shown))

    @extend_schema(responses={200: AuditEntryBody})
    def retrieve(self, request: Request, id: str) -> Response:
        """One."""
        access.require(self.actor, SUPER_USER)
        row = AuditEntry.objects.filter(pk=id_of(id)).first()
        if row is None:
            raise NotFound(_("There is no such entry."))
        return Response(AuditEntryBody(row).data)


def _shown(rows: Sequence[AuditEntry]) -> Iterable[Any]:
    return AuditEntryBody(rows, many=True).data
