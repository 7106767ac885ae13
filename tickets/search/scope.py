"""Who asks, when and where: what a query's words mean besides the query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from tessera.accounts.models import User
from tessera.lib import clock
from tessera.lib.query.compare import CURRENT_USER, NOBODY
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Node, Op, terms
from tickets import access
from tickets.access import Actor
from tickets.config import Config, LifecycleSpec
from tickets.models import Watcher


@dataclass(frozen=True, slots=True)
class Known:
    """A user whom a query names, as queries compare him."""

    id: int
    username: str
    email: str


class Named:
    """The people whom queries named: each name is asked of the database once."""

    def __init__(self) -> None:
        self._asked: dict[str, list[Known]] = {}

    def of(self, names: Iterable[str]) -> tuple[Known, ...]:
        """Who is called so, or has the address: a statement where a name is new, else none."""
        wanted = list(dict.fromkeys(names))
        if new := [name for name in wanted if name not in self._asked]:
            found = _people(new)
            for name in new:
                self._asked[name] = [p for p in found if name in (p.username, p.email)]
        return tuple(dict.fromkeys(person for name in wanted for person in self._asked[name]))


@dataclass(frozen=True)
class Scope:
    """The caller, the moment and his time zone; `people` are the users whom the query names, by name and address."""

    actor: Actor
    now: datetime
    zone: tzinfo
    people: tuple[Known, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls, actor: Actor, tree: Node, *, now: datetime | None = None, named: Named | None = None
    ) -> "Scope":
        """For that query: one statement where it names people whom `named` does not know yet, else none."""
        zone = ZoneInfo(actor.person.time_zone)
        return cls(actor, now or clock.now(), zone, (named or Named()).of(_names(tree)))

    @property
    def config(self) -> Config:
        return self.actor.config

    @cached_property
    def watched(self) -> QuerySet[Watcher] | None:
        """The rows that let him see what he sees, where nothing but watching does and they are very many; else None."""
        found = access.watched_alone(self.actor)
        return found if found is not None and self.actor.watches_many else None

    @cached_property
    def versions(self) -> Mapping[int, LifecycleSpec]:
        """Every published version of every lifecycle, by its id."""
        return self.config.versions

    @cached_property
    def statuses(self) -> Mapping[str, Mapping[int, str]]:
        """Each spelling of a status, with its kind in each version that has it."""
        found: dict[str, dict[int, str]] = {}
        for number, version in self.versions.items():
            for status in version.definition.statuses:
                found.setdefault(status.name, {})[number] = status.kind
        return found

    def ids(self, part: str, folded: str) -> list[int]:
        """The users of that name or address."""
        if folded == CURRENT_USER:
            return [self.actor.id]
        return [one.id for one in self.people if getattr(one, _ATTRIBUTES[part]) == folded]

    def addresses(self, folded: str) -> list[str]:
        """The addresses, folded, of the users of that name."""
        if folded == CURRENT_USER:
            return [address] if (address := fold(self.actor.person.email)) else []
        return [one.email for one in self.people if one.username == folded and one.email]


_ATTRIBUTES: Mapping[str, str] = {"Name": "username", "EmailAddress": "email"}


def _names(tree: Node) -> set[str]:
    """What stands where a query names people as a whole."""
    return {
        fold(literal)
        for term in terms(tree)
        if not term.field.custom and FIELDS[term.field.name].kind is Kind.PERSON
        if term.op.positive in (Op.EQ, Op.IN)
        for literal in (term.value if isinstance(term.value, tuple) else (term.value,))
        if isinstance(literal, str)
    } - {"", CURRENT_USER, NOBODY}


def _people(wanted: Sequence[str]) -> tuple[Known, ...]:
    rows = User.objects.filter(Q(folded_username__in=wanted) | Q(folded_email__in=wanted))
    found = rows.order_by().values_list("pk", "folded_username", "folded_email")
    return tuple(Known(*row) for row in found)
