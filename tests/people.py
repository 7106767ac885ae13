"""People for tests, with what they may."""

from typing import Any

from tessera.accounts.models import Role, User
from tickets.models import Grant, Queue
from tickets.stock import make_administrator


def administrator(username: str, password: str | None = None, **fields: Any) -> User:
    """Somebody who may everything."""
    user = User.objects.create_user(username, password, **fields)
    make_administrator(user)
    return user


def grant(role: str, **to: Any) -> Grant:
    """Give a role to `user`, `group` or `ticket_role`, in `queue` or everywhere."""
    return Grant.objects.create(role=Role.objects.get(name=role), **to)


def holder(username: str, *rights: str, queue: Queue | None = None, **fields: Any) -> User:
    """Somebody who has just these rights, in the queue or everywhere."""
    user = User.objects.create_user(username, **fields)
    role = Role.objects.create(name=f"only {username}", rights=list(rights))
    Grant.objects.create(role=role, user=user, queue=queue)
    return user
