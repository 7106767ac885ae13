"""What an action is: at `prepare` a complete plan without any effect, at `commit` the carrying out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from scrips import outbox
from scrips.checking import Checker
from scrips.facts import Round
from scrips.models import Delivery
from scrips.schemas import Schema
from tickets import service
from tickets.changes import parse
from tickets.outcome import Effect
from tickets.unit import Unit


@dataclass(frozen=True, slots=True)
class Source:
    """Whose action it is: what a delivery remembers of the scrip."""

    scrip_id: int
    version: int
    name: str
    template: "MailTemplate | None"


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A template's texts."""

    id: int
    subject: str
    body: str
    html: bool


class Plan(Protocol):
    """Everything that is going to happen, ready to be looked at."""

    def commit(self, unit: Unit, round_: Round) -> Effect:
        """Carry it out inside the unit of work. Raises `Refused` where the door does."""

    def foreseen(self) -> Effect:
        """What it would come to, for those who only want to know: nothing has an id yet."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do, and this is why."""

    because: str


def remark(plan: Plan | Nothing) -> str:
    """What there is to say of it besides why the rule acts."""
    return plan.because if isinstance(plan, Nothing | DeliveryPlan) else ""


class Action(Protocol):
    """A kind of action. `key` is its name in the contract, `label` the words for people, `schema` the JSON Schema of
    its settings: settings that it does not have are refused before `check` is asked."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    schema: ClassVar[Schema]

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:
        """From settings that `check` passed."""

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        """Note every fault of the settings, by its path below `action_config`."""

    def prepare(self, round_: Round) -> Plan | Nothing:
        """The plan. No side effect; raises what rendering and resolving refuse."""


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Changes of the ticket, as the API's PATCH takes them."""

    changes: Mapping[str, Any]

    def commit(self, unit: Unit, round_: Round) -> Effect:
        made = service.change(unit, round_.state.id, parse(self.changes))
        ids = [entry.id for entry in made if entry.ticket_id == round_.state.id]
        return Effect("change", {"transaction_ids": ids})

    def foreseen(self) -> Effect:
        return Effect("change", {"transaction_ids": [], "changes": dict(self.changes)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPlan:
    """A mail or webhook, complete: its row is written with the change and sent after COMMIT. `because` says why it is
    not all that the rule asks for."""

    delivery_id: int
    kind: Delivery.Kind
    source: Source
    payload: Mapping[str, Any]
    host: str
    shown: Mapping[str, Any]
    because: str = ""

    def commit(self, unit: Unit, round_: Round) -> Effect:
        unit.rows.append(
            Delivery(
                id=self.delivery_id,
                kind=self.kind,
                ticket_id=round_.state.id,
                transaction_id=round_.entry.id,
                scrip_id=self.source.scrip_id,
                scrip_version=self.source.version,
                payload=dict(self.payload),
                host=self.host,
                next_attempt_at=outbox.first_attempt_at(),
                created_at=unit.now,
            )
        )
        return Effect(str(self.kind), {"delivery_id": self.delivery_id, **self.shown})

    def foreseen(self) -> Effect:
        return Effect(str(self.kind), {"delivery_id": None, **self.shown})
