"""Who names a custom field, a template or a lifecycle: asked before it is deleted, renamed or changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips import uses
from scrips.models import Scrip, Template
from scrips.uses import Named
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.fold import fold
from tessera.lib.query.parse import parse_query
from tickets.config import Config, LifecycleSpec


@dataclass(frozen=True, slots=True)
class User:
    """A row that names it: at which places, and by which names (a lifecycle by its statuses too). `queue_ids` are those
    that a scrip or template is for; none: all."""

    kind: str
    id: int
    name: str
    places: tuple[str, ...]
    names: tuple[str, ...]
    queue_ids: tuple[int, ...] = ()

    @classmethod
    def by(cls, row: Scrip | Template | LifecycleSpec, found: Sequence[Named]) -> "User":
        """The row, with what of it was found."""
        places = tuple(dict.fromkeys(each.place for each in found))
        names = {fold(each.name): each.name for each in found}
        told = places, tuple(sorted(names.values()))
        if isinstance(row, LifecycleSpec):
            return cls("lifecycle", row.lifecycle_id, row.name, *told)
        if isinstance(row, Scrip):
            return cls("scrip", row.pk, row.name, *told, tuple(row.reach.listed))
        here = () if row.queue_id is None else (row.queue_id,)
        return cls("template", row.pk, row.name, *told, here)


def of_field(field: CustomField, config: Config) -> list[User]:
    """Scrips, templates, guards of lifecycles, fields that depend on it, and queues that have it."""

    def meant(found: Iterable[Named]) -> list[Named]:
        key = fold(field.key)
        return [each for each in found if each.kind == uses.FIELD and fold(each.name) == key]

    users = [
        User.by(scrip, found)
        for scrip in _scrips()
        if (found := meant(uses.of_scrip(scrip, config)))
    ]
    users += [
        User.by(template, found)
        for template in Template.objects.order_by("pk")
        if (found := meant(uses.of_template(template, config)))
    ]
    users += [
        User.by(spec, found)
        for spec in config.lifecycles
        if (found := meant(_in_guards(spec, config)))
    ]
    for spec in config.fields.values():
        places = [
            place
            for place, key in (
                ("depends_on", spec.depends_on),
                ("show_when", spec.show_when.field if spec.show_when else ""),
            )
            if key == field.key
        ]
        if places:
            users.append(User("custom_field", spec.id, spec.key, tuple(places), (field.key,)))
    return users + [
        User("queue", queue.id, queue.name, ("custom_field_ids",), (field.key,))
        for queue in config.queues.values()
        if queue.field(field.key)
    ]


def of_template(template: Template, rows: Iterable[Scrip]) -> list[User]:
    """Those of the scrips that send it."""
    return [
        User(
            "scrip",
            scrip.pk,
            scrip.name,
            ("template_id",),
            (template.name,),
            tuple(scrip.reach.listed),
        )
        for scrip in rows
        if scrip.template_id == template.pk
    ]


def of_lifecycle(lifecycle: Lifecycle, config: Config) -> list[User]:
    """Queues that live by it, scrips of theirs that name one of its statuses, queries that name it, and other
    lifecycles that say what becomes of a status on the way to it."""
    specs = [spec for spec in config.versions.values() if spec.lifecycle_id == lifecycle.pk]
    statuses = {fold(each.name) for spec in specs for each in spec.definition.statuses}
    living = {
        queue.id: queue.name
        for queue in config.queues.values()
        if queue.lifecycle.lifecycle_id == lifecycle.pk
    }
    users = [
        User("queue", number, name, ("lifecycle_id",), (lifecycle.name,))
        for number, name in living.items()
    ]
    for scrip in _scrips():
        named, reach = uses.of_scrip(scrip, config), scrip.reach
        # Whoever names the lifecycle speaks of its statuses, wherever he reaches.
        here = any(reach.covers(number) for number in living) or any(
            each.kind == uses.LIFECYCLE and fold(each.name) == fold(lifecycle.name)
            for each in named
        )
        found = [
            each
            for each in named
            if (each.kind == uses.STATUS and here and fold(each.name) in statuses)
            or (each.kind == uses.LIFECYCLE and fold(each.name) == fold(lifecycle.name))
        ]
        if found:
            users.append(User.by(scrip, found))
    return users + [
        User("lifecycle", spec.lifecycle_id, spec.name, ("maps",), (lifecycle.name,))
        for spec in config.lifecycles
        if fold(lifecycle.name) in {fold(name) for name in spec.definition.maps}
    ]


def _scrips() -> Iterable[Scrip]:
    # Many send one template, of which the name alone is read here.
    named = Template.objects.defer("subject_template", "body_template")
    return Scrip.objects.prefetch_related(Prefetch("template", named), "places").order_by("pk")


def _in_guards(spec: LifecycleSpec, config: Config) -> Iterator[Named]:
    for transition in spec.definition.transitions:
        if transition.guard:
            place = f"transitions.{transition.name}.guard"
            try:
                tree: Any = parse_query(transition.guard, config.vocabulary, in_memory=True)
            except QueryInvalid:
                continue
            yield from uses.of_query(tree, place, config)
