"""API tokens made and revoked. Asks no rights: whoever calls has asked them."""

from datetime import datetime

from tessera.accounts import audit
from tessera.accounts.audit import Somebody
from tessera.accounts.models import ApiToken, User


def issue(
    user: User, *, actor: Somebody | None, name: str = "", expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token with its key, which nobody can be shown again."""
    key = ApiToken.issue(user, name=name, expires_at=expires_at)
    token = ApiToken.objects.get(digest=ApiToken.digest_of(key))
    audit.added(token, actor=actor)
    return token, key


def revoke(token: ApiToken, *, actor: Somebody | None) -> None:
    """What uses it is logged out at once."""
    audit.deleted(token, actor=actor)
    token.delete()
