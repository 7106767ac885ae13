"""The versions of scrips and templates: what each one changed, and the way back to one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from scrips import service
from scrips.judging import judge
from scrips.models import Scrip, ScripVersion, Template, TemplateVersion
from scrips.places import Reach
from scrips.sealing import HIDDEN
from tessera.lib.errors import Invalid
from tickets.access import Actor

_SEALED = "action_config.secret"
_MISSING = object()


def whole(snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    """A scrip's snapshot in the shape of today: those of the first days knew one queue or none."""
    rest = {name: value for name, value in snapshot.items() if name != "queue_id"}
    return {**rest, **Reach.of_snapshot(snapshot).kept()}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`[{"field", "before", "after"}]` of what differs, settings each by its path; null for what was not there.

    Of a secret it is only said that it became another.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        {
            "field": field,
            "before": _shown(field, old.get(field)),
            "after": _shown(field, new.get(field)),
        }
        for field in sorted({*old, *new})
        if old.get(field, _MISSING) != new.get(field, _MISSING)
    ]


def _flat(found: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def _shown(field: str, value: Any) -> Any:
    if field != _SEALED or value is None:
        return value
    return [HIDDEN] * len(value) if isinstance(value, list) else HIDDEN


def scrip_history(rows: Sequence[ScripVersion]) -> list[dict[str, Any]]:
    """Versions of one scrip as they are answered. At most one statement more, for those before them."""
    numbers = {row.version - 1 for row in rows} - {row.version for row in rows} - {0}
    others = (
        ScripVersion.objects.filter(scrip_id=rows[0].scrip_id, version__in=numbers)
        if numbers
        else ()
    )
    kept = {row.version: whole(row.snapshot) for row in (*rows, *others) if row.snapshot}
    return [_told(row, kept) for row in rows]


def template_history(rows: Sequence[TemplateVersion]) -> list[dict[str, Any]]:
    """The same of a template."""
    numbers = {row.version - 1 for row in rows} - {row.version for row in rows} - {0}
    others = (
        TemplateVersion.objects.filter(template=rows[0].template_id, version__in=numbers)
        if numbers
        else ()
    )
    return [_told(row, {each.version: each.snapshot for each in (*rows, *others)}) for row in rows]


def _told(
    row: ScripVersion | TemplateVersion, kept: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    before, after = kept.get(row.version - 1), kept.get(row.version)
    return {
        "version": row.version,
        "created_at": row.created_at,
        "creator_id": row.creator_id,
        "note": row.note,
        "diff": [] if before is None or after is None else changes(before, after),
    }


def scrip_at(scrip: Scrip, version: int) -> Mapping[str, Any]:
    """A scrip's snapshot. Raises `Invalid` at `version` where there is none."""
    row = ScripVersion.objects.filter(scrip_id=scrip.pk, version=version).first()
    if row is None or row.snapshot is None:
        raise Invalid({"version": [_("there is no such version")]})
    return whole(row.snapshot)


def roll_back_scrip(scrip: Scrip, version: int, *, actor: Actor, note: str = "") -> Scrip:
    """Save a scrip as it was in that version, as the next one: its secret and its places in queues too.

    It is judged as every save is: raises `Invalid` where it names what is gone since.
    """
    with transaction.atomic():
        held = Scrip.objects.select_for_update().get(pk=scrip.pk)
        found = scrip_at(held, version)
        config = {key: value for key, value in found["action_config"].items() if key != "secret"}
        judged = judge({**found, "action_config": config}, author=actor)
        if judged.errors:
            raise Invalid(judged.errors)
        places = {int(number): place for number, place in found["places"].items()}
        told = note or _back_to(version)
        return service.write_scrip(held, found, actor=actor, note=told, places=places)


def template_at(template: Template, version: int) -> Mapping[str, Any]:
    """The same of a template."""
    row = TemplateVersion.objects.filter(template=template.pk, version=version).first()
    if row is None:
        raise Invalid({"version": [_("there is no such version")]})
    snapshot: Mapping[str, Any] = row.snapshot
    return snapshot


def roll_back_template(
    template: Template, version: int, *, actor: Actor, note: str = ""
) -> Template:
    """The same of a template. Raises `Invalid`, with `line N` where a text names what is gone since."""
    found = template_at(template, version)
    return service.save_template(template, found, actor=actor, note=note or _back_to(version))


def _back_to(version: int) -> str:
    return _("Back to version %(number)d") % {"number": version}
