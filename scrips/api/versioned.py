"""What scrips and templates have in common: the service checks them whole, and each save is a version."""

from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from rest_framework import serializers

from scrips.models import Scrip, Template
from tessera.lib import values
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import storable
from tessera.lib.errors import Invalid
from tessera.lib.values import BadValue
from tickets import access
from tickets.api.base import ConfigViewSet

Row = TypeVar("Row", Scrip, Template)


class VersionedViewSet(ConfigViewSet[Row], Generic[Row]):
    """`body_class` describes them in the OpenAPI document; `save_version` checks what comes in."""

    see = change = "AdminScrips"

    def seen(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Those of the queues where the caller may change them, and the global ones, which count there too."""
        if access.may(self.actor, self.see):
            return rows
        queues = access.queues_with(self.actor, self.see)
        if not queues:
            access.require(self.actor, self.see)
        return rows.filter(self.in_queues(queues))

    def in_queues(self, queues: Collection[int]) -> Q:
        """Those that count in one of these queues."""
        return Q(queue=None) | Q(queue__in=queues)

    def place_for(self, values: Mapping[str, Any]) -> int | None:
        """The queue that the body names; what is no id is refused when it is saved."""
        wanted = values.get("queue_id")
        return wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else None

    def save_version(self, row: Row | None, values: Mapping[str, Any], *, note: str) -> Row:
        """Save under the service's rules. Raises Invalid."""
        raise NotImplementedError

    def read(self, row: Row | None) -> Mapping[str, Any]:
        """The body as it is, because one judge alone names all faults at once."""
        return self.body()

    def save(self, row: Row | None, values: Mapping[str, Any]) -> Row:
        """A new version, with the `note` that says why."""
        given = dict(values)
        faults, note = _note(given.pop("note", ""))
        for name, value in given.items():
            try:
                storable(value)
            except serializers.ValidationError as fault:
                faults |= flatten(fault.detail, name[:100])
        if faults:
            raise Invalid(faults)
        return self.save_version(row, given, note=note)


def _note(raw: object) -> tuple[dict[str, list[str]], str]:
    try:
        return {}, values.line(raw, longest=500)
    except BadValue as fault:
        return {"note": [str(fault)]}, ""
