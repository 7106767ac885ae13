"""Saving scrips and templates: checked against the configuration they will act in, each save a version."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from scrips.checking import LONGEST_TEMPLATE, Checker
from scrips.judging import Faults, Ground, Judged, judge, judge_name, judge_plain, queue_of
from scrips.models import Scrip, ScripQueue, ScripVersion, Template, TemplateVersion
from scrips.places import Reach
from scrips.sealing import HIDDEN, public_action_config, sealed_config, with_kept_secret
from tessera.lib import clock, values
from tessera.lib.errors import Invalid
from tickets import config as configuration
from tickets.access import Actor

__all__ = [
    "HIDDEN",
    "delete_scrip",
    "delete_template",
    "doubts",
    "draft_scrip",
    "public_action_config",
    "save_order",
    "save_scrip",
    "save_template",
    "snapshot_of",
    "template_snapshot",
    "write_scrip",
    "write_template",
]

Row = TypeVar("Row", Scrip, Template)

_SCRIP_DEFAULTS: dict[str, Any] = {
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
_QUEUES = {"queue_id", "queue_ids"}
# What names nothing that could be gone: a scrip that is valid no more can still be switched off.
_LIGHT = {"name", "description", "sort_order", "disabled", "shadow"}
_TEMPLATE_DEFAULTS: dict[str, Any] = {
    "queue_id": None,
    "subject_template": "",
    "body_template": "",
    "content_type": Template.ContentType.TEXT.value,
}
_TEMPLATE_FIELDS = {"name", *_TEMPLATE_DEFAULTS}


def save_scrip(
    scrip: Scrip | None,
    given: Mapping[str, Any],
    *,
    actor: Actor,
    note: str = "",
    places: Mapping[int, int] | None = None,
) -> Scrip:
    """Make a scrip, or change the fields given of one. Raises `Invalid` naming every wrong field at its path.

    Of one whose settings stay as they are only what is given is judged: what it names may be gone since. `places` are
    all of its own in some queues, where they are to change too.
    """
    with transaction.atomic():
        held = _held(Scrip, scrip)
        errors = _unknown(given, _SCRIP_FIELDS | _QUEUES)
        merged = _merged(held, given, errors)
        changed = _changed(held, merged)
        kept = merged["action_config"]
        if "action_config" in changed:
            merged["action_config"] = with_kept_secret(kept, held, errors)
        elif held:
            # Checked when it was given, and perhaps sealed under a key that is gone.
            kept = held.action_config
            merged["action_config"] = {k: v for k, v in kept.items() if k != "secret"}
        if held and changed <= _LIGHT:
            errors |= judge_plain(merged)
        else:
            errors |= _named(judge(merged, author=actor), given).errors
        if errors:
            raise Invalid(errors)
        if "action_config" in changed:
            kept = sealed_config(merged["action_config"])
        found = {**merged, "action_config": kept}
        return write_scrip(held, found, actor=actor, note=note, places=places)


def write_scrip(
    held: Scrip | None,
    found: Mapping[str, Any],
    *,
    actor: Actor,
    note: str,
    places: Mapping[int, int] | None = None,
) -> Scrip:
    """Write what was judged, as the next version. `places` are its own in some queues, where they are to change too."""
    row = held or Scrip()
    for name in _SCRIP_FIELDS:
        setattr(row, name, found[name])
    row.everywhere = not found["queue_ids"]
    row.version = row.version + 1 if held else 1
    row.save()
    _place(row, found["queue_ids"], places)
    ScripVersion.objects.create(
        scrip_id=row.pk,
        version=row.version,
        snapshot=snapshot_of(row),
        note=note,
        creator_id=actor.id,
        created_at=clock.now(),
    )
    return row


def _place(row: Scrip, queue_ids: Sequence[int], places: Mapping[int, int] | None) -> None:
    """In exactly these queues. Where it was already it keeps its place, unless `places` say all of them anew."""
    rows = {each.queue_id: each for each in row.places.all()}
    before = {number: each.sort_order for number, each in rows.items()}
    wanted = before if places is None else dict(places)
    kept = {*queue_ids} or {number for number, place in wanted.items() if place is not None}
    now = {number: wanted.get(number) for number in sorted(kept)}
    stays = {number for number, place in now.items() if number in rows and before[number] == place}
    row.places.exclude(queue__in=stays).delete()
    row.places.bulk_create(
        ScripQueue(scrip=row, queue_id=number, sort_order=place)
        for number, place in now.items()
        if number not in stays
    )


def draft_scrip(given: Mapping[str, Any], *, actor: Actor) -> Scrip:
    """A scrip that is only to be tried, checked as if it were saved. Raises `Invalid` as `save_scrip` does."""
    errors = _unknown(given, _SCRIP_FIELDS | _QUEUES)
    merged = _merged(None, given, errors)
    errors |= _named(judge(merged, author=actor), given).errors
    if errors:
        raise Invalid(errors)
    row = Scrip(**{name: merged[name] for name in _SCRIP_FIELDS})
    row.drafted = Reach.among(merged["queue_ids"], row.sort_order)
    return row


def doubts(scrip: Scrip, *, reader: Actor, ground: Ground | None = None) -> list[dict[str, str]]:
    """What a scrip names that is not there, or not in its queues: `[{"place", "detail"}]`, as of now."""
    judged = judged_now(scrip, reader=reader, ground=ground)
    return [
        {"place": place, "detail": text}
        for found in (judged.errors, judged.warnings)
        for place, texts in found.items()
        for text in texts
    ]


def judged_now(scrip: Scrip, *, reader: Actor, ground: Ground | None = None) -> Judged:
    """A scrip as it is kept, under the configuration of now. Two statements and one for each person that it names; on
    a shared ground one for each person whom none before named."""
    merged = _merged(scrip, {}, {})
    merged["action_config"] = {k: v for k, v in scrip.action_config.items() if k != "secret"}
    return judge(merged, reader=reader, ground=ground)


def save_order(queue_id: int, scrip_ids: Sequence[int], *, actor: Actor, note: str = "") -> None:
    """Let a queue's scrips run in this order, those for every queue among them: here alone, and each that takes
    another place gets a version.

    Raises `Invalid` at `scrip_ids` unless it names each scrip of the queue once.
    """
    with transaction.atomic():
        rows = Scrip.objects.select_for_update().order_by("pk").prefetch_related("places")
        here = {row.pk: row.reach for row in rows if row.reach.covers(queue_id)}
        if faults := _misnamed(here, scrip_ids):
            raise Invalid({"scrip_ids": faults})
        last: tuple[int, int] | None = None
        for number in scrip_ids:
            place = here[number].place(queue_id)
            if last is not None and (place, number) <= last:
                place = last[0] + 1
                row = Scrip.objects.get(pk=number)
                places = {**here[number].places, queue_id: place}
                write_scrip(row, _merged(row, {}, {}), actor=actor, note=note, places=places)
            last = (place, number)


def _misnamed(here: Mapping[int, Reach], scrip_ids: Sequence[int]) -> list[str]:
    faults = []
    if unknown := [str(number) for number in scrip_ids if number not in here]:
        faults.append(_("no scrips of this queue: %s") % ", ".join(unknown[:5]))
    if missing := [str(number) for number in here if number not in set(scrip_ids)]:
        faults.append(_("are missing: %s") % ", ".join(missing[:5]))
    if len(set(scrip_ids)) < len(scrip_ids):
        faults.append(_("names one twice"))
    return faults


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
        return write_template(held, merged, actor=actor, note=note)


def write_template(
    held: Template | None, found: Mapping[str, Any], *, actor: Actor, note: str
) -> Template:
    """Write what was judged, as the next version."""
    row = held or Template()
    for name in _TEMPLATE_FIELDS:
        setattr(row, name, found[name])
    row.version = row.version + 1 if held else 1
    row.save()
    TemplateVersion.objects.create(
        template=row,
        version=row.version,
        snapshot=template_snapshot(row),
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


def snapshot_of(scrip: Scrip) -> dict[str, Any]:
    """What a version keeps of a scrip."""
    return {**_values_of(scrip, _SCRIP_FIELDS), **scrip.reach.kept()}


def template_snapshot(template: Template) -> dict[str, Any]:
    """What a version keeps of a template."""
    return _values_of(template, _TEMPLATE_FIELDS)


def _held(model: type[Row], row: Row | None) -> Row | None:
    """The row, locked: two who save count two versions."""
    return None if row is None else model._default_manager.select_for_update().get(pk=row.pk)  # noqa: SLF001  # Django's name


def _values_of(row: Scrip | Template | None, fields: set[str]) -> dict[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in sorted(fields)}


def _unknown(given: Mapping[str, Any], known: set[str]) -> Faults:
    return {str(key)[:64]: [_("unknown field")] for key in given if key not in known}


def _merged(held: Scrip | None, given: Mapping[str, Any], errors: Faults) -> dict[str, Any]:
    """The whole scrip with what is given, its queues as `queue_ids`. One queue, or null for all, may come as
    `queue_id`; where both are given they must agree."""
    rest = {name: value for name, value in given.items() if name not in _QUEUES}
    merged = {**_SCRIP_DEFAULTS, **_values_of(held, _SCRIP_FIELDS), **rest}
    merged["queue_ids"] = held.reach.listed if held else []
    if "queue_id" in given:
        merged["queue_ids"] = [] if given["queue_id"] is None else [given["queue_id"]]
    if "queue_ids" in given:
        listed = given["queue_ids"]
        several = isinstance(listed, list) and len(listed) > 1 and given.get("queue_id") is None
        if "queue_id" in given and listed != merged["queue_ids"] and not several:
            errors["queue_id"] = [_("says something else than queue_ids; give one of the two")]
        merged["queue_ids"] = listed
    return merged


def _changed(held: Scrip | None, merged: Mapping[str, Any]) -> set[str]:
    """The fields that are to be another. Settings that come back as they were shown are none."""
    if held is None:
        return set(merged)
    before = {**_values_of(held, _SCRIP_FIELDS), "queue_ids": held.reach.listed}
    changed = {name for name, value in merged.items() if name in before and before[name] != value}
    if merged["action_config"] == public_action_config(held.action_config):
        changed.discard("action_config")
    return changed


def _named(judged: Judged, given: Mapping[str, Any]) -> Judged:
    """The queue's fault stands at the field that named it."""
    if "queue_ids" in judged.errors and "queue_id" in given and "queue_ids" not in given:
        judged.errors["queue_id"] = judged.errors.pop("queue_ids")
    return judged


def _template_errors(merged: Mapping[str, Any], held: Template | None) -> Faults:
    config = configuration.current()
    errors: Faults = {}
    queue = queue_of(merged["queue_id"], config, errors)
    judge_name(merged, 100, errors)
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


def _check_users(template: Template, queue_id: object, errors: Faults) -> None:
    """A template can't leave the scrips of other queues that use it."""
    users = Scrip.objects.filter(template=template).prefetch_related("places")
    names = [scrip.name for scrip in users if scrip.reach.one != queue_id]
    if names and "queue_id" not in errors:
        told = _("scrips elsewhere use it: %(names)s; give them another template first")
        errors["queue_id"] = [told % {"names": ", ".join(names[:5])}]


def _is_taken(merged: Mapping[str, Any], held: Template | None) -> bool:
    others = Template.objects.filter(name__iexact=merged["name"], queue_id=merged["queue_id"])
    return (others.exclude(pk=held.pk) if held else others).exists()
