"""The configuration that the door works with, kept in the process under the configuration's number."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

from django.db import connection

from customfields.models import CustomField
from customfields.spec import FieldSpec
from lifecycles.definition import Definition, parse
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.accounts import site
from tessera.accounts.models import ConfigGeneration, Role, User
from tessera.accounts.site import Site
from tessera.accounts.stock import SYSTEM_USERNAME
from tessera.lib.query.evaluate import Query
from tessera.lib.query.fold import fold
from tessera.lib.query.parse import QueryInvalid, parse_query
from tessera.lib.query.vocabulary import CustomField as QueryField
from tessera.lib.query.vocabulary import Vocabulary
from tickets.grants import Grants, GrantSpec, resolve
from tickets.models import Grant, Queue, QueueField
from tickets.people import Person


@dataclass(frozen=True, slots=True)
class LifecycleSpec:
    """One published version of a lifecycle, compiled."""

    version_id: int
    lifecycle_id: int
    name: str
    number: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A queue with its fields in their order; `lifecycle` is the version that new tickets take."""

    id: int
    name: str
    description: str
    correspond_address: str
    comment_address: str
    disabled: bool
    lifecycle: LifecycleSpec
    fields: tuple[FieldSpec, ...]

    def field(self, key: str) -> FieldSpec | None:
        """The field of this queue with that key (without regard to case), or None."""
        return next((f for f in self.fields if f.key.lower() == key.lower()), None)


@dataclass(frozen=True)
class Config:
    """All of it as of one number. `lifecycles` are the current versions; older ones are loaded when first asked for."""

    generation: int
    system: Person
    queues: Mapping[int, QueueSpec]
    fields: Mapping[str, FieldSpec]
    lifecycles: tuple[LifecycleSpec, ...] = field(repr=False)
    grants: Grants = field(repr=False)
    _versions: dict[int, LifecycleSpec] = field(repr=False)
    site: Site = field(default_factory=Site)
    _gone: Mapping[str, str] = field(default_factory=dict, repr=False)

    def field_name(self, key: str) -> str:
        """What the field is called, or was when it was deleted: a key is never given twice. Without it the key."""
        spec = self.fields.get(key)
        return spec.name if spec else self._gone.get(key, key)

    def field(self, key: object) -> FieldSpec | None:
        """The field of that key (without regard to case), or None."""
        return self._fields_by_key.get(key.lower()) if isinstance(key, str) else None

    @cached_property
    def _fields_by_key(self) -> Mapping[str, FieldSpec]:
        return {key.lower(): spec for key, spec in self.fields.items()}

    @cached_property
    def queues_by_name(self) -> Mapping[str, QueueSpec]:
        """Queues by their name in lower case."""
        return {queue.name.lower(): queue for queue in self.queues.values()}

    @cached_property
    def addresses(self) -> frozenset[str]:
        """The addresses, folded, that queues send from: mail to them would come back in."""
        return frozenset(
            fold(address)
            for queue in self.queues.values()
            for address in (queue.correspond_address, queue.comment_address)
            if address
        )

    @cached_property
    def named_rights(self) -> frozenset[str]:
        """The rights that transitions name, which can be granted like all others."""
        return frozenset(
            transition.right
            for version in list(self._versions.values())
            for transition in version.definition.transitions
            if transition.right
        )

    @cached_property
    def named_roles(self) -> frozenset[str]:
        """The roles, folded, that transitions name: to have one of these names opens what no right does."""
        return frozenset(
            fold(role)
            for version in list(self._versions.values())
            for transition in version.definition.transitions
            for role in transition.roles
        )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What queries may name besides the ticket's own fields: the custom fields, with the queues that have them."""
        return self._vocabulary(frozenset(self.queues))

    def vocabulary_within(self, queue_ids: frozenset[int]) -> Vocabulary:
        """The same for who knows of these queues alone. Fields of others he may name, as a requestor's ticket may have
        one, but is not told of."""
        if queue_ids not in self._vocabularies:
            found = self._vocabulary(queue_ids)
            hidden = frozenset(one.key for one in found.custom_fields if not one.queues)
            self._vocabularies[queue_ids] = replace(found, hidden=hidden)
        return self._vocabularies[queue_ids]

    @cached_property
    def _vocabularies(self) -> dict[frozenset[int], Vocabulary]:
        return {}

    def _vocabulary(self, queue_ids: frozenset[int]) -> Vocabulary:
        queues: dict[str, set[str]] = {}
        for queue in self.queues.values():
            for spec in queue.fields if queue.id in queue_ids else ():
                queues.setdefault(spec.key, set()).add(queue.name)
        return Vocabulary(
            tuple(
                QueryField(
                    spec.key, spec.field_type, spec.name, frozenset(queues.get(spec.key, ()))
                )
                for spec in self.fields.values()
            )
        )

    @cached_property
    def condition_vocabulary(self) -> Vocabulary:
        """The same for conditions, which judge a transaction besides."""
        return replace(self.vocabulary, condition=True)

    @cached_property
    def versions(self) -> Mapping[int, LifecycleSpec]:
        """Every published version of every lifecycle: what a search asks, whatever version a ticket lives by."""
        known = list(self._versions)
        for row in LifecycleVersion.objects.select_related("lifecycle").exclude(pk__in=known):
            self._versions[row.pk] = _compile(row)
        return dict(self._versions)

    @cached_property
    def _guards(self) -> dict[str, Query | str]:
        return {}

    def guard(self, text: str) -> Query | str:
        """A transition's guard made ready, or why it can't be read: what it named may be gone by now."""
        if text not in self._guards:
            try:
                tree = parse_query(text, self.vocabulary, in_memory=True)
                self._guards[text] = Query(tree)
            except QueryInvalid as fault:
                self._guards[text] = str(fault)
        return self._guards[text]

    def lifecycle(self, version_id: int) -> LifecycleSpec:
        """A version by its id; published versions never change, so it is kept."""
        if version_id not in self._versions:
            row = LifecycleVersion.objects.select_related("lifecycle").get(pk=version_id)
            self._versions[version_id] = _compile(row)
        return self._versions[version_id]


class _Kept:
    """The last configuration that this process loaded. Replaced whole, so that readers need no lock."""

    lock = Lock()
    by_database: dict[str, Config] = {}


# What this thread has changed and not yet committed, and so nobody else may be shown; see `drafting`.
_draft: ContextVar[Config | None] = ContextVar("configuration_draft", default=None)


def current() -> Config:
    """The configuration now: one statement, and the loading where its number is new to this process.

    The number is read before anything is loaded: what is loaded may be newer than its number, never older.
    """
    if (drafted := _draft.get()) is not None:
        return drafted
    generation = ConfigGeneration.current()
    database = str(connection.settings_dict["NAME"])
    kept = _Kept.by_database.get(database)
    if kept is None or kept.generation != generation:
        kept = _load(generation)
        with _Kept.lock:
            _Kept.by_database[database] = kept
    return kept


def fresh() -> Config:
    """The configuration as this transaction sees it, what it has changed included; kept by nobody."""
    return _load(ConfigGeneration.current())


@contextmanager
def drafting() -> Iterator[Callable[[], Config]]:
    """Within, `current()` is the configuration as this transaction sees it, as of the last call of what is given.

    For who writes much of it in one transaction, each part judged by what was written before it.
    """
    token = _draft.set(fresh())

    def renew() -> Config:
        found = fresh()
        _draft.set(found)
        return found

    try:
        yield renew
    finally:
        _draft.reset(token)


def _load(generation: int) -> Config:
    rows = CustomField.objects.all()
    fields = {row.pk: FieldSpec.of(row) for row in rows if not row.disabled}
    of_queue: dict[int, list[FieldSpec]] = {}
    for queue_id, field_id in QueueField.objects.values_list("queue_id", "field_id"):
        if field_id in fields:
            of_queue.setdefault(queue_id, []).append(fields[field_id])
    versions: dict[int, LifecycleSpec] = {}
    current_of: dict[int, LifecycleSpec] = {}
    for lifecycle in Lifecycle.objects.select_related("current").exclude(current=None):
        assert lifecycle.current is not None  # noqa: S101  # the filter above, for the type checker
        lifecycle.current.lifecycle = lifecycle
        spec = _compile(lifecycle.current)
        versions[spec.version_id] = current_of[lifecycle.pk] = spec
    queues = {
        row.pk: _queue(row, current_of[row.lifecycle_id], of_queue.get(row.pk, []))
        for row in Queue.objects.all()
    }
    return Config(
        generation=generation,
        system=Person.of(User.objects.get(username=SYSTEM_USERNAME)),
        queues=queues,
        fields={spec.key: spec for spec in fields.values()},
        lifecycles=tuple(current_of.values()),
        grants=_grants(),
        _versions=versions,
        site=site.load(),
        _gone={row.key: row.name for row in rows if row.disabled},
    )


def _grants() -> Grants:
    rows = Role.objects.values_list("pk", "name", "rights", "inherits_id")
    roles = resolve({number: (name, rights, up) for number, name, rights, up in rows})
    grants = Grant.objects.order_by("pk").values_list(
        "pk", "role_id", "user_id", "group_id", "ticket_role", "queue_id"
    )
    return Grants(
        tuple(
            GrantSpec(number, roles[role], user, group, ticket_role, queue)
            for number, role, user, group, ticket_role, queue in grants
            if role
            in roles  # one that was made since the roles were read counts with the next number
        ),
        {fold(role.name): role for role in roles.values()},
    )


def _queue(row: Queue, lifecycle: LifecycleSpec, fields: list[FieldSpec]) -> QueueSpec:
    return QueueSpec(
        id=row.pk,
        name=row.name,
        description=row.description,
        correspond_address=row.correspond_address,
        comment_address=row.comment_address,
        disabled=row.disabled,
        lifecycle=lifecycle,
        fields=tuple(fields),
    )


def _compile(row: LifecycleVersion) -> LifecycleSpec:
    parsed: Any = parse(row.definition)
    if parsed.definition is None:
        raise ValueError(f"{row} was published with faults: {parsed.faults}")
    return LifecycleSpec(
        version_id=row.pk,
        lifecycle_id=row.lifecycle_id,
        name=row.lifecycle.name,
        number=row.number,
        definition=parsed.definition,
    )
