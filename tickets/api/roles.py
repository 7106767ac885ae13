"""/api/roles and /api/grants: who may do what."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts.models import Group, Role, User
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body
from tessera.lib.api.fields import Choice, Line, Reference
from tessera.lib.api.order import BY_ID
from tessera.lib.errors import Invalid
from tickets import granting
from tickets.api.base import ConfigViewSet
from tickets.models import Grant, Queue

_MOST_RIGHTS = 200
_RECEIVERS = ("user_id", "group_id", "ticket_role")


class RoleBody(Body):
    """A role: rights under a name, besides those of the role that it inherits."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100)
    rights = serializers.ListField(
        child=Line(max_length=64), max_length=_MOST_RIGHTS, required=False
    )
    inherits = Line(
        max_length=100,
        allow_null=True,
        required=False,
        source="inherits.name",
        help_text="The name of a role, or null.",
    )


class RoleViewSet(ConfigViewSet[Role]):
    """Roles."""

    see = change = "AdminUsers"
    body_class = RoleBody
    parameters = {"list": pagination.parameters(BY_ID)}

    def rows(self) -> QuerySet[Role]:
        """With what they inherit."""
        return Role.objects.select_related("inherits")

    def read(self, row: Role | None) -> Mapping[str, Any]:
        """The fields, `inherits` as the name that it is."""
        values = dict(super().read(row))
        if "inherits" in values:
            values["inherits"] = values["inherits"]["name"]
        return values

    def save(self, row: Role | None, values: Mapping[str, Any]) -> Role:
        """Under the rules of `granting`."""
        return granting.save_role(row, values, actor=self.actor)


class GrantBody(Body):
    """A role given to a user, a group, or whoever is something on a ticket; everywhere or in one queue."""

    id = serializers.IntegerField(read_only=True)
    role = Line(max_length=100, source="role.name", help_text="The role's name.")
    user_id = Reference(rows=User.objects.all, allow_null=True, required=False)
    group_id = Reference(rows=Group.objects.all, allow_null=True, required=False)
    ticket_role = Choice(choices=Grant.TicketRole.values, allow_null=True, required=False)
    queue_id = Reference(rows=Queue.objects.all, allow_null=True, required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """`ticket_role` is null where the grant is to a user or a group."""
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {"ticket_role": shown["ticket_role"] or None}


class GrantViewSet(ConfigViewSet[Grant]):
    """Grants."""

    see = change = "AdminUsers"
    body_class = GrantBody
    parameters = {
        "list": (
            query.number("user_id"),
            query.number("group_id"),
            query.number("queue_id"),
            *pagination.parameters(BY_ID),
        )
    }

    def rows(self) -> QuerySet[Grant]:
        """With their roles."""
        return Grant.objects.select_related("role")

    def filtered(self, rows: QuerySet[Grant]) -> QuerySet[Grant]:
        """Of one user, group or queue."""
        return rows.filter(**self.filters("user_id", "group_id", "queue_id"))

    def save(self, row: Grant | None, values: Mapping[str, Any]) -> Grant:
        """Under the rules of `granting`; what a change does not name stays."""
        errors: dict[str, list[str]] = {}
        role = row.role if row is not None else None
        if "role" in values:
            name = values["role"]["name"]
            role = Role.objects.filter(name__iexact=name).first()
            if role is None:
                errors["role"] = [_("there is no role “%(name)s”") % {"name": name}]
        to = {field: getattr(row, field) if row else None for field in (*_RECEIVERS, "queue_id")}
        to |= {field: values[field] for field in to if field in values}
        given = [field for field in _RECEIVERS if to[field]]
        if len(given) != 1:
            told = _("give exactly one of user_id, group_id and ticket_role")
            errors[given[1] if given else "user_id"] = [told]
        if errors or role is None:
            raise Invalid(errors)
        wanted = granting.Wanted(role=role, **to | {"ticket_role": to["ticket_role"] or ""})
        return granting.save_grant(row, wanted, actor=self.actor)

    def destroy(self, request: Request, id: str) -> Response:
        """End it: what it gave is gone with the next request."""
        with self.noting(self.row_of(id, self.change)) as row:
            granting.end_grant(row, actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
