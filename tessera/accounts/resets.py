"""A new password by mail: who may have it, and what is told of it. The mail itself is `tessera.desk.mails`."""

from tessera.accounts import audit, gates, login
from tessera.accounts.asking import Errand
from tessera.accounts.login import Try
from tessera.accounts.models import User

ERRAND = Errand("reset", "password_reset_requested")


def done(user: User) -> None:
    """He has a new password: note it, and let his name begin anew at the gates."""
    audit.note("password_changed", actor=user, subject=user, facts={"way": "reset"})
    gates.forget(Try(login.fold(user.username)).of_the_name)


def may_have_link(user: User) -> bool:
    """Whether a link would be of use: not to the disabled, nor to those who log in without a password."""
    return bool(user.is_active and user.email and user.has_usable_password())
