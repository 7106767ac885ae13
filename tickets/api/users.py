"""/api/users and /api/groups."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from tessera.accounts.models import Group, User
from tessera.accounts.models.user import not_reserved, validate_language, validate_time_zone
from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import Address, Choice, Flag, Line, References, Text, Untaken
from tessera.lib.api.order import BY_ID
from tessera.lib.errors import Invalid
from tickets import granting
from tickets.api.base import ConfigViewSet, unique

_USERNAME = User._meta.get_field("username").validators  # noqa: SLF001  # Django's own way to a field


class UserBody(Body):
    """A user. The password can only be written; the system user can't be changed."""

    id = serializers.IntegerField(read_only=True)
    username = Line(
        max_length=150, validators=[*_USERNAME, not_reserved, Untaken(User.objects.all)]
    )
    email = Address(allow_blank=True, required=False, validators=[Untaken(User.objects.all)])
    first_name = Line(max_length=150, allow_blank=True, required=False)
    last_name = Line(max_length=150, allow_blank=True, required=False)
    time_zone = Line(max_length=64, required=False, validators=[validate_time_zone])
    language = Line(max_length=10, allow_blank=True, required=False, validators=[validate_language])
    kind = Choice(choices=["person", "system"], required=False)
    disabled = Flag(required=False)
    password = Text(max_length=1000, write_only=True, required=False)
    created_at = serializers.DateTimeField(read_only=True)


class UserViewSet(ConfigViewSet[User]):
    """People, and the system user."""

    see = change = "AdminUsers"
    body_class = UserBody
    parameters = {"list": pagination.parameters(BY_ID)}

    def rows(self) -> QuerySet[User]:
        """All of them."""
        return User.objects.all()

    def read(self, row: User | None) -> Mapping[str, Any]:
        """The body with all of its faults, those of the password and of who may be what too."""
        faults: dict[str, list[str]] = {}
        try:
            values = dict(super().read(row))
        except serializers.ValidationError as fault:
            faults = flatten(fault.detail)
            values = {name: value for name, value in self.body().items() if name not in faults}
        faults |= self._faults(row or User(), values)
        if faults:
            raise Invalid(faults)
        return values

    def save(self, row: User | None, values: Mapping[str, Any]) -> User:
        """Write the user; the password is kept hashed."""
        own = dict(values)
        password = own.pop("password", None)
        user = row or User()
        if row is not None:
            granting.refuse_change_of(row, actor=self.actor)
        for name, value in own.items():
            setattr(user, name, value)
        if password is not None:
            user.set_password(password)
        elif row is None:
            user.set_unusable_password()
        with unique({"user_username_unique": "username", "user_email_unique": "email"}):
            if own.get("disabled"):
                with granting.somebody_administers():
                    user.save()
            else:
                user.save()
        return user

    def _faults(self, user: User, values: Mapping[str, Any]) -> dict[str, list[str]]:
        """What the fields alone can't tell; `values` are those that are right by themselves."""
        faults: dict[str, list[str]] = {}
        if user.kind == User.Kind.SYSTEM:
            faults["id"] = [_("the system user can't be changed")]
        if values.get("kind", User.Kind.PERSON) != User.Kind.PERSON:
            faults["kind"] = [_("there is one system user; others are persons")]
        if values.get("disabled") and user.pk == self.user.pk:
            faults["disabled"] = [_("you can't disable yourself")]
        if "password" in values:
            try:
                validate_password(values["password"], _as_it_will_be(user, values))
            except ValidationError as fault:
                faults["password"] = fault.messages
        return faults


def _as_it_will_be(user: User, values: Mapping[str, Any]) -> User:
    """A copy with the new names, which a password must not resemble."""
    names = ("username", "email", "first_name", "last_name")
    return User(**{name: values.get(name, getattr(user, name)) for name in names})


class GroupBody(Body):
    """A group."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=150, validators=[Untaken(Group.objects.all)])
    member_ids = References(
        rows=lambda: User.objects.filter(kind=User.Kind.PERSON), source="members", required=False
    )


class GroupViewSet(ConfigViewSet[Group]):
    """People who are given rights, or written to, together."""

    see = change = "AdminUsers"
    body_class = GroupBody
    parameters = {"list": pagination.parameters(BY_ID)}

    def rows(self) -> QuerySet[Group]:
        """With their members."""
        return Group.objects.prefetch_related("members")

    def save(self, row: Group | None, values: Mapping[str, Any]) -> Group:
        """Write the group; `member_ids` is the whole new list."""
        group = row or Group()
        if row is not None and "members" in values:
            granting.refuse_joining(row, actor=self.actor)
        group.name = values.get("name", group.name)
        with unique({"group_name_unique": "name"}):
            group.save()
        if "members" in values:
            with granting.somebody_administers():
                group.members.set(values["members"])
        return group
