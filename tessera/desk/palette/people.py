"""People, each leading to the tickets that he has to do with."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from tessera.accounts.models import User
from tessera.desk.forms.who_may import people_like
from tessera.desk.palette.shape import Choice
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.complete import literal
from tessera.lib.query.fold import fold
from tickets.access import Actor, anywhere

MOST = 5
_SHORTEST = 2
_PATIENCE = 150  # milliseconds to look through the names of all users


def like(typed: str, actor: Actor) -> tuple[Choice, ...]:
    """Those whose username or address begins so, then those of whom each word begins a name. Who is a user is told to
    those who work with tickets. Two statements, the second limited."""
    if len(typed) < _SHORTEST or not anywhere(actor, "ModifyTicket"):
        return ()
    begun = Q(folded_username__startswith=fold(typed)) | Q(folded_email__startswith=fold(typed))
    found = list(_known(User.objects.filter(begun).order_by("folded_username")))
    if len(found) < MOST:
        found += [each for each in _named(typed) if each not in found]
    return tuple(_choice(each) for each in found[:MOST])


def _named(typed: str) -> Iterable[User]:
    try:
        with at_most(_PATIENCE):
            return list(_known(people_like(typed)))
    except TookTooLong:
        return ()


def _known(rows: QuerySet[User]) -> QuerySet[User]:
    return rows.filter(disabled=False, kind=User.Kind.PERSON)[:MOST]


def _choice(user: User) -> Choice:
    query = (
        f"Watcher = {literal(user.email)}" if user.email else f"Owner = {literal(user.username)}"
    )
    return Choice(
        label=user.name,
        link=f"{reverse('search')}?{urlencode({'q': query})}",
        note=user.email or user.username,
    )
