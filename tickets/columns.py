"""The columns in which tickets are shown: each a name, a header for people, and what of a ticket stands in it.

To add one: a line in COLUMNS, and a test.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields.spec import FieldSpec
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue
from tickets.config import Config
from tickets.people import People
from tickets.state import INVERSE, ROLES, TicketState

MOST_COLUMNS = 100
CUSTOM = "cf."

# What stands in one column: a number stays one, of several members each is a text.
Plain: TypeAlias = str | int | bool | Decimal | datetime | None
Value: TypeAlias = Plain | tuple[Plain, ...]


@dataclass(frozen=True)
class Names:
    """What the columns of one table look names up in. `people` are loaded by the table, many at once."""

    config: Config
    people: People

    def person(self, user_id: int | None) -> str | None:
        """The username."""
        found = self.people.by_id(user_id) if user_id is not None else None
        return found.username if found else None

    def several(self, state: TicketState) -> dict[str, str]:
        """The ticket's custom fields that have values, by their names."""
        specs = self.config.queues[state.queue_id].fields
        shown = ((spec.name, joined(custom_value(spec, state, self.config))) for spec in specs)
        return {name: text for name, text in shown if text}


Read: TypeAlias = Callable[[TicketState, Names], Value]


@dataclass(frozen=True, slots=True)
class Column:
    """`header` is for people; `read` gives what stands there for a ticket."""

    name: str
    header: str | Promise
    read: Read


def custom_value(spec: FieldSpec, state: TicketState, config: Config) -> Value:
    """A custom field's value on the ticket; None too where the ticket's queue does not have the field."""
    if not any(each.id == spec.id for each in config.queues[state.queue_id].fields):
        return None
    held = tuple(_typed(spec, value) for value in state.custom_fields.get(spec.key, ()))
    if spec.several or len(held) > 1:
        return held or None
    return held[0] if held else None


def _typed(spec: FieldSpec, value: str | int | bool) -> Plain:  # noqa: FBT001  # JSON's three scalars
    return Decimal(str(value)) if spec.field_type == "Decimal" else value


def plain_text(value: Plain) -> str:
    """A value as text: times in ISO 8601 and UTC, `true` and `false`, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def joined(value: Value) -> str:
    """The same of several, with commas between them."""
    return ", ".join(map(plain_text, value)) if isinstance(value, tuple) else plain_text(value)


def _listed(pairs: Iterable[tuple[str, Iterable[object]]]) -> str:
    """`requestor: a@example.com, b@example.com; cc: …`, without what is empty."""
    told = ((name, ", ".join(map(str, members))) for name, members in pairs)
    return "; ".join(f"{name}: {text}" for name, text in told if text)


def _watchers(role: str) -> Read:
    return lambda state, _names: state.watchers.get(role, ())


def _links(direction: str) -> Read:
    return lambda state, _names: state.links.get(direction, ())


# The fields of a ticket as the API names them; a queue, a person or a lifecycle also by name.
COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("id", gettext_lazy("ID"), lambda t, _n: t.id),
        Column("key", gettext_lazy("Key"), lambda t, _n: t.key),
        Column("subject", gettext_lazy("Subject"), lambda t, _n: t.subject),
        Column("queue_id", gettext_lazy("Queue ID"), lambda t, _n: t.queue_id),
        Column("queue", gettext_lazy("Queue"), lambda t, n: n.config.queues[t.queue_id].name),
        Column("status", gettext_lazy("Status"), lambda t, _n: t.status),
        Column("owner_id", gettext_lazy("Owner ID"), lambda t, _n: t.owner_id),
        Column("owner", gettext_lazy("Owner"), lambda t, n: n.person(t.owner_id)),
        Column("creator_id", gettext_lazy("Creator ID"), lambda t, _n: t.creator_id),
        Column("creator", gettext_lazy("Creator"), lambda t, n: n.person(t.creator_id)),
        Column("priority", gettext_lazy("Priority"), lambda t, _n: t.priority),
        Column("due_at", gettext_lazy("Due"), lambda t, _n: t.due_at),
        Column("started_at", gettext_lazy("Started"), lambda t, _n: t.started_at),
        Column("resolved_at", gettext_lazy("Resolved"), lambda t, _n: t.resolved_at),
        Column("created_at", gettext_lazy("Created"), lambda t, _n: t.created_at),
        Column("updated_at", gettext_lazy("Last updated"), lambda t, _n: t.updated_at),
        Column("version", gettext_lazy("Version"), lambda t, _n: t.version),
        Column(
            "lifecycle_id",
            gettext_lazy("Lifecycle ID"),
            lambda t, n: n.config.lifecycle(t.lifecycle_version_id).lifecycle_id,
        ),
        Column(
            "lifecycle",
            gettext_lazy("Lifecycle"),
            lambda t, n: n.config.lifecycle(t.lifecycle_version_id).name,
        ),
        Column(
            "lifecycle_version",
            gettext_lazy("Lifecycle version"),
            lambda t, n: n.config.lifecycle(t.lifecycle_version_id).number,
        ),
        Column("requestors", gettext_lazy("Requestors"), _watchers("requestor")),
        Column("cc", gettext_lazy("Cc"), _watchers("cc")),
        Column("admin_cc", gettext_lazy("Admin Cc"), _watchers("admin_cc")),
        Column("depends_on", gettext_lazy("Depends on"), _links("depends_on")),
        Column("depended_on_by", gettext_lazy("Depended on by"), _links("depended_on_by")),
        Column("parents", gettext_lazy("Parents"), _links("parents")),
        Column("children", gettext_lazy("Children"), _links("children")),
        Column("refers_to", gettext_lazy("Refers to"), _links("refers_to")),
        Column("referred_to_by", gettext_lazy("Referred to by"), _links("referred_to_by")),
        Column(
            "watchers",
            gettext_lazy("Watchers"),
            lambda t, _n: _listed((role, t.watchers.get(role, ())) for role in ROLES),
        ),
        Column(
            "links",
            gettext_lazy("Links"),
            lambda t, _n: _listed((way, t.links.get(way, ())) for way in INVERSE),
        ),
        Column(
            "custom_fields",
            gettext_lazy("Custom fields"),
            lambda t, n: _listed((name, [text]) for name, text in n.several(t).items()),
        ),
    )
}
DEFAULT = (
    *("key", "subject", "queue", "status", "priority", "owner", "requestors"),
    *("due_at", "created_at", "updated_at"),
)


def read(names: Sequence[str], config: Config, *, fields: Iterable[str]) -> tuple[Column, ...]:
    """The columns of those names, in their order, with these custom fields to choose from, by their keys.

    Raises BadValue for what is no column, or stands there twice.
    """
    if not names:
        raise BadValue(_("must name a column"))
    if len(names) > MOST_COLUMNS:
        raise BadValue(_("has more than %(most)d members") % {"most": MOST_COLUMNS})
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadValue(_("“%(name)s” stands there twice") % {"name": twice[0][:80]})
    offered = [*COLUMNS, *(CUSTOM + key for key in fields)]
    for name in names:
        if name not in offered:
            raise BadValue(_unknown(name, offered))
    return known(names, config)


def known(names: Sequence[str], config: Config) -> tuple[Column, ...]:
    """The same without those that are not there: a custom field may have been deleted since."""
    found = [_column(name, config) for name in names if _is_known(name, config)]
    headers = [str(column.header) for column in found]
    return tuple(
        # Fields may share a name, where only their keys tell them apart.
        Column(column.name, f"{header} ({column.name})", column.read)
        if headers.count(header) > 1 and column.name.startswith(CUSTOM)
        else column
        for column, header in zip(found, headers, strict=True)
    )


def _is_known(name: str, config: Config) -> bool:
    return name in COLUMNS or (
        name.removeprefix(CUSTOM) in config.fields and name.startswith(CUSTOM)
    )


def _column(name: str, config: Config) -> Column:
    if name in COLUMNS:
        return COLUMNS[name]
    spec = config.fields[name.removeprefix(CUSTOM)]
    return Column(name, spec.name, lambda state, names: custom_value(spec, state, names.config))


def _unknown(name: str, offered: Iterable[str]) -> str:
    near = nearest(name, offered)
    if near is None:
        return _("there is no column “%(name)s”") % {"name": name[:80]}
    told = {"name": name[:80], "near": near}
    return _("there is no column “%(name)s”; did you mean “%(near)s”?") % told
