"""The door: the only place where a ticket begins or changes.

Pages, API, mail, scrips and bulk edits all come through here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from tessera.lib.database import prepared
from tessera.lib.errors import Busy, Invalid, NotFound, Refused, VersionConflict
from tessera.lib.logs import log_ids
from tickets import config
from tickets.access import Actor, may
from tickets.changes import place, read
from tickets.changes.base import Change
from tickets.changes.create import begin
from tickets.changes.links import SetLinks
from tickets.changes.queue import SetQueue
from tickets.changes.status import SetStatus
from tickets.changes.version import SetVersion
from tickets.config import Config
from tickets.flush import flush
from tickets.ids import Ids, PreviewIds
from tickets.outcome import Cause, Entry, Outcome, Preview
from tickets.state import TicketState, fetch, lock, lock_logs
from tickets.unit import Acting, NotLocked, Unit

_PREVIEW_LOCK_TIMEOUT = "1s"
_ROUNDS = 5  # how often the work begins anew because links named tickets that were not locked yet


@dataclass(frozen=True, slots=True)
class _Work:
    """What one unit of work is to do: which tickets it locks, and the changes. Gives the id of its ticket."""

    ids: frozenset[int]
    do: Callable[[Unit], int]
    expected: tuple[str, ...]


def create(values: Mapping[str, Any], *, actor: Actor) -> Outcome:
    """Begin a ticket. `values` are the fields of the contract's create, as JSON.

    Raises `Invalid` naming every wrong field, `Forbidden`, `TransitionNotAllowed`. Runs in a database transaction
    of its own, or joins the caller's; locks the tickets that it links to, in the order of their ids.
    """
    return _carry_out(_creation(values), actor)


def apply(
    ticket_id: int,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    version: int | None = None,
    transition: str | None = None,
) -> Outcome:
    """Change a ticket. `changes` are the fields of the contract's PATCH, as JSON; `transition` names the one to
    take, instead of a `status` in them.

    Raises `NotFound`, `VersionConflict` where `version` is given and not the current one, `Invalid`, and what the
    single changes refuse. All of it happens, or nothing.
    """
    return _carry_out(_update(ticket_id, changes, version, transition), actor)


def preview_create(values: Mapping[str, Any], *, actor: Actor) -> Preview:
    """What `create` would do with the same arguments. Leaves nothing behind and takes no ticket number.

    Raises `Forbidden` where the actor does not see the queue.
    """
    try:
        if wanted := SetQueue.parse(values):
            wanted.find(actor)
    except Invalid:
        pass  # it is told with all else that is wrong
    return _try_out(lambda: _creation(values), actor, None)


def preview(
    ticket_id: int,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    version: int | None = None,
    transition: str | None = None,
) -> Preview:
    """What `apply` would do with the same arguments. Raises `NotFound` where the actor may not see the ticket."""
    return _try_out(lambda: _update(ticket_id, changes, version, transition), actor, ticket_id)


def set_version(
    ticket_id: int, version_id: int, mapping: Mapping[str, str], *, actor: Actor
) -> Outcome:
    """Let a ticket live by another version of its lifecycle; `mapping` says what statuses become that it lacks, by
    folded name. Raises `Forbidden` without AdminLifecycles, `MappingNeeded`."""

    def do(unit: Unit) -> int:
        if ticket_id not in unit.states:
            raise NotFound(_("There is no such ticket."))
        change(unit, ticket_id, [SetVersion(version_id, mapping)])
        return ticket_id

    return _carry_out(_Work(frozenset({ticket_id}), do, ("transaction",)), actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a ticket's log is to say of a delivery; `type` is the transaction's, `cause` what made the delivery."""

    ticket_id: int
    delivery_id: int
    type: str
    data: Mapping[str, Any]
    cause: Cause


def record(records: Sequence[Record]) -> list[Entry]:
    """Add records of deliveries to their tickets' logs, in the system's name, each as a unit of work of its own.

    One that is there already, or whose ticket is gone, is left out. All tickets are locked first, in the order of
    their ids; all is written at once, or nothing.
    """
    with transaction.atomic(savepoint=False):
        rules, numbers = config.current(), Ids()
        system = Actor(rules.system, rules)
        states = {state.id: state for state in lock_logs(each.ticket_id for each in records)}
        there = [each for each in records if each.ticket_id in states]
        new = numbers.prefetch_records([each.delivery_id for each in there])
        units: list[Unit] = []
        for each in there:
            if each.delivery_id not in new:
                continue
            state = states[each.ticket_id]
            before = {state.id: state}
            acting = Acting(system, each.cause)
            unit = Unit(config=rules, acting=acting, ids=numbers, before=before)
            unit.record(state, each.type, data=each.data, delivery_id=each.delivery_id)
            states |= unit.states
            units.append(unit)
        flush(*units)
    return [entry for unit in units for entry in unit.entries]


def system_actor() -> Actor:
    """The system user, in whose name deliveries are recorded and scrips act."""
    rules = config.current()
    return Actor(rules.system, rules)


def visible(ticket_id: int, actor: Actor) -> TicketState:
    """The ticket as it stands, unlocked. Raises `NotFound` where there is none that the actor may see."""
    found = fetch([ticket_id]).get(ticket_id)
    if found is None or not may(actor, "ShowTicket", ticket=found):
        raise NotFound(_("There is no such ticket."))
    return found


def change(
    unit: Unit,
    ticket_id: int,
    changes: Iterable[Change],
    known: Mapping[str, list[str]] = MappingProxyType({}),
) -> list[Entry]:
    """Make changes inside a unit of work, and give what they recorded: right, check, write, for each in turn.

    Scrips' actions come in here. Raises as `apply` does, naming also what is `known` to be wrong; then the caller
    cuts the unit back to its mark.
    """
    first = len(unit.entries)
    errors = dict(known)
    for wanted in changes:
        state = unit.state(ticket_id)
        try:
            _change_one(unit, state, wanted)
        except Invalid as error:
            errors |= error.errors
        except Refused:
            if errors:
                break
            raise
    if errors:
        raise Invalid(errors)
    return unit.entries[first:]


def begin_within(
    unit: Unit, values: Mapping[str, Any], links: Mapping[str, tuple[int, ...]]
) -> list[Entry]:
    """Begin another ticket inside a unit of work, and give what that recorded: its Create, and the other sides of its
    links, to tickets that this unit holds.

    `values` are those of `create`, without links. Raises as `create` does; then the caller cuts the unit back.
    """
    first = len(unit.entries)
    changes, errors = read(values, begins=True)
    if links:
        changes.append(SetLinks(links))
    begin(unit, sorted(changes, key=place), errors)
    return unit.entries[first:]


def _change_one(unit: Unit, state: TicketState, wanted: Change) -> None:
    if rights := wanted.rights(unit, state):
        unit.require(state, *rights)
    wanted.check(unit, state)
    wanted.write(unit, state)


def _creation(values: Mapping[str, Any]) -> _Work:
    changes, errors = read(values, begins=True)
    if "subject" not in values:
        errors["subject"] = [_("is required")]
    if not {"queue", "queue_id"} & values.keys():
        errors["queue"] = [_("is required: name it in queue, or in queue_id by its id")]
    return _Work(_linked(changes), lambda unit: begin(unit, changes, errors), _kinds(values))


def _update(
    ticket_id: int, raw: Mapping[str, Any], version: int | None, transition: str | None = None
) -> _Work:
    changes, errors = read(raw)
    if transition is not None and "status" in raw:
        changes = [wanted for wanted in changes if not isinstance(wanted, SetStatus)]
        errors["status"] = [_("is what the transition sets: leave it out")]

    def do(unit: Unit) -> int:
        state = unit.states.get(ticket_id)
        if state is None or not may(unit.acting.actor, "ShowTicket", ticket=state):
            raise NotFound(_("There is no such ticket."))
        if version is not None and version != state.version:
            raise VersionConflict(
                _("The ticket is at version %(actual)d, not %(expected)d: read it again.")
                % {"actual": state.version, "expected": version},
                expected=version,
                actual=state.version,
            )
        named = [] if transition is None else [SetStatus.by(transition, unit, state, raw)]
        change(unit, ticket_id, sorted([*changes, *named], key=place), errors)
        return ticket_id

    return _Work(frozenset({ticket_id}) | _linked(changes), do, _kinds(raw))


def _kinds(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids that a change is likely to need: mostly there is something to send, too. Not a ticket's: sequences never
    roll back."""
    return ("transaction", "delivery", *(["message"] if "message" in raw else []))


def _linked(changes: list[Change]) -> frozenset[int]:
    return frozenset().union(*(c.targets() for c in changes if isinstance(c, SetLinks)))


def _unit(rules: Config, ids: frozenset[int], actor: Actor, numbers: Ids) -> Unit:
    """A unit of work that holds its locks. `rules` were read before: it is done under those in force when it began."""
    return Unit(
        config=rules,
        acting=Acting(actor.under(rules)),
        ids=numbers,
        before=lock(ids) if ids else {},
    )


def _carry_out(work: _Work, actor: Actor) -> Outcome:
    ids = work.ids
    for _round in range(_ROUNDS):
        try:
            with _busy_is_told(), transaction.atomic():
                unit = _unit(config.current(), ids, actor, Ids())
                # What listeners record is read by all.
                ticket_id = _perform(unit, work, language=settings.LANGUAGE_CODE)
                for call in unit.after_commit:
                    transaction.on_commit(call, robust=True)
                return _outcome(unit, ticket_id)
        except NotLocked as more:
            ids |= more.ids
    raise Busy(_("The ticket's links keep changing; try again."))


def _try_out(plan: Callable[[], _Work], actor: Actor, ticket_id: int | None) -> Preview:
    """The same call in a savepoint that is rolled back, under a short lock timeout; nothing is published."""
    try:
        work = plan()
        ids = work.ids
        for _round in range(_ROUNDS):
            try:
                with _busy_is_told(), transaction.atomic():
                    with prepared() as cursor:
                        cursor.execute(f"SET LOCAL lock_timeout = '{_PREVIEW_LOCK_TIMEOUT}'")
                    unit = _unit(config.current(), ids, actor, PreviewIds())
                    done = _perform(unit, work, language=get_language(), besides=[_check_keys])
                    # Asked before the end: reasons may look people up.
                    skipped = tuple(chain.from_iterable(ask() for ask in unit.silent))
                    transaction.set_rollback(True)
                    return Preview(outcome=_outcome(unit, done), skipped=skipped)
            except NotLocked as more:
                ids |= more.ids
        raise Busy(_("The ticket's links keep changing; try again."))
    except Refused as refusal:
        if isinstance(refusal, NotFound | Busy):
            raise
        return Preview(outcome=_as_it_stands(ticket_id), refusal=refusal)


def _check_keys() -> None:
    """Deferred keys are checked at COMMIT, which a preview never reaches."""
    with prepared() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _perform(
    unit: Unit,
    work: _Work,
    *,
    language: str | None,
    besides: Sequence[Callable[[], None]] = (),
) -> int:
    unit.ids.expect(*work.expected)
    ticket_id = work.do(unit)
    unit.subject_id = ticket_id
    batch = unit.entries[0].batch if unit.entries else None
    with log_ids(batch_id=batch), _speaking(language):
        for path in settings.TICKET_LISTENERS:
            import_string(path)(unit)
        flush(unit, besides=besides)
    return ticket_id


def _speaking(language: str | None) -> AbstractContextManager[None]:
    """Within, texts are in that language. To go into the one that is spoken already cost as much as a condition."""
    return nullcontext() if get_language() == language else translation.override(language)


def _outcome(unit: Unit, ticket_id: int) -> Outcome:
    return Outcome(
        config=unit.config,
        ticket=unit.states[ticket_id],
        tickets=unit.states,
        entries=tuple(unit.entries),
        fired=tuple(unit.fired),
        texts={number: text for number, _ticket, text in unit.messages},
    )


def _as_it_stands(ticket_id: int | None) -> Outcome | None:
    if ticket_id is None:
        return None
    state = fetch([ticket_id])[ticket_id]
    return Outcome(
        config=config.current(), ticket=state, tickets={}, entries=(), fired=(), texts={}
    )


class _busy_is_told:  # noqa: N801  # used as a word in a `with`
    """Turns the database's lock timeout into the refusal that a caller can act on."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OperationalError) and isinstance(error.__cause__, LockNotAvailable):
            raise Busy(_("Another request holds the ticket; try again in a moment.")) from error
