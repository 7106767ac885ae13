"""Of queues, custom fields, lifecycles, roles, people and views."""

from collections import Counter
from collections.abc import Iterator

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycles.definition import Fault, parse
from lifecycles.models import Lifecycle
from tessera.accounts.models import User
from tessera.accounts.rights import SUPER_USER
from tessera.desk.checkup.findings import Finding, Severity, page_of
from tessera.desk.portal import fields
from tessera.lib.errors import QueryInvalid
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.complete import literal
from tessera.lib.query.fold import fold
from tessera.lib.query.parse import parse_query
from tessera.lib.values import BadValue
from tickets import columns
from tickets.access import Actor
from tickets.config import Config, LifecycleSpec
from tickets.customers import of_customers
from tickets.grants import EVERYONE, GrantSpec
from tickets.models import SavedView, Ticket
from tickets.orders import orders_of
from tickets.processes import check_guard, held_roles

QUEUE, FIELD, LIFECYCLE = "tickets.queue", "customfields.customfield", "lifecycles.lifecycle"
ROLE, USER, VIEW = "accounts.role", "accounts.user", "tickets.ticket"
_MOST_VIEWS, _MOST_OWNERS = 1_000, 200
_PATIENCE = 2_000


def of_queues(reader: Actor) -> Iterator[Finding]:
    """Those that have no address of their own. No statement."""
    for queue in reader.config.queues.values():
        if queue.disabled or queue.correspond_address:
            continue
        yield Finding(
            code="queue_without_address",
            severity=Severity.HINT,
            kind="queue",
            id=queue.id,
            name=queue.name,
            what=_("It has no address that its mail comes from."),
            why=_("Its mail comes from %s, and answers go there.") % reader.config.site.mail_from,
            model=QUEUE,
            url=page_of(QUEUE, queue.id),
        )


def of_requests(reader: Actor) -> Iterator[Finding]:
    """Queues in which customers may ask, and can't: a form of theirs lacks what no ticket begins without. No
    statement."""
    asking = [
        grant
        for grant in reader.config.grants.all
        if grant.ticket_role in ("", EVERYONE)
        and "CreateTicket" in grant.role.rights
        and of_customers(grant)
    ]
    for queue in reader.config.queues.values():
        lacking = fields.missing(queue)
        if queue.disabled or not lacking or not any(each.reaches(queue.id) for each in asking):
            continue
        yield Finding(
            code="queue_closed_to_customers",
            severity=Severity.DOUBT,
            kind="queue",
            id=queue.id,
            name=queue.name,
            what=_("Customers may ask here, and the portal can't offer it."),
            why=_("%(fields)s must be filled in and is not for customers.")
            % {"fields": ", ".join(spec.name for spec in lacking)},
            model=QUEUE,
            url=page_of(QUEUE, queue.id),
        )


def of_fields(reader: Actor) -> Iterator[Finding]:
    """Those that no queue has. No statement."""
    worn = {spec.key for queue in reader.config.queues.values() for spec in queue.fields}
    for spec in reader.config.fields.values():
        if spec.key in worn:
            continue
        yield Finding(
            code="field_unused",
            severity=Severity.HINT,
            kind="custom_field",
            id=spec.id,
            name=spec.name,
            what=_("No queue has it."),
            why=_("Nobody can fill it in, while queries and rules may still name it."),
            model=FIELD,
            url=page_of(FIELD, spec.id),
        )


def of_lifecycles(reader: Actor) -> Iterator[Finding]:
    """Those without a queue; of the others what a publish would warn of, and ways that nobody may take. A statement for
    each lifecycle that queues live by, and three more."""
    config = reader.config
    living: dict[int, list[int]] = {}
    for queue in config.queues.values():
        if not queue.disabled:
            living.setdefault(queue.lifecycle.lifecycle_id, []).append(queue.id)
    roles, able = held_roles(), _rights_by_queue(config)
    for spec in config.lifecycles:
        if spec.lifecycle_id not in living:
            told, why = (
                _("No queue lives by it."),
                _("It does no harm; it may be one that was forgotten."),
            )
            yield _of_lifecycle(spec, "lifecycle_unused", Severity.HINT, told, why)
            continue
        yield from _unsound(spec, roles)
        held = set().union(*(able[number] for number in living[spec.lifecycle_id]))
        yield from _closed_ways(spec, held)


def _unsound(spec: LifecycleSpec, roles: frozenset[str]) -> Iterator[Finding]:
    current = Lifecycle.objects.select_related("current").get(pk=spec.lifecycle_id).current
    if current is None:
        return
    parsed = parse(current.definition, check_guard=check_guard, held_roles=roles)
    why_fault = _("A ticket may be refused what the lifecycle means to allow.")
    why_doubt = _("Tickets may get stuck, or a status is never used.")
    for fault in parsed.faults:
        yield _of_lifecycle(spec, "lifecycle_invalid", Severity.FAULT, _told(fault), why_fault)
    for fault in parsed.warnings:
        yield _of_lifecycle(spec, "lifecycle_doubtful", Severity.DOUBT, _told(fault), why_doubt)


def _told(fault: Fault) -> str:
    return f"{fault.place}: {fault.detail}" if fault.place else str(fault.detail)


def _closed_ways(spec: LifecycleSpec, held: set[str]) -> Iterator[Finding]:
    for transition in spec.definition.transitions:
        if transition.right and transition.right not in held:
            told = _("“%(name)s” needs the right %(right)s, which only administrators hold.")
            words = {"name": transition.label or transition.name, "right": transition.right}
            why = _("Nobody else can take it in any queue that lives by this lifecycle.")
            yield _of_lifecycle(spec, "transition_closed", Severity.DOUBT, told % words, why)


def _of_lifecycle(
    spec: LifecycleSpec, code: str, severity: Severity, what: str, why: str
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        kind="lifecycle",
        id=spec.lifecycle_id,
        name=spec.name,
        what=what,
        why=why,
        model=LIFECYCLE,
        url=page_of(LIFECYCLE, spec.lifecycle_id),
    )


def _rights_by_queue(config: Config) -> dict[int, set[str]]:
    """The rights that somebody who can come in holds in each queue, without those of whoever holds all."""
    users, groups = _alive()
    grants = [
        grant
        for grant in config.grants.all
        if SUPER_USER not in grant.role.rights and _counts(grant, users, groups)
    ]
    return {
        number: {right for grant in grants if grant.reaches(number) for right in grant.role.rights}
        for number in config.queues
    }


def _alive() -> tuple[frozenset[int], frozenset[int]]:
    """People who can come in and hold something themselves, and groups that have such a member. Two statements."""
    able = User.objects.filter(disabled=False, kind=User.Kind.PERSON)
    members = User.member_of.through.objects.filter(user__in=able).order_by()
    return (
        frozenset(able.filter(grant__isnull=False).distinct().values_list("pk", flat=True)),
        frozenset(members.values_list("group_id", flat=True).distinct()),
    )


def _counts(grant: GrantSpec, users: frozenset[int], groups: frozenset[int]) -> bool:
    return bool(grant.ticket_role) or grant.user_id in users or grant.group_id in groups


def of_roles(reader: Actor) -> Iterator[Finding]:
    """Those that nobody holds, not even through a role that inherits them. No statement."""
    grants = reader.config.grants
    held = {name for grant in grants.all for name in grant.role.names}
    for name, role in grants.roles.items():
        if name in held:
            continue
        yield Finding(
            code="role_unheld",
            severity=Severity.HINT,
            kind="role",
            id=role.id,
            name=role.name,
            what=_("Nobody holds it."),
            why=_("Its rights open nothing to anybody until it is granted."),
            model=ROLE,
            url=page_of(ROLE, role.id),
        )


def of_people(reader: Actor) -> Iterator[Finding]:
    """The disabled who own open tickets. One statement, within a time limit."""
    rows = Ticket.objects.filter(owner__disabled=True, resolved_at=None).order_by()
    wanted = ("owner", "owner__username", "lifecycle_version", "status")
    try:
        with at_most(_PATIENCE):
            pairs = list(rows.values_list(*wanted)[:10_000])
    except TookTooLong:
        return
    owned: Counter[tuple[int, str]] = Counter()
    for owner, name, version, status in pairs:
        if reader.config.lifecycle(version).definition.kind(status) != "inactive":
            owned[owner, name] += 1
    for (owner, name), count in sorted(owned.items(), key=lambda each: -each[1])[:_MOST_OWNERS]:
        told = ngettext(
            "Disabled, and owner of %d open ticket.",
            "Disabled, and owner of %d open tickets.",
            count,
        )
        query = f"Owner = {literal(name)} AND Status = '__Active__'"
        yield Finding(
            code="owner_disabled",
            severity=Severity.DOUBT,
            kind="user",
            id=owner,
            name=name,
            what=told % count,
            why=_("Nobody works on them, and they stand in nobody's inbox."),
            model=USER,
            url=f"{reverse('search')}?{urlencode({'q': query})}",
        )


def of_views(reader: Actor) -> Iterator[Finding]:
    """Those that ask for what there is not. One statement."""
    rows = SavedView.objects.select_related("owner").order_by("pk")[:_MOST_VIEWS]
    for view in rows:
        if not (fault := _fault(view, reader.config)):
            continue
        yield Finding(
            code="view_invalid",
            severity=Severity.FAULT,
            kind="view",
            id=view.pk,
            name=view.name,
            what=fault,
            why=_("It shows no tickets, or not what it was made for. Its owner, %s, can change it.")
            % view.owner.username,
            model=VIEW,
            url=f"{reverse('index')}?view={view.pk}" if view.for_all else "",
        )


def _fault(view: SavedView, config: Config) -> str:
    try:
        if view.query.strip():
            parse_query(view.query, config.vocabulary)
        orders_of(config).parse(view.order)
    except QueryInvalid as fault:
        return str(fault)
    except BadValue as fault:
        return str(fault)
    known = {fold(column.name) for column in columns.known(view.columns, config)}
    missing = [name for name in view.columns if fold(name) not in known]
    if not missing:
        return ""
    told = ngettext(
        "It has a column that there is not: %s",
        "It has columns that there are not: %s",
        len(missing),
    )
    return told % ", ".join(missing[:5])
