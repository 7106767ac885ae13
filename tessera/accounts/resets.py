"""A new password by mail: who may ask how often, and what is told of it. The mail itself is `tessera.desk.resets`."""

from datetime import timedelta

from django.db.models import Value
from django.db.models.functions import Lower

from tessera.accounts import audit, gates, login
from tessera.accounts.audit import Subject
from tessera.accounts.gates import Shut, Way
from tessera.accounts.login import Try
from tessera.accounts.models import User
from tessera.accounts.pacing import Pace
from tessera.lib.client import current_address, neighbourhood

_PURPOSE = "reset"
_FROM_ONE_PLACE = Pace(
    free=10, each=timedelta(minutes=10), step=timedelta(seconds=30), cap=timedelta(minutes=15)
)
_MAILS = Pace(free=3, each=timedelta(minutes=20), step=timedelta(minutes=5), cap=timedelta(hours=1))


def ask(email: str) -> int:
    """Somebody asks for a link to `email`. Gives the id of the user to write to, or 0 for nobody.

    The work is the same whether anybody has that address. More mails than a few an hour are silently not sent: the
    last of them still counts. Raises `Shut` for a place that asks too often.
    """
    place = Way.of(_FROM_ONE_PLACE, f"{_PURPOSE} address", neighbourhood(current_address()))
    gates.take([place])
    user = _known(email)
    try:
        gates.take([Way.of(_MAILS, f"{_PURPOSE} mail", login.fold(email))])
    except Shut:
        return 0
    login.note_sparingly("password_reset_requested", subject=user or Subject("user", None, email))
    return user.pk if user else 0


def done(user: User) -> None:
    """He has a new password: note it, and let his name begin anew at the gates."""
    audit.note("password_changed", actor=user, subject=user, facts={"way": "reset"})
    gates.forget(Try(login.fold(user.username)).of_the_name)


def may_have_link(user: User) -> bool:
    """Whether a link would be of use: not to the disabled, nor to those who log in without a password."""
    return bool(user.is_active and user.email and user.has_usable_password())


def _known(email: str) -> User | None:
    # In the words of the unique index.
    wanted = Lower(Value(email))
    return User.objects.alias(folded=Lower("email")).exclude(email="").filter(folded=wanted).first()
