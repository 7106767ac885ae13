"""What Django's admin asks, answered from the grants."""

from collections.abc import Mapping

from django.contrib.auth.backends import ModelBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from tessera.accounts.models import User
from tessera.accounts.rights import SUPER_USER
from tessera.lib.logs import note_user
from tickets.access import actor_of

# The right that administers each model's table; whatever is not here is SuperUser's alone.
_RIGHTS: Mapping[str, str] = {
    "accounts.user": "AdminUsers",
    "accounts.group": "AdminUsers",
    "accounts.role": "AdminUsers",
    "accounts.apitoken": "AdminUsers",
    "tickets.grant": "AdminUsers",
    "tickets.queue": "AdminQueue",
    "tickets.queuefield": "AdminQueue",
    "lifecycles.lifecycle": "AdminLifecycles",
    "lifecycles.lifecycleversion": "AdminLifecycles",
    "customfields.customfield": "AdminCustomFields",
    "scrips.scrip": "AdminScrips",
    "scrips.template": "AdminScrips",
    "scrips.run": "AdminScrips",
}


class GrantsBackend(ModelBackend):
    """Logs people in by name and password, and says what they may administer: what they hold everywhere."""

    def get_user(self, user_id: int) -> User | None:
        """The session's user with the ids of his groups, in one statement."""
        groups = User.member_of.through.objects.filter(user_id=OuterRef("pk")).order_by()
        found = User.objects.annotate(held_groups=ArraySubquery(groups.values("group_id")))
        user = found.filter(pk=user_id).first()
        if user is None or not user.is_active:
            return None
        user.group_ids = frozenset(user.held_groups)
        note_user(user_id)
        return user

    def has_perm(self, user_obj: object, perm: str, obj: object = None) -> bool:  # noqa: ARG002  # Django's signature
        """Whether the user may do that to rows of that model, whichever verb it is."""
        app, _dot, action = perm.partition(".")
        right = _RIGHTS.get(f"{app}.{action.partition('_')[2]}", SUPER_USER)
        return _holds(user_obj, right)

    def has_module_perms(self, user_obj: object, app_label: str) -> bool:
        """Whether the user may administer something of the app; `admin` stands for the whole site."""
        rights = {
            right
            for model, right in _RIGHTS.items()
            if app_label == "admin" or model.startswith(f"{app_label}.")
        }
        return _holds(user_obj, *(rights or {SUPER_USER}))


def _holds(user: object, *rights: str) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    held = actor_of(user).held()
    return any(held.has(right) for right in rights)
