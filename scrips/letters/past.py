"""The versions of a template, with the lines that each changed, and copies of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from scrips import service, versions
from scrips.builder import past
from scrips.builder.past import MOST_VERSIONS, Version
from scrips.builder.words import spot
from scrips.letters.looks import number
from scrips.models import Template, TemplateVersion

# Longer texts are said to have changed: comparing them would cost more than the page.
_MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text: `+` came, `-` went, a blank stayed."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """What became of a text of several lines."""

    field: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class TextVersion(Version):
    """A version whose long texts are told by their lines."""

    texts: Sequence[Text]


def history(row: Template) -> list[TextVersion]:
    """Newest first. Two statements."""
    rows = TemplateVersion.objects.filter(template=row.pk).select_related("creator")
    listed = list(rows.order_by("-version")[:MOST_VERSIONS])
    found = versions.template_history(listed) if listed else []
    short = [{**each, "diff": [one for one in each["diff"] if not _long(one)]} for each in found]
    told = past.told(listed, short, now=row.version)
    return [
        TextVersion(version.row, version.changes, version.can_return, [*_texts(each["diff"])])
        for version, each in zip(told, found, strict=True)
    ]


def _long(change: Mapping[str, Any]) -> bool:
    return any("\n" in str(change[side] or "") for side in ("before", "after"))


def _texts(changes: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    for each in filter(_long, changes):
        yield Text(spot(each["field"]), _lines(str(each["before"] or ""), str(each["after"] or "")))


def _lines(before: str, after: str) -> list[Line]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _MOST_LINES:
        return [Line(" ", _("(changed; too long to be compared here)"))]
    listed = list(unified_diff(old, new, lineterm="", n=2))[2:]
    return [Line(" ", "…") if each.startswith("@@") else Line(each[0], each[1:]) for each in listed]


def copied(raw: str) -> Mapping[str, Any]:
    """What a copy's form begins with."""
    row = Template.objects.filter(pk=number(raw) or 0).first()
    if row is None:
        return {}
    kept = service.template_snapshot(row)
    return {
        **{name: value for name, value in kept.items() if name != "queue_id"},
        "name": Truncator(_("Copy of %s") % row.name).chars(100),
        "queue": row.queue_id,
    }
