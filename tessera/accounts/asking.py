"""Links by mail: who may ask how often, and that nobody learns whether anybody has an address."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Value
from django.db.models.functions import Lower

from tessera.accounts import gates, login
from tessera.accounts.audit import Subject
from tessera.accounts.gates import Shut, Way
from tessera.accounts.models import User
from tessera.accounts.pacing import Pace
from tessera.lib.client import current_address, neighbourhood

_FROM_ONE_PLACE = Pace(
    free=10, each=timedelta(minutes=10), step=timedelta(seconds=30), cap=timedelta(minutes=15)
)
_MAILS = Pace(free=3, each=timedelta(minutes=20), step=timedelta(minutes=5), cap=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Errand:
    """What a link is for: `purpose` keeps its gates apart from others', `noted` is the audit's word for asking."""

    purpose: str
    noted: str

    def ask(self, email: str) -> int:
        """Somebody asks for a link to `email`. Gives the id of the user to write to, or 0 for nobody.

        The work is the same whether anybody has that address. More mails than a few an hour are silently not sent: the
        last of them still counts. Raises `Shut` for a place that asks too often.
        """
        place = neighbourhood(current_address())
        gates.take([Way.of(_FROM_ONE_PLACE, f"{self.purpose} address", place)])
        user = _known(email)
        try:
            gates.take([Way.of(_MAILS, f"{self.purpose} mail", login.fold(email))])
        except Shut:
            return 0
        login.note_sparingly(self.noted, subject=user or Subject("user", None, email))
        return user.pk if user else 0


def _known(email: str) -> User | None:
    # In the words of the unique index.
    wanted = Lower(Value(email))
    return User.objects.alias(folded=Lower("email")).exclude(email="").filter(folded=wanted).first()
