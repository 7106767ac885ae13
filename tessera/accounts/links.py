"""Coming in by a link that was mailed: it counts once, for a quarter of an hour, and for whoever holds it.

The mail itself is `tessera.desk.mails`.
"""

import secrets
from datetime import timedelta

from tessera.accounts.asking import Errand
from tessera.accounts.models import LoginLink, User
from tessera.lib import clock

LIFE = timedelta(minutes=15)
ERRAND = Errand("link", "login_link_requested")


def issue(user: User) -> str:
    """A new link's key, which nobody can be shown again: only its hash is kept."""
    now = clock.now()
    key = secrets.token_urlsafe(32)
    LoginLink.objects.create(
        user=user, digest=LoginLink.digest_of(key), created_at=now, expires_at=now + LIFE
    )
    return key


def holder(key: str) -> User | None:
    """Whom the link would let in; None where it counts no longer. Uses nothing up."""
    rows = LoginLink.objects.select_related("user")
    found = rows.filter(digest=LoginLink.digest_of(key), expires_at__gt=clock.now()).first()
    return found.user if found and found.user.is_active else None


def use(key: str) -> User | None:
    """Whom the link lets in, this once; None where it counts no longer. Of two at once, one finds it used.

    The user's other links end with it.
    """
    user = holder(key)
    if user is None or not LoginLink.objects.filter(digest=LoginLink.digest_of(key)).delete()[0]:
        return None
    LoginLink.objects.filter(user=user).delete()
    return user


def may_have_link(user: User) -> bool:
    """Whether a link would be of use: not to the disabled."""
    return bool(user.is_active and user.email)


def purge() -> int:
    """Drop the links that ran out; how many there were."""
    deleted, _each = LoginLink.objects.filter(expires_at__lte=clock.now()).delete()
    return deleted
