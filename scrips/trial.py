"""Trying a template on what really happened: what it would say about a recorded transaction."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from scrips.facts import Round
from scrips.models import Template
from scrips.rendering import RenderFailed, render
from tessera.lib.errors import Invalid
from tickets import access, config, replay, service
from tickets.access import Actor
from tickets.entries import entry_of, texts_of
from tickets.ids import Ids
from tickets.models import Transaction
from tickets.outcome import RECORDS
from tickets.state import TicketState
from tickets.unit import Acting, Unit


@dataclass(frozen=True, slots=True)
class Texts:
    """A template's texts, saved or not."""

    subject: str
    body: str
    content_type: str

    @property
    def html(self) -> bool:
        """Whether values are escaped in the body."""
        return self.content_type == Template.ContentType.HTML


def render_on(
    texts: Texts, *, ticket_id: int, transaction_id: int | None, actor: Actor
) -> dict[str, str]:
    """`{"subject", "body"}` for a transaction of that ticket, or for the last that rules run for.

    The ticket is as it was after that transaction. Raises Invalid at `ticket_id` or `transaction_id`
    for what there is not, and at `subject_template` or `body_template` with the line at fault.
    """
    context = round_of(ticket_id, transaction_id, actor).context
    done: dict[str, str] = {}
    faults: dict[str, list[str]] = {}
    for name, source, html in (
        ("subject", texts.subject, False),
        ("body", texts.body, texts.html),
    ):
        try:
            done[name] = render(source, context, html=html)
        except RenderFailed as fault:
            faults[f"{name}_template"] = [str(fault)]
    if faults:
        raise Invalid(faults)
    return done


def round_of(
    ticket_id: int, transaction_id: int | None, actor: Actor, *, ids: Ids | None = None
) -> Round:
    """The round of a transaction of that ticket, or of the last that rules run for, as the actor may see it.

    `ids` are where numbers come from, by default the real sequences. Raises NotFound, and Invalid at `transaction_id`.
    """
    current = service.visible(ticket_id, actor)
    hidden = access.hidden_types(access.held_on(actor, current))
    rows = Transaction.objects.filter(ticket=ticket_id).exclude(type__in=hidden)
    if transaction_id is None:
        row = rows.exclude(type__in=RECORDS).order_by("-seq").first()
    else:
        row = rows.filter(pk=transaction_id).first()
    if row is None:
        raise Invalid({"transaction_id": [_("the ticket has no such transaction")]})
    state: TicketState = current
    if transaction_id is not None:
        state = replay.at(ticket_id, row.seq) or current
    unit_rows = rows.filter(batch=row.batch).exclude(type__in=RECORDS).order_by("seq")
    entries = tuple(entry_of(found) for found in unit_rows)
    unit = Unit(
        config=config.current(),
        acting=Acting(actor),
        ids=ids or Ids(),
        before={ticket_id: state},
        messages=[(number, ticket_id, text) for number, text in texts_of(entries).items()],
    )
    return Round(unit, state, entry_of(row), entries, reader=actor)
