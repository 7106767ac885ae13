"""What rooms that know no ticket are told of the rest: here, which users a field may name."""

from customfields.spec import Vocabulary
from tickets.unit import Unit


def vocabulary_of(unit: Unit) -> Vocabulary:
    """The users of this system, asked through the unit's own memory of people."""

    def username(wanted: str) -> str | None:
        person = unit.people.by_username(wanted)
        return person.username if person and not person.disabled else None

    return Vocabulary(user_exists=username)
