"""People, groups and keys in the administration, under the rules of `granting`: nobody gives himself more here."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tessera.accounts.admin import (
    ApiTokenAdmin,
    GroupAdmin,
    GroupForm,
    TokenForm,
    UserAdmin,
    UserForm,
)
from tessera.accounts.models import ApiToken, Group, User
from tessera.lib.errors import Forbidden
from tickets import granting
from tickets.access import Actor, actor_of
from tickets.models import Grant


def _actor(request: HttpRequest) -> Actor:
    assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
    return actor_of(request.user)


def _refusal(ask: Callable[[], object]) -> Forbidden | None:
    """Why that may not be done, or None."""
    try:
        ask()
    except Forbidden as refusal:
        return refusal
    return None


def _tried(do: Callable[[], object]) -> Forbidden | None:
    """Why that may not be done because of who would be left, or None. Nothing of it is kept but the turn."""
    granting.take_turns()

    def undone() -> None:
        with transaction.atomic():
            with granting.somebody_administers():
                do()
            transaction.set_rollback(True)

    return _refusal(undone)


class GuardedUserForm(UserForm):
    """A user who is not the last to administer."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("disabled") and not self.errors and (why := _tried(self._disable)):
            self.add_error("disabled", str(why))
        return cleaned

    def _disable(self) -> None:
        User.objects.filter(pk=self.instance.pk).update(disabled=True)


@admin.register(User)
class GuardedUserAdmin(UserAdmin):
    """People. Who holds what the reader does not is only looked at."""

    form = GuardedUserForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Also that to set a password."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not _refusal(
            lambda: granting.refuse_change_of(obj, actor=_actor(request))
        )


class GuardedGroupForm(GroupForm):
    """A group whose members are not the last to administer."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        known = self.instance._state.adding is False  # noqa: SLF001  # documented, whatever its name
        if known and not self.errors and (why := _tried(self._join)):
            self.add_error("members", str(why))
        return cleaned

    def _join(self) -> None:
        self.instance.members.set(self.cleaned_data["members"])


@admin.register(Group)
class GuardedGroupAdmin(GroupAdmin):
    """Groups. One that holds what the reader does not is only looked at."""

    form = GuardedGroupForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not _refusal(
            lambda: granting.refuse_joining(obj, actor=_actor(request))
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A group that was granted something stays until that is ended, each by itself."""
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or not Grant.objects.filter(group=obj).exists()


class GuardedTokenForm(TokenForm):
    """A token for somebody who holds no more than whoever makes it: who has the key is that user."""

    actor: Actor  # set on the class that the admin makes for each request

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if why := _refusal(lambda: granting.refuse_change_of(user, actor=self.actor)):
            raise forms.ValidationError(str(why))
        if not user.is_active:
            raise forms.ValidationError(_("This user can't log in."))
        return user


@admin.register(ApiToken)
class GuardedTokenAdmin(ApiTokenAdmin):
    """Keys for programs."""

    form = GuardedTokenForm

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **given)
        form.actor = _actor(request)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may(request, obj)

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or not _refusal(
            lambda: granting.refuse_change_of(obj.user, actor=_actor(request))
        )
