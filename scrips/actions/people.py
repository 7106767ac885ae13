"""Actions about people: who works on the ticket, and who is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.actions.base import ChangePlan, Nothing, Plan, Source
from scrips.checking import Checker, is_template
from scrips.facts import Round
from scrips.recipients import addresses
from scrips.schemas import Schema, settings, text
from tessera.lib import values
from tessera.lib.query.fold import fold
from tickets import service
from tickets.changes import parse
from tickets.outcome import Effect
from tickets.state import TicketState
from tickets.unit import Unit

ACTOR, NOBODY = "actor", "nobody"
# The roles of a ticket, and the field of a request that has each one's addresses.
WATCHERS: Mapping[str, str] = {"requestor": "requestors", "cc": "cc", "admin_cc": "admin_cc"}
# Words that stand for people here as in a mail.
PEOPLE = ("requestor", "owner", "cc", "admin_cc", "actor")


class SetOwner:
    """Give the ticket to somebody: `{"owner": username, "actor" (who made the change) or "nobody"}`."""

    key: ClassVar[str] = "SetOwner"
    label: ClassVar[str | Promise] = gettext_lazy("set the owner")
    schema: ClassVar[Schema] = settings("owner", owner=text(gettext_lazy("owner"), "user"))

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.owner: str = config["owner"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        raw = config.get("owner")
        if not (isinstance(raw, str) and fold(raw) in (ACTOR, NOBODY)):
            checker.owner("action_config.owner", raw)

    def prepare(self, round_: Round) -> Plan:
        return ChangePlan({"owner_id": self._owner_id(round_)})

    def _owner_id(self, round_: Round) -> int | None:
        word = fold(self.owner)
        if word == NOBODY:
            return None
        people = round_.unit.people
        person = round_.actor if word == ACTOR else people.by_username(self.owner)
        if person is None:
            raise values.BadValue(_("there is no user “%(name)s”") % {"name": self.owner[:150]})
        return person.id


@dataclass(frozen=True, slots=True)
class WatchersPlan:
    """Addresses that join those of a role, whoever else has joined them by then. `state` is the ticket when the plan
    was made."""

    role: str
    addresses: tuple[str, ...]
    state: TicketState

    def commit(self, unit: Unit, round_: Round) -> Effect:
        state = unit.state(round_.state.id)
        made = service.change(unit, state.id, parse(self._changes(state)))
        return Effect("change", {"transaction_ids": [entry.id for entry in made]})

    def foreseen(self) -> Effect:
        changes = self._changes(self.state)
        return Effect("change", {"transaction_ids": [], "changes": changes})

    def _changes(self, state: TicketState) -> dict[str, Any]:
        """The role's whole list, as a PATCH takes it."""
        held = state.watchers.get(self.role, ())
        known = {fold(address) for address in held}
        added = [address for address in self.addresses if fold(address) not in known]
        return {WATCHERS[self.role]: [*held, *added]}


class AddWatcher:
    """Add a watcher: `{"role", "address"}`. The address is an entry as in a mail: a role, an address or a template."""

    key: ClassVar[str] = "AddWatcher"
    label: ClassVar[str | Promise] = gettext_lazy("add a watcher")
    schema: ClassVar[Schema] = settings(
        "role",
        "address",
        role=text(gettext_lazy("role"), enum=list(WATCHERS)),
        address=text(gettext_lazy("address"), "recipient"),
    )

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.role: str = config["role"]
        self.address: str = config["address"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        if config.get("role") not in WATCHERS:
            told = _("must be one of %(names)s") % {"names": ", ".join(WATCHERS)}
            checker.fault("action_config.role", told)
        _check_address(config.get("address"), checker)

    def prepare(self, round_: Round) -> Plan | Nothing:
        found = addresses(round_, self.address)
        if not found:
            return Nothing(_("there is no address to add"))
        return WatchersPlan(self.role, tuple(found), round_.state)


def _check_address(raw: object, checker: Checker) -> None:
    path = "action_config.address"
    if isinstance(raw, str) and raw in PEOPLE:
        return
    if isinstance(raw, str) and is_template(raw):
        checker.template(path, raw)
        return
    try:
        values.email(raw)
    except values.BadValue as error:
        told = _("%(error)s, and no role; there are %(roles)s")
        checker.fault(path, told % {"error": error, "roles": ", ".join(PEOPLE)})
