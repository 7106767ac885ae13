"""Two who change one rule at once: what the other saved meanwhile, beside what this one was about to save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scrips import service, versions
from scrips.builder.past import shown
from scrips.builder.words import spot
from scrips.models import Scrip, ScripVersion


@dataclass(frozen=True)
class Meanwhile:
    """The version that stands there now, and each setting in which it differs from what was to be saved:
    `[(path, as it was when the page was opened, as it is now, as it was to become)]`."""

    row: ScripVersion | None
    number: int
    differs: Sequence[tuple[str, str, str, str]]


def since(scrip: Scrip, seen: int, given: Mapping[str, Any]) -> Meanwhile | None:
    """What was saved since version `seen`; None where nothing was. `given` are the fields that are to be saved.

    `scrip` is the row as it is kept, locked: until the transaction ends nobody else saves one. Two statements.
    """
    if scrip.version == seen:
        return None
    rows = {
        row.version: row
        for row in ScripVersion.objects.filter(
            scrip_id=scrip.pk, version__in=(seen, scrip.version)
        ).select_related("creator")
    }
    now = _public(service.snapshot_of(scrip))
    opened = rows.get(seen)
    was = _public(versions.whole(opened.snapshot)) if opened and opened.snapshot else now
    before = {each["field"]: each["before"] for each in versions.changes(was, now)}
    differs = [
        (
            spot(each["field"]),
            shown(before.get(each["field"], each["before"])),
            shown(each["before"]),
            shown(each["after"]),
        )
        for each in versions.changes(now, {**now, **given})
    ]
    return Meanwhile(rows.get(scrip.version), scrip.version, differs)


def _public(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Without secrets: what a form has of one is only that there is one."""
    return {**snapshot, "action_config": service.public_action_config(snapshot["action_config"])}
