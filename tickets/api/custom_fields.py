"""/api/custom-fields."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customfields import keys, service
from customfields.choices import COLOURS, LONGEST_CHOICE, MOST_CHOICES
from customfields.models import CustomField
from customfields.spec import MOST_VALUES
from customfields.types import TYPES
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import Choice, Flag, JSONValue, Line, Number, References, Text
from tessera.lib.api.order import BY_ID
from tessera.lib.errors import Invalid
from tickets import access, field_usage, fielding
from tickets.api.base import ConfigViewSet, unique
from tickets.models import Queue, QueueField
from tickets.vocabulary import PEOPLE

_DEFINITION = (
    *("key", "name", "field_type", "values", "choices", "max_values", "pattern", "pattern_message"),
    *(
        "minimum",
        "maximum",
        "required",
        "default",
        "help_text",
        "depends_on",
        "show_when",
        "indexed",
        "for_customers",
    ),
)
# What says where a field stands beside others, in the order in which a fault of it is told.
_PLACING = ("queue_ids", "depends_on", "show_when", "disabled")
_OURS = ("queue_ids", "disabled")
_ATTEMPTS = 20


class ChoiceBody(Body):
    """What a select offers."""

    value = Line(max_length=LONGEST_CHOICE)
    colour = Choice(choices=list(COLOURS), allow_null=True, required=False)
    disabled = Flag(required=False)
    when = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="The values of the parent field under which it is offered; none: always.",
    )
    was = Line(
        max_length=LONGEST_CHOICE,
        write_only=True,
        required=False,
        allow_null=True,
        help_text="Renames the choice of this name, which stays as a disabled one.",
    )


class ShowWhenBody(Body):
    """The field takes a value only while another one has one of these."""

    field = serializers.CharField()
    values = serializers.ListField(child=JSONValue(), min_length=1, max_length=MOST_VALUES)


class CustomFieldBody(Body):
    """A field that administrators define. `key` and `field_type` never change."""

    id = serializers.IntegerField(read_only=True)
    key = Line(max_length=64, allow_blank=True, required=False)
    name = Line(max_length=service.LONGEST_NAME)
    field_type = Choice(choices=list(TYPES))
    values = serializers.ListField(
        child=serializers.CharField(), max_length=MOST_CHOICES, required=False
    )
    choices = ChoiceBody(
        many=True,
        required=False,
        help_text="The same in full; given instead of `values`, never beside it.",
    )
    max_values = Number(min_value=0, max_value=1000, required=False)
    pattern = Line(max_length=service.LONGEST_PATTERN, allow_blank=True, required=False)
    pattern_message = Line(
        max_length=service.LONGEST_HELP,
        allow_blank=True,
        required=False,
        help_text="What a person reads instead of the pattern.",
    )
    minimum = JSONValue(allow_null=True, required=False)
    maximum = JSONValue(allow_null=True, required=False)
    required = Flag(required=False)  # type: ignore[assignment]  # DRF takes fields out of the class
    default = JSONValue(allow_null=True, required=False)
    depends_on = serializers.CharField(
        allow_null=True, required=False, help_text="The key of the parent field, a select."
    )
    show_when = ShowWhenBody(allow_null=True, required=False)
    indexed = Flag(required=False)
    for_customers = Flag(
        required=False,
        help_text="Whether customers see it in the portal, and fill it in when they ask for help.",
    )
    help_text = Text(max_length=service.LONGEST_HELP, allow_blank=True, required=False)  # type: ignore[assignment]  # the same
    queue_ids = References(
        rows=Queue.objects.all, source="queue_fields", attribute="queue_id", required=False
    )
    disabled = Flag(required=False)

    def to_representation(self, instance: CustomField) -> dict[str, Any]:
        """No parent is null."""
        return {**super().to_representation(instance), "depends_on": instance.depends_on or None}


class UsageBody(Body):
    """How many tickets a field touches."""

    tickets = serializers.IntegerField(min_value=0, max_value=field_usage.CAP)
    choices = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=field_usage.CAP)
    )
    count_capped = serializers.BooleanField(source="capped")


class CustomFieldViewSet(ConfigViewSet[CustomField]):
    """Custom fields. A deleted one is hidden, and comes back with `{"disabled": false}`."""

    see = change = "AdminCustomFields"
    body_class = CustomFieldBody
    _renamed: Mapping[str, str] = {}
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
            judged = service.judge(given, row, vocabulary=PEOPLE)
            definition, self._renamed = judged.found, judged.renamed
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
        was_indexed = field.indexed
        for name, value in own.items():
            setattr(field, name, value)
        if row is None and not self.body().get("key"):
            _save_under_a_free_key(field)
        else:
            _save(field)
        if queue_ids is not None:
            _attach(field, queue_ids)
        fielding.refuse_index(field, was_indexed=was_indexed)
        if named := [name for name in _PLACING if name in self.body()]:
            fielding.refuse_lone(field, named[0])
        fielding.carry_renames(field, self._renamed, actor=self.user)
        return field

    @extend_schema(responses={200: UsageBody})
    @action(detail=True, methods=["get"])
    def usage(self, request: Request, id: str) -> Response:
        """How many tickets have a value of the field, and each of its choices; no count goes beyond 10,000."""
        row = self.row_of(id, self.change)
        return Response(UsageBody(field_usage.usage(row)).data)

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
