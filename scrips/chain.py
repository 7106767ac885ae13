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
from tickets.outcome import RECORDS
from tickets.state import TicketState


def chain(state: TicketState, actor: Actor) -> list[dict[str, Any]]:
    """The tree, oldest first: `{"kind": "transaction"|"scrip"|"delivery", "id", "name", "status", "at", "children"}`.

    Roots are what people did. Records of deliveries are the deliveries' own ends, and no nodes. Of what the actor
    may not see nothing is there. Four statements.
    """
    hidden = access.hidden_types(access.held_on(actor, state)) | RECORDS
    rows = Transaction.objects.filter(ticket=state.id).exclude(type__in=hidden).order_by("seq")
    return _Chain(list(rows)).roots()


class _Chain:
    def __init__(self, rows: Sequence[Transaction]) -> None:
        self.rows = {row.pk: row for row in rows}
        self.runs: defaultdict[int, list[Run]] = defaultdict(list)
        for run in Run.objects.filter(transaction__in=self.rows).order_by("pk"):
            self.runs[run.transaction_id].append(run)
        ids = [
            run.effect["delivery_id"]
            for runs in self.runs.values()
            for run in runs
            if run.effect and run.effect.get("delivery_id")
        ]
        self.deliveries = Delivery.objects.in_bulk(ids) if ids else {}
        people = {row.creator_id for row in rows}
        self.people = {user.pk: user for user in User.objects.filter(pk__in=people)}

    def roots(self) -> list[dict[str, Any]]:
        """Those that no scrip caused, or one whose transaction can't be seen."""
        return [
            self._transaction(row)
            for row in self.rows.values()
            if row.cause_transaction_id not in self.rows
        ]

    def _transaction(self, row: Transaction) -> dict[str, Any]:
        name = row.type if not row.field else f"{row.type} {row.field}"
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
