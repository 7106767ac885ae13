"""Who has a ticket open just now. It lies in the cache for a moment and nowhere else."""

import logging
from dataclasses import dataclass

from django.core.cache import cache

from tickets.people import People

log = logging.getLogger(__name__)

# Of a page that asks every fifteen seconds one question may be lost.
_LASTS = 35
_REMEMBERED = 3600
_MOST = 20
_WRITING = "w"


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has the ticket open."""

    name: str
    writing: bool


def met(ticket_id: int, user_id: int, *, writing: bool) -> list[Present]:
    """The others who have the ticket open; they see that the user has. At most one statement.

    A cache that is away means that nobody is seen. Who comes in the same moment as another is seen at his next sign.
    """
    try:
        others = _signs(ticket_id, user_id, writing=writing)
    except Exception:  # noqa: BLE001 -- whatever ails the cache, the ticket can be worked on
        log.warning("The cache does not answer: nobody sees who else has a ticket open.")
        return []
    people = People()
    people.load(others)
    found = ((people.by_id(number), sign) for number, sign in others.items())
    return [Present(person.name, sign == _WRITING) for person, sign in found if person]


def _signs(ticket_id: int, user_id: int, *, writing: bool) -> dict[int, str]:
    """A sign of one's own, and those of the others: each has a key, one more names who may have left some."""
    index = f"tessera:here:{ticket_id}"
    known: list[int] = cache.get(index) or []
    cache.set(_key(ticket_id, user_id), _WRITING if writing else "r", timeout=_LASTS)
    keys = {_key(ticket_id, number): number for number in known if number != user_id}
    signs = {keys[key]: sign for key, sign in cache.get_many(keys).items()}
    if user_id not in known:
        cache.set(index, [*signs, user_id][-_MOST:], timeout=_REMEMBERED)
    return dict(sorted(signs.items()))


def _key(ticket_id: int, user_id: int) -> str:
    return f"tessera:here:{ticket_id}:{user_id}"
