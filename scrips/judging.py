"""What is wrong with a scrip, and what is doubtful about it: judged whole, against the configuration of now."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from django.utils.translation import gettext as _

from scrips.actions import ACTIONS
from scrips.checking import Checker
from scrips.conditions import CONDITIONS
from scrips.models import Scrip, Template
from tessera.lib import values
from tickets import config as configuration
from tickets.access import Actor
from tickets.config import Config, QueueSpec
from tickets.people import People
from tickets.search.scope import Named

Faults = dict[str, list[str]]
MOST_QUEUES = 1_000
_ORDER = 1_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """Faults, for which a scrip is refused, and warnings, with which it is saved; both by the path of the field."""

    errors: Faults
    warnings: Faults


@dataclass(frozen=True, slots=True)
class Ground:
    """What scrips are judged against: the configuration, templates, and people. One that many share knows all
    `templates`, and asks for nobody twice: they are judged in few statements, all as of one moment."""

    config: Config
    templates: Mapping[int, Template] | None = None
    people: People = attribute(default_factory=People)
    named: Named = attribute(default_factory=Named)

    @classmethod
    def now(cls) -> "Ground":
        """For one scrip: a statement."""
        return cls(configuration.current())

    @classmethod
    def shared(cls) -> "Ground":
        """For many: two statements."""
        rows = Template.objects.defer("subject_template", "body_template")
        return cls(configuration.current(), rows.in_bulk())

    def template(self, number: int) -> Template | None:
        """The template of that id."""
        if self.templates is None:
            return Template.objects.filter(pk=number).first()
        return self.templates.get(number)


def judge(
    merged: Mapping[str, Any],
    *,
    author: Actor | None = None,
    reader: Actor | None = None,
    ground: Ground | None = None,
) -> Judged:
    """A scrip as it would be saved: every field, `queue_ids` for its queues. `author` is who would have written it,
    `reader` who is only told; `ground` is given where many are judged."""
    ground = ground or Ground.now()
    config = ground.config
    errors = judge_plain(merged)
    queues = queues_of(merged["queue_ids"], config, errors)
    if merged["stage"] not in Scrip.Stage.values:
        named = ", ".join(Scrip.Stage.values)
        errors["stage"] = [_("must be one of %(names)s") % {"names": named}]
    for field in ("condition_config", "action_config"):
        if not isinstance(merged[field], dict):
            errors[field] = [_("must be an object")]
    template = _template(merged, queues, ground, errors)
    checker = Checker(
        config,
        queues,
        author,
        reader,
        has_template=template is not None,
        people=ground.people,
        named_before=ground.named,
        errors=errors,
    )
    for field, registry, path in (
        ("condition_type", CONDITIONS, "condition_config"),
        ("action_type", ACTIONS, "action_config"),
    ):
        settings = merged[path]
        wanted = merged.get(field)
        kind = registry.get(wanted) if isinstance(wanted, str) else None
        if kind is None:
            named = ", ".join(registry)
            errors[field] = [_("must be one of %(names)s") % {"names": named}]
        elif isinstance(settings, dict):
            checker.known_keys(path, settings, kind.schema["properties"])
            kind.check(settings, checker)
    return Judged(errors, checker.warnings)


def judge_plain(merged: Mapping[str, Any]) -> Faults:
    """What names nothing: name, description, order, and whether it is switched off."""
    errors: Faults = {}
    judge_name(merged, 200, errors)
    for field in ("disabled", "shadow"):
        if not isinstance(merged[field], bool):
            errors[field] = [_("must be true or false")]
    try:
        values.text(merged["description"], longest=500)
    except values.BadValue as error:
        errors["description"] = [str(error)]
    try:
        values.integer(merged["sort_order"], least=-_ORDER, most=_ORDER)
    except values.BadValue as error:
        errors["sort_order"] = [str(error)]
    return errors


def judge_name(merged: Mapping[str, Any], longest: int, errors: Faults) -> None:
    """A name is one line, and never blank."""
    try:
        if not values.line(merged.get("name"), longest=longest).strip():
            errors["name"] = [_("must not be empty")]
    except values.BadValue as error:
        errors["name"] = [str(error) if "name" in merged else _("is required")]


def queue_of(raw: object, config: Config, errors: Faults) -> QueueSpec | None:
    """The queue of that id; None for none, and where `errors` says what is wrong."""
    found = queues_of([] if raw is None else [raw], config, errors, field="queue_id")
    return found[0] if found else None


def queues_of(
    raw: object, config: Config, errors: Faults, *, field: str = "queue_ids"
) -> tuple[QueueSpec, ...]:
    """The queues of these ids, each once."""
    try:
        ids = dict.fromkeys(values.identity(each) for each in values.many(raw, most=MOST_QUEUES))
    except values.BadValue as error:
        errors[field] = [str(error)]
        return ()
    if missing := [str(number) for number in ids if number not in config.queues]:
        one, several = _("there is no such queue"), _("there are no such queues: %s")
        errors[field] = [one if len(ids) == 1 else several % ", ".join(missing[:5])]
    return tuple(config.queues[number] for number in ids if number in config.queues)


def _template(
    merged: Mapping[str, Any], queues: tuple[QueueSpec, ...], ground: Ground, errors: Faults
) -> Template | None:
    raw = merged["template_id"]
    if raw is None:
        return None
    try:
        found = ground.template(values.identity(raw))
    except values.BadValue as error:
        errors["template_id"] = [str(error)]
        return None
    if found is None:
        errors["template_id"] = [_("there is no such template")]
    elif found.queue_id is not None and {queue.id for queue in queues} != {found.queue_id}:
        errors["template_id"] = [_("this template belongs to another queue")]
    return found
