"""Saving scrips and templates: checked against the configuration they will act in, each save a version."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from scrips.actions import ACTIONS
from scrips.checking import LONGEST_TEMPLATE, Checker
from scrips.conditions import CONDITIONS
from scrips.models import Scrip, ScripVersion, Template, TemplateVersion
from tessera.lib import clock, secretbox, values
from tessera.lib.errors import Invalid
from tickets import config as configuration
from tickets.access import Actor
from tickets.config import Config, QueueSpec

Row = TypeVar("Row", Scrip, Template)

# Stands for a secret that is kept and never shown; given back, it means: keep the one you have.
HIDDEN = "********"

_SCRIP_DEFAULTS: dict[str, Any] = {
    "queue_id": None,
    "description": "",
    "condition_config": {},
    "action_config": {},
    "template_id": None,
    "stage": Scrip.Stage.CREATE.value,
    "sort_order": 0,
    "disabled": False,
    "shadow": False,
}
_SCRIP_FIELDS = {"name", "condition_type", "action_type", *_SCRIP_DEFAULTS}
_TEMPLATE_DEFAULTS: dict[str, Any] = {
    "queue_id": None,
    "subject_template": "",
    "body_template": "",
    "content_type": Template.ContentType.TEXT.value,
}
_TEMPLATE_FIELDS = {"name", *_TEMPLATE_DEFAULTS}


def save_scrip(
    scrip: Scrip | None, given: Mapping[str, Any], *, actor: Actor, note: str = ""
) -> Scrip:
    """Make a scrip, or change the fields given of one. Raises `Invalid` naming every wrong field at its path."""
    with transaction.atomic():
        held = _held(Scrip, scrip)
        merged = {**_SCRIP_DEFAULTS, **_values_of(held, _SCRIP_FIELDS), **given}
        errors = _unknown(given, _SCRIP_FIELDS)
        kept = merged["action_config"]
        if "action_config" in given:
            merged["action_config"] = _with_kept_secret(kept, held, errors)
        elif held:
            # Checked when it was given, and perhaps sealed under a key that is gone.
            merged["action_config"] = {k: v for k, v in kept.items() if k != "secret"}
        errors |= _scrip_errors(merged)
        if errors:
            raise Invalid(errors)
        if "action_config" in given:
            kept = _sealed(merged["action_config"])
        row = held or Scrip()
        for name in _SCRIP_FIELDS:
            setattr(row, name, kept if name == "action_config" else merged[name])
        row.version = row.version + 1 if held else 1
        row.save()
        ScripVersion.objects.create(
            scrip_id=row.pk,
            version=row.version,
            snapshot=snapshot_of(row),
            note=note,
            creator_id=actor.id,
            created_at=clock.now(),
        )
    return row


def draft_scrip(given: Mapping[str, Any]) -> Scrip:
    """A scrip that is only to be tried, checked as if it were saved. Raises `Invalid` as `save_scrip` does."""
    merged = {**_SCRIP_DEFAULTS, **given}
    errors = _unknown(given, _SCRIP_FIELDS) | _scrip_errors(merged)
    if errors:
        raise Invalid(errors)
    return Scrip(**{name: merged[name] for name in _SCRIP_FIELDS})


def delete_scrip(scrip: Scrip, *, actor: Actor) -> None:
    """Delete it, with a last version that says when: what it did before can be explained for good."""
    with transaction.atomic():
        held = _held(Scrip, scrip)
        assert held is not None  # noqa: S101  # a scrip was given
        ScripVersion.objects.create(
            scrip_id=held.pk,
            version=held.version + 1,
            snapshot=None,
            creator_id=actor.id,
            created_at=clock.now(),
        )
        held.delete()


def save_template(
    template: Template | None, given: Mapping[str, Any], *, actor: Actor, note: str = ""
) -> Template:
    """Make a template, or change the fields given of one. Raises `Invalid`, with `line N` where a text is wrong."""
    with transaction.atomic():
        held = _held(Template, template)
        merged = {**_TEMPLATE_DEFAULTS, **_values_of(held, _TEMPLATE_FIELDS), **given}
        errors = _unknown(given, _TEMPLATE_FIELDS) | _template_errors(merged, held)
        if errors:
            raise Invalid(errors)
        row = held or Template()
        for name in _TEMPLATE_FIELDS:
            setattr(row, name, merged[name])
        row.version = row.version + 1 if held else 1
        row.save()
        TemplateVersion.objects.create(
            template=row,
            version=row.version,
            snapshot=_values_of(row, _TEMPLATE_FIELDS),
            note=note,
            creator_id=actor.id,
            created_at=clock.now(),
        )
    return row


def delete_template(template: Template) -> None:
    """Raises `Invalid` where a scrip still uses it, with the scrips' names."""
    users = list(Scrip.objects.filter(template=template).values_list("name", flat=True)[:5])
    if users:
        told = _("scrips use it: %(names)s; give them another template first")
        raise Invalid({"id": [told % {"names": ", ".join(users)}]})
    template.delete()


def public_action_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A scrip's action settings as they may be shown: a secret only says that there is one."""
    if config.get("secret") is None:
        return dict(config)
    several = isinstance(config["secret"], list)
    return {**config, "secret": [HIDDEN] * len(config["secret"]) if several else HIDDEN}


def snapshot_of(scrip: Scrip) -> dict[str, Any]:
    """What a version keeps of a scrip."""
    return _values_of(scrip, _SCRIP_FIELDS)


def _held(model: type[Row], row: Row | None) -> Row | None:
    """The row, locked: two who save count two versions."""
    return None if row is None else model._default_manager.select_for_update().get(pk=row.pk)  # noqa: SLF001  # Django's name


def _values_of(row: Scrip | Template | None, fields: set[str]) -> dict[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in sorted(fields)}


def _unknown(given: Mapping[str, Any], known: set[str]) -> dict[str, list[str]]:
    return {str(key)[:64]: [_("unknown field")] for key in given if key not in known}


def _scrip_errors(merged: Mapping[str, Any]) -> dict[str, list[str]]:
    config = configuration.current()
    errors: dict[str, list[str]] = {}
    queue = _queue(merged["queue_id"], config, errors)
    _name(merged, 200, errors)
    _plain(merged, errors)
    if not isinstance(merged["condition_config"], dict):
        errors["condition_config"] = [_("must be an object")]
    if not isinstance(merged["action_config"], dict):
        errors["action_config"] = [_("must be an object")]
    template = _template(merged, queue, errors)
    own = (queue,) if queue else ()
    checker = Checker(config, own, has_template=template is not None, errors=errors)
    for field, registry, settings in (
        ("condition_type", CONDITIONS, merged["condition_config"]),
        ("action_type", ACTIONS, merged["action_config"]),
    ):
        wanted = merged.get(field)
        kind = registry.get(wanted) if isinstance(wanted, str) else None
        if kind is None:
            named = ", ".join(registry)
            errors[field] = [_("must be one of %(names)s") % {"names": named}]
        elif isinstance(settings, dict):
            kind.check(settings, checker)
    return errors


def _queue(raw: object, config: Config, errors: dict[str, list[str]]) -> QueueSpec | None:
    if raw is None:
        return None
    try:
        queue = config.queues.get(values.identity(raw))
    except values.BadValue as error:
        errors["queue_id"] = [str(error)]
        return None
    if queue is None:
        errors["queue_id"] = [_("there is no such queue")]
    return queue


def _name(merged: Mapping[str, Any], longest: int, errors: dict[str, list[str]]) -> None:
    try:
        if not values.line(merged.get("name"), longest=longest).strip():
            errors["name"] = [_("must not be empty")]
    except values.BadValue as error:
        errors["name"] = [str(error) if "name" in merged else _("is required")]


def _plain(merged: Mapping[str, Any], errors: dict[str, list[str]]) -> None:
    for field in ("disabled", "shadow"):
        if not isinstance(merged[field], bool):
            errors[field] = [_("must be true or false")]
    if merged["stage"] not in Scrip.Stage.values:
        named = ", ".join(Scrip.Stage.values)
        errors["stage"] = [_("must be one of %(names)s") % {"names": named}]
    try:
        values.text(merged["description"], longest=500)
    except values.BadValue as error:
        errors["description"] = [str(error)]
    try:
        values.integer(merged["sort_order"], least=-1_000_000, most=1_000_000)
    except values.BadValue as error:
        errors["sort_order"] = [str(error)]


def _template(
    merged: Mapping[str, Any], queue: QueueSpec | None, errors: dict[str, list[str]]
) -> Template | None:
    raw = merged["template_id"]
    if raw is None:
        return None
    try:
        found = Template.objects.filter(pk=values.identity(raw)).first()
    except values.BadValue as error:
        errors["template_id"] = [str(error)]
        return None
    if found is None:
        errors["template_id"] = [_("there is no such template")]
    elif found.queue_id is not None and (queue is None or queue.id != found.queue_id):
        errors["template_id"] = [_("this template belongs to another queue")]
    return found


def _template_errors(merged: Mapping[str, Any], held: Template | None) -> dict[str, list[str]]:
    config = configuration.current()
    errors: dict[str, list[str]] = {}
    queue = _queue(merged["queue_id"], config, errors)
    _name(merged, 100, errors)
    if merged["content_type"] not in Template.ContentType.values:
        named = ", ".join(Template.ContentType.values)
        errors["content_type"] = [_("must be one of %(names)s") % {"names": named}]
    checker = Checker(config, (queue,) if queue else (), errors=errors)
    try:
        checker.template("subject_template", values.line(merged["subject_template"], longest=500))
    except values.BadValue as error:
        errors["subject_template"] = [str(error)]
    html = merged["content_type"] == Template.ContentType.HTML
    body = checker.text("body_template", merged["body_template"], longest=LONGEST_TEMPLATE)
    if body is not None:
        checker.template("body_template", body, html=html)
    if held and merged["queue_id"] is not None and merged["queue_id"] != held.queue_id:
        _check_users(held, merged["queue_id"], errors)
    if not errors and _is_taken(merged, held):
        errors["name"] = [_("another template has this name")]
    return errors


def _check_users(template: Template, queue_id: object, errors: dict[str, list[str]]) -> None:
    """A template can't leave the scrips of other queues that use it."""
    users = Scrip.objects.filter(template=template)
    names = [scrip.name for scrip in users if scrip.queue_id != queue_id]
    if names and "queue_id" not in errors:
        told = _("scrips elsewhere use it: %(names)s; give them another template first")
        errors["queue_id"] = [told % {"names": ", ".join(names[:5])}]


def _is_taken(merged: Mapping[str, Any], held: Template | None) -> bool:
    others = Template.objects.filter(name__iexact=merged["name"], queue_id=merged["queue_id"])
    return (others.exclude(pk=held.pk) if held else others).exists()


def _with_kept_secret(config: Any, held: Scrip | None, errors: dict[str, list[str]]) -> Any:
    """A secret given back as it was shown is the one that is kept; unsealed here, to be checked with the rest."""
    if not isinstance(config, dict) or config.get("secret") is None:
        return config
    kept = held.action_config.get("secret") if held else None
    sealed = kept if isinstance(kept, list) else [] if kept is None else [kept]
    given = config["secret"] if isinstance(config["secret"], list) else [config["secret"]]
    try:
        plain = [
            secretbox.open_(sealed[index])
            if secret in (HIDDEN, *sealed) and index < len(sealed)
            else secret
            for index, secret in enumerate(given)
        ]
        if HIDDEN in plain:
            told = _("“%s” stands for a secret that is kept, and there is none here: give it anew")
            errors["action_config.secret"] = [told % HIDDEN]
    except secretbox.SecretUnreadable as error:
        errors["action_config.secret"] = [str(error)]
        return {**config, "secret": None}
    return {**config, "secret": plain if isinstance(config["secret"], list) else plain[0]}


def _sealed(config: dict[str, Any]) -> dict[str, Any]:
    secret = config.get("secret")
    if secret is None:
        return config
    if isinstance(secret, list):
        return {**config, "secret": [secretbox.seal(each) for each in secret]}
    return {**config, "secret": secretbox.seal(secret)}
