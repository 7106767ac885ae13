"""What caused what on a ticket: person → transaction → scrip → transaction → mail."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from scrips.models import Delivery, Run
from tessera.accounts.models import User
from tickets import access
from tickets.access import Actor
from tickets.changes.plain import iso
from tickets.models import Transaction
from tickets.models.ticket import ticket_key
from tickets.outcome import RECORDS
from tickets.state import TicketState


def chain(state: TicketState, actor: Actor) -> list[dict[str, Any]]:
    """The tree, oldest first: `{"kind": "transaction"|"scrip"|"delivery", "id", "name", "status", "at", "children"}`.

    Roots are what people did. Records of deliveries are the deliveries' own ends, and no nodes. Under a scrip that made
    a ticket stands that ticket's Create, with all that came of it. Of what the actor may not see nothing is there. Four
    statements, and two for each generation of tickets that scrips made.
    """
    hidden = access.hidden_types(access.held_on(actor, state)) | RECORDS
    rows = Transaction.objects.filter(ticket=state.id).exclude(type__in=hidden).order_by("seq")
    return _Chain(state.id, list(rows), actor).roots()


class _Chain:
    def __init__(self, ticket_id: int, rows: Sequence[Transaction], actor: Actor) -> None:
        self.ticket_id, self.actor = ticket_id, actor
        self.rows: dict[int, Transaction] = {}
        self.runs: defaultdict[int, list[Run]] = defaultdict(list)
        self._add(rows)
        runs = [run for found in self.runs.values() for run in found]
        ids = [
            run.effect["delivery_id"]
            for run in runs
            if run.effect and run.effect.get("delivery_id")
        ]
        self.deliveries = Delivery.objects.in_bulk(ids) if ids else {}
        people = {row.creator_id for row in self.rows.values()}
        self.people = {user.pk: user for user in User.objects.filter(pk__in=people)}

    def _add(self, rows: Sequence[Transaction]) -> None:
        """These, their runs, and the logs of the tickets that came of them, as far as they may be seen."""
        known = {self.ticket_id}
        while rows:
            self.rows |= {row.pk: row for row in rows}
            found = list(Run.objects.filter(transaction__in=rows).order_by("pk"))
            for run in found:
                self.runs[run.transaction_id].append(run)
            effects = (run.effect or {} for run in found)
            made = {each["ticket_id"] for each in effects if each.get("ticket_id")} - known
            known |= made
            log = access.visible_log(self.actor).filter(ticket__in=made)
            rows = list(log.exclude(type__in=RECORDS).order_by("seq")) if made else ()

    def roots(self) -> list[dict[str, Any]]:
        """Those of the ticket that no scrip caused, or one whose transaction can't be seen."""
        return [
            self._transaction(row)
            for row in self.rows.values()
            if row.ticket_id == self.ticket_id and row.cause_transaction_id not in self.rows
        ]

    def _transaction(self, row: Transaction) -> dict[str, Any]:
        name = row.type if not row.field else f"{row.type} {row.field}"
        if row.ticket_id != self.ticket_id:
            name = f"{name} {ticket_key(row.ticket_id)}"
        return {
            "kind": "transaction",
            "id": row.pk,
            "name": name,
            "status": None,
            "at": iso(row.created_at),
            "by": None if row.cause_scrip_id else self.people[row.creator_id].username,
            "children": [self._run(run) for run in self.runs[row.pk]],
        }

    def _run(self, run: Run) -> dict[str, Any]:
        effect = run.effect or {}
        children = [
            self._transaction(self.rows[number])
            for number in effect.get("transaction_ids", ())
            if number in self.rows
        ]
        if delivery := self.deliveries.get(effect.get("delivery_id") or 0):
            children.append(_delivery(delivery))
        return {
            "kind": "scrip",
            "id": run.scrip_id,
            "name": run.name,
            "status": run.verdict,
            "at": iso(run.created_at),
            "because": run.because,
            "error": run.error or None,
            "children": children,
        }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    payload = delivery.payload
    told = ", ".join(payload["to"]) if "to" in payload else payload["url"]
    return {
        "kind": "delivery",
        "id": delivery.pk,
        "name": told,
        "status": delivery.status,
        "at": iso(delivery.sent_at or delivery.created_at),
        "children": [],
    }
