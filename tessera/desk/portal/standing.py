"""Where a ticket stands, in words that need no knowledge of its lifecycle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from lifecycles.parts import Definition
from tessera.accounts.rights import CUSTOMER
from tessera.desk.portal.access import customers_of
from tessera.lib.query.fold import fold
from tickets.config import Config
from tickets.models import Transaction
from tickets.people import People
from tickets.state import TicketState


@dataclass(frozen=True, slots=True)
class Last:
    """Who spoke last to the other side, and when. `staff` is whether it was an answer."""

    at: datetime
    staff: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """`word` says it, `kind` is the status's own and gives the colour. `told` leads to how long ago it was, or where it
    `lasts` to how long it is so, counted from `since`. `step` counts from 0 along `steps`."""

    word: str
    kind: str
    told: str
    since: datetime
    step: int

    @property
    def lasts(self) -> bool:
        """Whether we are the next to do something."""
        return self.step < 2


def steps() -> Sequence[str]:
    """The stations of every request."""
    return (_("Received"), _("In work"), _("Answered"), _("Closed"))


def standing(state: TicketState, config: Config, last: Last | None) -> Standing:
    """Costs no statement."""
    definition = config.lifecycle(state.lifecycle_version_id).definition
    kind = definition.kind(state.status)
    spoken = last.at if last else state.created_at
    if kind == "inactive":
        return Standing(_("Closed"), kind, _("Closed"), state.resolved_at or state.updated_at, 3)
    if _theirs(definition, state.status):
        return Standing(_("Waiting for you"), kind, _("Asked you"), spoken, 2)
    if last is not None and last.staff:
        return Standing(_("Answered"), kind, _("Answered"), spoken, 2)
    word, step = (_("Received"), 0) if kind == "initial" else (_("In work"), 1)
    return Standing(word, kind, _("With us for"), spoken, step)


def _theirs(definition: Definition, status: str) -> bool:
    """Whether the lifecycle says that customers are the next to do something."""
    named = {fold(each): role for each, role in definition.responsible.items()}
    return fold(named.get(fold(status), "")) == CUSTOMER


def spoke_last(states: Sequence[TicketState], people: People) -> Mapping[int, Last]:
    """By the ids of the tickets: two statements for all of them. What rules say by themselves is no answer."""
    said = Transaction.objects.filter(
        ticket__in=[state.id for state in states],
        type__in=("Create", "Correspond"),
        cause_scrip_id=None,
    )
    rows = list(
        said.order_by("ticket_id", "-seq")
        .distinct("ticket_id")
        .values_list("ticket_id", "type", "creator_id", "created_at")
    )
    people.load([creator for _id, _type, creator, _at in rows])
    customers = {state.id: customers_of(state) for state in states}
    found = {}
    for number, kind, creator, at in rows:
        person = people.by_id(creator)
        asks = person is not None and fold(person.email) in customers[number]
        found[number] = Last(at, staff=kind == "Correspond" and not asks)
    return found
