"""What a custom field's definition must agree with besides itself: its queues, its neighbours, the tickets.

`customfields.service` judges the definition alone; what refuses is called inside the transaction that writes it.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from customfields import service
from customfields.models import CustomField
from customfields.spec import LONGEST_INDEXED, FieldSpec
from tessera.accounts import audit
from tessera.accounts.audit import Somebody
from tessera.accounts.snapshots import snapshot
from tessera.lib.errors import Invalid
from tickets import field_usage
from tickets.config import Config
from tickets.models import QueueField
from tickets.state import TicketState

Names = Mapping[int, str]  # queues by id


def gone(state: TicketState, config: Config) -> tuple[FieldSpec, ...]:
    """The fields of which the ticket, as it was, has values, and which were deleted or taken from its queue since. A
    statement where there are such."""
    known = {spec.key for spec in config.queues[state.queue_id].fields}
    keys = [key for key, held in state.custom_fields.items() if held and key not in known]
    rows = CustomField.objects.filter(key__in=keys).order_by("pk") if keys else ()
    return tuple(map(FieldSpec.of, rows))


def refuse_index(field: CustomField, *, was_indexed: bool) -> None:
    """An index holds one value of each ticket. Raises `Invalid`."""
    if field.indexed and not was_indexed and field_usage.unfit_for_index(field.key):
        told = _("some ticket has several values, or one of more than %(most)d characters")
        raise Invalid({"indexed": [told % {"most": LONGEST_INDEXED}]})


def refuse_lone(field: CustomField, at: str) -> None:
    """Where a field is, those that control it must be; asked for the field, and for those that it controls, as they
    stand in the database. Raises `Invalid` at the attribute, naming the queues.
    """
    if field.disabled:
        return
    here = _queues(field)
    texts = [
        _("needs %(other)s beside it in the queue %(queue)s") % {"other": other.name, "queue": name}
        for other in _controllers(field)
        for name in _absent(here, _queues(other))
    ]
    texts += [
        _("%(other)s depends on it in the queue %(queue)s") % {"other": other.name, "queue": name}
        for other in dependents(field)
        for name in _absent(_queues(other), here)
    ]
    if texts:
        raise Invalid({at: texts})


def refuse_lone_in(fields: Iterable[CustomField], at: str) -> None:
    """The same for the fields of one queue, whether it is kept or not. Raises `Invalid`."""
    rows = [row for row in fields if not row.disabled]
    here = {row.key for row in rows}
    texts = [
        _("%(field)s needs %(other)s beside it") % {"field": row.name, "other": other.name}
        for row in rows
        if not here.issuperset(FieldSpec.of(row).controllers)
        for other in _controllers(row)
        if other.key not in here
    ]
    if texts:
        raise Invalid({at: texts})


def dependents(field: CustomField) -> list[CustomField]:
    """The fields that this one controls, but for deleted ones."""
    named = Q(depends_on=field.key) | Q(show_when__field=field.key)
    return list(CustomField.objects.filter(named, disabled=False).order_by("pk"))


def carry_renames(
    field: CustomField, renamed: Mapping[str, str], *, actor: Somebody | None
) -> None:
    """What was offered or shown under an old name of a choice is so under the new one too."""
    for row in dependents(field) if renamed else ():
        before = snapshot(row)
        if service.followed(row, field.key, renamed):
            row.save(update_fields=["choice_details", "show_when"])
            audit.changed(row, before, actor=actor)


def _controllers(field: CustomField) -> list[CustomField]:
    """Those that are there: one that was deleted controls nothing."""
    keys = FieldSpec.of(field).controllers
    return list(CustomField.objects.filter(key__in=keys, disabled=False)) if keys else []


def _queues(field: CustomField) -> Names:
    rows = QueueField.objects.filter(field=field).order_by("queue__name")
    return dict(rows.values_list("queue_id", "queue__name"))


def _absent(wanted: Names, held: Names) -> list[str]:
    return [name for number, name in wanted.items() if number not in held]
