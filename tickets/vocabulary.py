"""What rooms that know no ticket are told of the rest: here, which users a field may name."""

from customfields.spec import Vocabulary
from tessera.accounts.models import User
from tickets.unit import Unit


def vocabulary_of(unit: Unit) -> Vocabulary:
    """The users of this system, asked through the unit's own memory of people."""

    def username(wanted: str) -> str | None:
        person = unit.people.by_username(wanted)
        return person.username if person and not person.disabled else None

    return Vocabulary(user_exists=username)


def _person(wanted: str) -> str | None:
    people = User.objects.filter(username__iexact=wanted, kind=User.Kind.PERSON, disabled=False)
    return people.values_list("username", flat=True).first()


# For definitions, which are saved outside of any unit of work.
PEOPLE = Vocabulary(user_exists=_person)
