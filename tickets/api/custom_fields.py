"""/api/custom-fields."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from customfields import keys, service
from customfields.models import CustomField
from customfields.spec import Vocabulary
from customfields.types import TYPES
from tessera.accounts.models import User
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import Choice, Flag, JSONValue, Line, Number, References, Text
from tessera.lib.api.order import BY_ID
from tessera.lib.errors import Invalid
from tickets import access
from tickets.api.base import ConfigViewSet, unique
from tickets.models import Queue, QueueField

_DEFINITION = (
    "key",
    "name",
    "field_type",
    "values",
    "max_values",
    "pattern",
    "required",
    "default",
    "help_text",
)
_OURS = ("queue_ids", "disabled")
_ATTEMPTS = 20


class CustomFieldBody(Body):
    """A field that administrators define. `key` and `field_type` never change."""

    id = serializers.IntegerField(read_only=True)
    key = Line(max_length=64, allow_blank=True, required=False)
    name = Line(max_length=service.LONGEST_NAME)
    field_type = Choice(choices=list(TYPES))
    values = serializers.ListField(
        child=serializers.CharField(), max_length=service.MOST_CHOICES, required=False
    )
    max_values = Number(min_value=0, max_value=1000, required=False)
    pattern = Line(max_length=service.LONGEST_PATTERN, allow_blank=True, required=False)
    required = Flag(required=False)  # type: ignore[assignment]  # DRF takes fields out of the class
    default = JSONValue(allow_null=True, required=False)
    help_text = Text(max_length=service.LONGEST_HELP, allow_blank=True, required=False)  # type: ignore[assignment]  # the same
    queue_ids = References(
        rows=Queue.objects.all, source="queue_fields", attribute="queue_id", required=False
    )
    disabled = Flag(required=False)


class CustomFieldViewSet(ConfigViewSet[CustomField]):
    """Custom fields. A deleted one is hidden, and comes back with `{"disabled": false}`."""

    see = change = "AdminCustomFields"
    body_class = CustomFieldBody
    parameters = {
        "list": (
            query.number("queue_id"),
            query.choice("disabled", ("true", "false"), "`true` for those that were deleted."),
            *pagination.parameters(BY_ID),
        )
    }

    def rows(self) -> QuerySet[CustomField]:
        """With their queues; deleted ones only for those who would bring them back."""
        rows = CustomField.objects.prefetch_related("queue_fields")
        gone = self.action in {"retrieve", "destroy"}
        return rows.filter(disabled=False) if gone else rows

    def seen(self, rows: QuerySet[CustomField]) -> QuerySet[CustomField]:
        """All for those who change them; those of the queues that he sees for anybody else."""
        if access.may(self.actor, self.see):
            return rows
        held = QueueField.objects.filter(queue__in=self._queues)
        return rows.filter(pk__in=held.values("field_id"))

    @cached_property
    def _queues(self) -> frozenset[int]:
        """Those that the caller may know of, who does not change fields."""
        return access.queues_with(self.actor, "SeeQueue")

    def present(self, rows: Sequence[CustomField]) -> Iterable[Any]:
        """The fields, each with those of its queues that the caller sees."""
        shown = [CustomFieldBody(row).data for row in rows]
        if access.may(self.actor, self.see):
            return shown
        for body in shown:
            body["queue_ids"] = [each for each in body["queue_ids"] if each in self._queues]
        return shown

    def filtered(self, rows: QuerySet[CustomField]) -> QuerySet[CustomField]:
        """Of one queue; not the deleted ones unless they are asked for."""
        rows = rows.filter(disabled=self.query.get("disabled") == "true")
        wanted = self.query.get("queue_id")
        if wanted is None:
            return rows
        if wanted not in self._queues and not access.may(self.actor, self.see):
            return rows.none()
        return rows.filter(queue_fields__queue=wanted)

    def read(self, row: CustomField | None) -> Mapping[str, Any]:
        """The definition complete and normalised, and what is ours of the body."""
        body = self.body()
        faults, ours = _ours(body)
        definition: Mapping[str, Any] = {}
        try:
            given = {name: value for name, value in body.items() if name in _DEFINITION}
            definition = service.clean(given, row, vocabulary=Vocabulary(_username))
        except Invalid as fault:
            faults |= fault.errors
        if faults:
            raise Invalid(faults)
        return {**definition, **ours}

    def save(self, row: CustomField | None, values: Mapping[str, Any]) -> CustomField:
        """Write the definition, then the queues that have the field."""
        own = dict(values)
        queue_ids = own.pop("queue_ids", None)
        field = row or CustomField()
        for name, value in own.items():
            setattr(field, name, value)
        if row is None and not self.body().get("key"):
            _save_under_a_free_key(field)
        else:
            _save(field)
        if queue_ids is not None:
            _attach(field, queue_ids)
        return field

    def destroy(self, request: Request, id: str) -> Response:
        """Hide the field; tickets and the log keep their values."""
        with self.noting(self.row_of(id, self.change)) as row:
            CustomField.objects.filter(pk=row.pk).update(disabled=True)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _save(field: CustomField) -> None:
    with unique({"customfields_customfield_key_key": "key", "custom_field_key_unique": "key"}):
        field.save()


def _save_under_a_free_key(field: CustomField) -> None:
    """A key that was made from the name gives way where another request takes it meanwhile."""
    for _attempt in range(_ATTEMPTS):
        try:
            _save(field)
        except Invalid:
            field.key = keys.of_name(field.name)
        else:
            return
    _save(field)


def _ours(body: Mapping[str, Any]) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The faults of names and of what is no part of a definition, and what is right of the latter."""
    faults: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    fields = CustomFieldBody().fields
    for name, value in body.items():
        if name == "id":
            faults[name] = [_("can only be read")]
        elif name in _OURS:
            try:
                found[name] = fields[name].run_validation(value)
            except serializers.ValidationError as fault:
                faults |= flatten(fault.detail, name)
        elif name not in _DEFINITION:
            faults[name[:100]] = [_("is no field of this")]
    return faults, found


def _username(wanted: str) -> str | None:
    people = User.objects.filter(username__iexact=wanted, kind=User.Kind.PERSON, disabled=False)
    return people.values_list("username", flat=True).first()


def _attach(field: CustomField, queue_ids: list[int]) -> None:
    """On exactly these queues; at the end of those that did not have it."""
    QueueField.objects.filter(field=field).exclude(queue__in=queue_ids).delete()
    held = set(QueueField.objects.filter(field=field).values_list("queue_id", flat=True))
    for queue_id in queue_ids:
        if queue_id in held:
            continue
        last = QueueField.objects.filter(queue=queue_id).aggregate(last=Max("position"))["last"]
        QueueField.objects.create(
            field=field, queue_id=queue_id, position=0 if last is None else last + 1
        )
