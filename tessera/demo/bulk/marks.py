"""Where a text or a value of a pattern is its own, and something else stands in a copy."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from scrips.models import Delivery
from tessera.demo.bulk.groups import Group
from tessera.demo.bulk.stencils import Gaps, Moment, json, replacer
from tickets.entries import entry_of
from tickets.state import INVERSE, TicketState

_USERS = frozenset({"owner", "owner_id", "creator_id"})
_NUMBERS = {
    "message_id": "tickets_message",
    "delivery_id": "scrips_delivery",
    "transaction_id": "tickets_transaction",
    "transaction_ids": "tickets_transaction",
    "batch": "tickets_transaction",
    "ticket_id": "tickets_ticket",
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_ASSET = re.compile(r"\bBW-\d{4}\b")


@dataclass(frozen=True, slots=True)
class Staff:
    """Those in whose place others may stand. `busy` are addresses that watch very many tickets."""

    agents: Mapping[int, tuple[str, str, str, str]]  # id, e-mail, name, username
    scrips: Mapping[int, str]  # names by id
    first_names: Mapping[str, str]  # by address
    system_id: int
    busy: frozenset[str]


class Marks:
    """Puts gaps in the place of what is a group's own."""

    def __init__(self, group: Group, staff: Staff) -> None:
        self.group = group
        self.staff = staff
        self.gaps = Gaps()
        self.begins: datetime = group.states[0].created_at
        self.entries = [entry_of(row) for row in group.rows["tickets_transaction"]]
        self.agents: list[int] = []  # in the order in which they come up
        self._texts = {state.id: self._needles(state) for state in group.states}

    def text(self, ticket_id: int, text: str) -> str:
        """A text about a ticket, with gaps."""
        return self._texts[ticket_id](text)

    def _needles(self, state: TicketState) -> Callable[[str], str]:
        """Puts gaps in the place of what is this ticket's own, in any text about it."""
        number = self.group.states.index(state)
        needles = self._own_words(state, number)
        subject = replacer(needles)(state.subject)
        if state.subject:
            needles = needles | {state.subject: subject + self.gaps.text("suffix", number, "")}
        first = replacer(needles)
        for place, message in enumerate(self.group.rows["tickets_message"]):
            if message.ticket_id == state.id:
                text = first(message.content)
                if message.creator_id != self.staff.system_id:
                    text = _longer(text, self.gaps.text("sentence", place, ""))
                needles = needles | {message.content: text}
        return replacer(needles)

    def _own_words(self, state: TicketState, number: int) -> dict[str, str]:
        gap = self.gaps
        place = self.group.place("tickets_ticket", state.id)
        needles = {
            state.key: gap.text("key", place, state.key),
            f"tessera.ticket.{state.id}": "tessera.ticket."
            + gap.text("tickets_ticket", place, str(state.id)),
            f"priority {self._began_with(state.id)['priority']}": "priority "
            + self._priority(state.id),
        }
        for address in state.watchers.get("requestor", ()):
            name = self.staff.first_names[address]
            needles[address] = gap.text("customer", number, address)
            needles[name] = gap.text("customer_name", number, name)
        for key, kind in (("location", "location"), ("cost_centre", "cost")):
            for value in state.custom_fields.get(key, ()):
                needles[value] = gap.text(kind, (number, value), value)
        for value in sorted(self._assets(state)):
            needles[value] = gap.text("asset", (number, value), value)
        for value in state.custom_fields.get("start_date", ()):
            day = datetime.combine(datetime.fromisoformat(value), self.begins.timetz())
            needles[value] = gap.text("first_day", day, value)
        return needles | self._of_queue() | self._of_deliveries(state.id) | self._of_agents()

    def _assets(self, state: TicketState) -> set[str]:
        """The assets that the ticket, or a text of its, speaks of."""
        rows = self.group.rows["tickets_message"]
        said = [row.content for row in rows if row.ticket_id == state.id]
        return {found for text in said for found in _ASSET.findall(text)} | {
            *state.custom_fields.get("asset_tag", ())
        }

    def _of_queue(self) -> dict[str, str]:
        queue = self.group.queue
        return {
            queue.name: self.gaps.text("queue_name", 0, queue.name),
            queue.correspond_address: self.gaps.text("queue_address", 0, queue.correspond_address),
            queue.comment_address: self.gaps.text("queue_comments", 0, queue.comment_address),
        }

    def _of_deliveries(self, ticket_id: int) -> dict[str, str]:
        """The ids that mails and webhooks go by."""
        found: dict[str, str] = {}
        for place, delivery in enumerate(self.group.rows["scrips_delivery"]):
            if delivery.ticket_id != ticket_id:
                continue
            number = self.gaps.text("scrips_delivery", place, str(delivery.pk))
            if delivery.kind == Delivery.Kind.EMAIL:
                tail = delivery.payload["message_id"].split(".")[2].partition("@")[0]
                new = f"tessera.{number}.{self.gaps.text('mail', place, tail)}"
                found[f"tessera.{delivery.pk}.{tail}"] = new
            else:
                tail = delivery.payload["webhook_id"].rpartition("_")[2]
                new = f"msg_{number}_{self.gaps.text('hook', place, tail)}"
                found[delivery.payload["webhook_id"]] = new
        return found

    def _of_agents(self) -> dict[str, str]:
        """What the agents of the group are called, in texts; their names in rules stand between quotes."""
        ids = {entry.creator_id for entry in self.entries}
        ids |= {state.owner_id for state in self.group.states if state.owner_id is not None}
        found: dict[str, str] = {}
        for number in sorted(ids & self.staff.agents.keys()):
            _id, email, name, username = self.staff.agents[number]
            place = self._agent(number)
            found[email] = self.gaps.text("user_email", place, email)
            found[name] = self.gaps.text("user_name", place, name)
            found[f"'{username}'"] = f"'{self.gaps.text('user_username', place, username)}'"
        return found

    def _agent(self, number: int) -> int:
        if number not in self.agents:
            self.agents.append(number)
        return self.agents.index(number)

    def user(self, number: int | None) -> Any:
        """A user's id: a gap for an agent's; the service desk and the system stay who they are."""
        if number is None or number not in self.staff.agents:
            return number
        return self.gaps.number("user", self._agent(number), number)

    def id(self, table: str, number: int | None) -> Any:
        """The id of one of the group's rows."""
        if number is None:
            return None
        return self.gaps.number(table, self.group.place(table, number), number)

    def at(self, moment: datetime | None) -> Any:
        """A time, as a gap for its form with microseconds."""
        if moment is None:
            return None
        own = moment.isoformat(timespec="microseconds")
        return Moment(self.gaps.text("at", moment - self.begins, own))

    def _began_with(self, ticket_id: int) -> Mapping[str, Any]:
        rows = self.group.rows["tickets_transaction"]
        values: Mapping[str, Any] = next(
            row.data["values"]
            for row in rows
            if row.ticket_id == ticket_id and row.type == "Create"
        )
        return values

    def _priority(self, ticket_id: int, *, number: bool = False) -> str:
        """The gap for the priority that a ticket began with."""
        own = self._began_with(ticket_id)["priority"]
        kind = "urgent" if own >= 80 else "priority"
        place = self.group.place("tickets_ticket", ticket_id)
        if number:
            return self.gaps.number(kind, place, own)
        return self.gaps.text(kind, place, str(own))

    def json(self, value: Any, ticket_id: int, key: str = "", above: str = "") -> Any:
        """A value of a row's JSON, with gaps."""
        if isinstance(value, dict):
            told = {name: self.json(held, ticket_id, name, key) for name, held in value.items()}
            if "sha256" in value:
                told["sha256"] = self.hash(value["message_id"])
            return told
        if isinstance(value, list):
            return [self.json(held, ticket_id, key, above) for held in value]
        if isinstance(value, str):
            return self._said(value, ticket_id, key)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value, ticket_id, key, above)
        return value

    def _said(self, text: str, ticket_id: int, key: str) -> str:
        if key == "digest":
            return self.digest(text)
        if key == "body" and text.startswith('{"id":"msg_'):
            return json(self.json(orjson.loads(text), ticket_id))
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return self.gaps.text("at_z", moment - self.begins, text)
        return self._texts[ticket_id](text)

    def number(self, number: int, ticket_id: int, key: str, above: str = "") -> Any:
        """A number. What it means follows from what it, and what it stands in, is called."""
        if key in _USERS:
            return self.user(number)
        if key in _NUMBERS:
            return self.id(_NUMBERS[key], number)
        if key in {"queue", "queue_id"}:
            return self.gaps.number("queue", 0, number)
        if above == "links" and key in INVERSE:
            return self.id("tickets_ticket", number)
        if key == "scrip_id" or (key, above) == ("id", "scrip"):
            return self.scrip(number)
        if key == "id":
            return self.id(f"tickets_{above}", number)
        if key == "priority" and number == self._began_with(ticket_id)["priority"]:
            return self._priority(ticket_id, number=True)
        return number

    def scrip(self, number: int | None) -> Any:
        """A scrip's id: in another queue it is that of the same name."""
        if number is None:
            return None
        return self.gaps.number("scrip", self.staff.scrips[number], number)

    def hash(self, message_id: int) -> str:
        """The hash of a message's text."""
        place = self.group.place("tickets_message", message_id)
        own = self.group.rows["tickets_message"][place].sha256
        return self.gaps.text("sha256", place, own)

    def digest(self, own: str) -> str:
        """The digest of one of the group's entries."""
        place = next(place for place, entry in enumerate(self.entries) if entry.digest == own)
        return self.gaps.text("digest", place, own)


def _longer(text: str, more: str) -> str:
    """A message with a sentence more, before the name that it ends with or at its end."""
    said, apart, signed = text.rpartition("\n\n")
    if apart and " " not in signed:
        return f"{said}{more}{apart}{signed}"
    return text + more
