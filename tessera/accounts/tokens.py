"""API tokens made and revoked. Asks no rights: whoever calls has asked them."""

from datetime import datetime

from django.utils.translation import gettext as _

from tessera.accounts import audit
from tessera.accounts.audit import Somebody
from tessera.accounts.models import ApiToken, User
from tessera.lib import room

MOST = 500  # of one user


def issue(
    user: User, *, actor: Somebody | None, name: str = "", expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token with its key, which nobody can be shown again, in the caller's transaction. Raises `LimitReached`."""
    ask_room(user)
    key = ApiToken.issue(user, name=name, expires_at=expires_at)
    token = ApiToken.objects.get(digest=ApiToken.digest_of(key))
    audit.added(token, actor=actor)
    return token, key


def ask_room(user: User) -> None:
    """Raise `LimitReached` where the user has as many as one may have."""
    full = _("%(user)s has %(most)d API tokens: revoke one that is no longer needed.")
    told = full % {"user": user, "most": MOST}
    room.ask(user.tokens.all(), owner_id=user.pk, most=MOST, full=told)


def revoke(token: ApiToken, *, actor: Somebody | None) -> None:
    """What uses it is logged out at once."""
    audit.deleted(token, actor=actor)
    token.delete()
