"""Patterns: tickets that were made through the door, taken apart so that they can be written with other values."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast

import orjson
from django.db.models import Model

from scrips.models import Attempt, Delivery, Run
from tessera.demo.bulk.copies import KINDS, NUMBERED, Pattern, Written, complete
from tessera.demo.bulk.groups import MODELS, Group, Unfit, groups
from tessera.demo.bulk.marks import Marks, Staff
from tessera.demo.bulk.stencils import NULL, Stencil, cell, json
from tickets.chain import canonical
from tickets.models import Link, Message, Ticket, Transaction, Watcher
from tickets.outcome import Cause, Entry

_LINKS = frozenset({"AddLink", "DeleteLink"})
_OWNER = re.compile(r"\b\d+\b")


def columns_of(model: type[Model]) -> list[Any]:
    """The fields that are written, in the order of the stencils."""
    return [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001  # documented


def read(staff: Staff) -> list[Pattern]:
    """All tickets that there are, as patterns. Raises `Unfit`."""
    return [_Cutter(group, staff).pattern() for group in groups()]


class _Cutter:
    """Takes one group apart."""

    def __init__(self, group: Group, staff: Staff) -> None:
        self.group = group
        self.marks = Marks(group, staff)
        self.gaps = self.marks.gaps

    def pattern(self) -> Pattern:
        rows = {table: list(self._rows(table)) for table in NUMBERED}
        chains = [self._chain(state.id) for state in self.group.states]
        messages = [
            self._message(number) for number in range(len(self.group.rows["tickets_message"]))
        ]
        return self._finished(rows, chains, messages)

    def _finished(
        self,
        rows: Mapping[str, list[str]],
        chains: Sequence[Sequence[tuple[str, int]]],
        messages: Sequence[str],
    ) -> Pattern:
        """Cut all texts, now that every gap is known. Raises `Unfit` where the pattern does not give itself again."""
        places = self.gaps.places(KINDS)

        def cut(text: str) -> Stencil:
            return self.gaps.cut(text, places)

        segments: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        for kind, which in places:
            segments[kind].append(which)
        found = Pattern(
            kind=self.group.queue.name,
            begins=self.marks.begins,
            ended=all(state.resolved_at is not None for state in self.group.states),
            busy=any(
                self.marks.staff.busy & {*state.watchers.get("cc", ())}
                for state in self.group.states
            ),
            agents=len(self.marks.agents),
            counts={table: len(held) for table, held in self.group.rows.items()},
            segments=[(kind, which) for kind, which in segments.items() if which],
            folded=[
                (place, places[which])
                for (kind, which), place in places.items()
                if kind == "folded"
            ],
            messages=[
                Written(
                    cut(text),
                    places["content", number],
                    places["searched", number],
                    places["sha256", number],
                )
                for number, text in enumerate(messages)
            ],
            chains=[
                [(cut(text), places["digest", number]) for text, number in chain]
                for chain in chains
            ],
            rows={table: cut("\n".join(held)) for table, held in rows.items() if held},
            own=[self.gaps.own[gap] for gap in places],
        )
        if complete(found, list(found.own)) != found.own:
            raise Unfit(f"{self.group.states[0].key} would not be the same again")
        return found

    def _rows(self, table: str) -> Iterator[str]:
        """The lines of a table as COPY reads them, with gaps."""
        model = MODELS[NUMBERED.index(table)]
        fields = columns_of(model)
        for row in self.group.rows[table]:
            changed = _CUT[model](self, row)
            cells = []
            for column in fields:
                value = changed.get(column.attname, getattr(row, column.attname))
                value = self.marks.at(value) if isinstance(value, datetime) else value
                cells.append(cell(value, is_json=column.get_internal_type() == "JSONField"))
            yield "\t".join(cells)

    def ticket(self, row: Ticket) -> dict[str, Any]:
        state = next(state for state in self.group.states if state.id == row.pk)
        text = partial(self.marks.text, row.pk)
        fields = {key: tuple(map(text, held)) for key, held in state.custom_fields.items()}
        moments = ("due_at", "started_at", "resolved_at", "created_at", "updated_at")
        changed: dict[str, Any] = {
            "subject": text(state.subject),
            "queue_id": self.gaps.number("queue", 0, state.queue_id),
            "owner_id": self.marks.user(state.owner_id),
            "creator_id": self.marks.user(state.creator_id),
            "updated_by_id": self.marks.user(state.updated_by_id),
            "priority": self.marks.number(state.priority, row.pk, "priority")
            if self._priority_stays(row.pk)
            else state.priority,
            "custom_fields": fields,
            "head": self.marks.digest(state.head),
            **{name: self.marks.at(getattr(state, name)) for name in moments},
        }
        columns = replace(state, **changed).columns()
        columns["search_subject"] = self.gaps.folded(columns["search_subject"])
        columns["search_fields"] = {
            key: list(map(self.gaps.folded, held)) for key, held in columns["search_fields"].items()
        }
        return {"id": self.marks.id("tickets_ticket", row.pk)} | columns

    def _priority_stays(self, ticket_id: int) -> bool:
        return not any(
            (entry.ticket_id, entry.type, entry.field) == (ticket_id, "Set", "priority")
            for entry in self.marks.entries
        )

    def entry(self, number: int) -> Entry:
        """An entry of the log with gaps; its digest is the one to come."""
        entry = self.marks.entries[number]
        old, new = (self._changed(entry, value) for value in (entry.old_value, entry.new_value))
        cause = entry.cause and Cause(
            self.marks.scrip(entry.cause.scrip_id),
            self.marks.id("tickets_transaction", entry.cause.transaction_id),
        )
        return replace(
            entry,
            id=self.marks.id("tickets_transaction", entry.id),
            ticket_id=self.marks.id("tickets_ticket", entry.ticket_id),
            old_value=old,
            new_value=new,
            data=self.marks.json(entry.data, entry.ticket_id),
            creator_id=self.marks.user(entry.creator_id),
            created_at=cast("datetime", self.marks.at(entry.created_at)),
            batch=self.marks.id("tickets_transaction", entry.batch),
            cause=cause,
            delivery_id=self.marks.id("scrips_delivery", entry.delivery_id),
            digest=self.gaps.text("digest", number, entry.digest),
        )

    def _changed(self, entry: Entry, value: Any) -> Any:
        """A value that was changed, as the log keeps it."""
        if entry.type in _LINKS:
            return self.marks.id("tickets_ticket", value)
        if entry.type != "Set":
            return self.marks.json(value, entry.ticket_id, entry.field)
        first = next(
            each
            for each in self.marks.entries
            if (each.ticket_id, each.type, each.field) == (entry.ticket_id, "Set", entry.field)
        )
        if entry.field == "priority" and (entry is not first or value is entry.new_value):
            return value
        return self.marks.json(value, entry.ticket_id, entry.field)

    def transaction(self, row: Transaction) -> dict[str, Any]:
        entry = self.entry(self.group.rows["tickets_transaction"].index(row))
        names = ("id", "ticket_id", "old_value", "new_value", "data", "creator_id", "created_at")
        return {name: getattr(entry, name) for name in names} | {
            "batch": entry.batch,
            "cause_scrip_id": entry.cause and entry.cause.scrip_id,
            "cause_transaction_id": entry.cause and entry.cause.transaction_id,
            "delivery_id": entry.delivery_id,
            "digest": entry.digest,
        }

    def _chain(self, ticket_id: int) -> list[tuple[str, int]]:
        """The ticket's log in the canonical form that digests are made of, with the place of each digest."""
        return [
            (json(canonical(self.entry(number)), option=orjson.OPT_SORT_KEYS), number)
            for number, entry in enumerate(self.marks.entries)
            if entry.ticket_id == ticket_id
        ]

    def _message(self, number: int) -> str:
        message = self.group.rows["tickets_message"][number]
        return self.marks.text(message.ticket_id, message.content)

    def message(self, row: Message) -> dict[str, Any]:
        place = self.group.place("tickets_message", row.pk)
        searched = NULL if row.search_content is None else cell(row.search_content, is_json=False)
        return {
            "id": self.marks.id("tickets_message", row.pk),
            "ticket_id": self.marks.id("tickets_ticket", row.ticket_id),
            "content": self.gaps.text("content", place, cell(row.content, is_json=False)),
            "search_content": self.gaps.text("searched", place, searched),
            "sha256": self.marks.hash(row.pk),
            "creator_id": self.marks.user(row.creator_id),
        }

    def watcher(self, row: Watcher) -> dict[str, Any]:
        email = self.marks.text(row.ticket_id, row.email)
        return {
            "id": self.marks.id("tickets_watcher", row.pk),
            "ticket_id": self.marks.id("tickets_ticket", row.ticket_id),
            "email": email,
            "address": self.gaps.folded(email) if email != row.email else row.address,
        }

    def link(self, row: Link) -> dict[str, Any]:
        return {
            "id": self.marks.id("tickets_link", row.pk),
            "source_id": self.marks.id("tickets_ticket", row.source_id),
            "target_id": self.marks.id("tickets_ticket", row.target_id),
        }

    def delivery(self, row: Delivery) -> dict[str, Any]:
        return {
            "id": self.marks.id("scrips_delivery", row.pk),
            "ticket_id": self.marks.id("tickets_ticket", row.ticket_id),
            "transaction_id": self.marks.id("tickets_transaction", row.transaction_id),
            "scrip_id": self.marks.scrip(row.scrip_id),
            "payload": self.marks.json(row.payload, row.ticket_id),
        }

    def attempt(self, row: Attempt) -> dict[str, Any]:
        place = self.group.place("scrips_attempt", row.pk)
        return {
            "id": self.marks.id("scrips_attempt", row.pk),
            "delivery_id": self.marks.id("scrips_delivery", row.delivery_id),
            "duration_ms": self.gaps.number("ms", place, row.duration_ms),
        }

    def run(self, row: Run) -> dict[str, Any]:
        place = self.group.place("scrips_run", row.pk)
        because = self.marks.text(row.transaction.ticket_id, row.because)
        if because.startswith("owner changed"):
            because = _OWNER.sub(lambda found: self.marks.user(int(found[0])), because)
        return {
            "id": self.marks.id("scrips_run", row.pk),
            "transaction_id": self.marks.id("tickets_transaction", row.transaction_id),
            "scrip_id": self.marks.scrip(row.scrip_id),
            "because": because,
            "effect": self.marks.json(row.effect, row.transaction.ticket_id),
            "duration_us": self.gaps.number("us", place, row.duration_us),
        }


_CUT: dict[type[Model], Callable[[_Cutter, Any], dict[str, Any]]] = {
    Ticket: _Cutter.ticket,
    Transaction: _Cutter.transaction,
    Message: _Cutter.message,
    Watcher: _Cutter.watcher,
    Link: _Cutter.link,
    Delivery: _Cutter.delivery,
    Attempt: _Cutter.attempt,
    Run: _Cutter.run,
}
