"""What the pages of a lifecycle tell: how it looks, what its draft would change, and what its versions changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lifecycles.definition import Definition, Fault, parse
from lifecycles.diagram import svg
from lifecycles.diff import diff
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.lib.admin import code
from tickets import moving
from tickets.models import VersionMove
from tickets.processes import check_guard, held_roles

# Further tickets are not counted: the page must open as fast in a large house as in a small one.
MOST_COUNTED = 10_000
_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version and what it changed against the one before; nothing is told of the first."""

    row: LifecycleVersion
    changes: tuple[str, ...]

    @property
    def definition(self) -> SafeString:
        """As it was published."""
        return code(self.row.definition)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules of today say to a text: whether it could be published as it is, and what it would change."""

    draft: bool
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    changes: tuple[str, ...]
    drawing: SafeString
    caption: str


def judge(lifecycle: Lifecycle) -> Judged:
    """The draft of a published lifecycle; without one, its current version. What has faults is not drawn: then the
    published version is."""
    current = lifecycle.current
    assert current is not None  # noqa: S101  # the pages are those of published ones
    draft = lifecycle.draft is not None
    raw = lifecycle.draft if draft else current.definition
    parsed = parse(raw, check_guard=check_guard, held_roles=held_roles())
    published = parse(current.definition).definition
    shown, caption = published, _("Version %d, which is published") % current.number
    changes: tuple[str, ...] = ()
    if draft and parsed.definition is not None:
        shown, caption = parsed.definition, _("The draft")
        changes = diff(published, parsed.definition) if published else ()
    drawing = draw(shown, caption)
    return Judged(draft, parsed.faults, parsed.warnings, changes, drawing, caption)


def draw(definition: Definition | None, name: str) -> SafeString:
    """The state diagram in a region that scrolls by the keyboard too; empty where there is nothing to draw."""
    if definition is None:
        return SafeString("")
    return format_html(
        '<div class="diagram" tabindex="0" role="region" aria-label="{}">{}</div>',
        _("State diagram: %s") % name,
        mark_safe(svg(definition)),  # noqa: S308  # it escapes every name
    )


def versions(lifecycle: Lifecycle) -> tuple[VersionFacts, ...]:
    """The newest versions, newest first, each with what it changed."""
    rows = lifecycle.versions.select_related("creator").order_by("-number")
    found = list(rows[: _MOST_VERSIONS + 1])
    return tuple(
        VersionFacts(row, changes_of(row, found[index + 1 : index + 2]))
        for index, row in enumerate(found[:_MOST_VERSIONS])
    )


def changes_of(row: LifecycleVersion, before: Sequence[LifecycleVersion]) -> tuple[str, ...]:
    """What a version changed, in sentences; `before` is the version before it, or nothing."""
    if not before:
        return ()
    old, new = parse(before[0].definition).definition, parse(row.definition).definition
    if old is None or new is None:
        return (_("One of the two versions can't be read by the rules of today"),)
    return diff(old, new) or (_("It means the same as the version before it"),)


@dataclass(frozen=True, slots=True)
class Behind:
    """The tickets that live by older versions, counted no further than `MOST_COUNTED`, and the move that takes them."""

    tickets: int
    running: VersionMove | None

    @property
    def more(self) -> bool:
        """Whether there are more than were counted."""
        return self.tickets >= MOST_COUNTED


def behind(lifecycle: Lifecycle) -> Behind:
    """Of a published lifecycle: two statements for the count, one for the move."""
    assert lifecycle.current is not None  # noqa: S101  # as above
    moves = VersionMove.objects.filter(lifecycle=lifecycle, status=VersionMove.Status.RUNNING)
    return Behind(
        moving.left_behind(lifecycle, lifecycle.current, most=MOST_COUNTED),
        moves.select_related("version").first(),
    )


def link_to(lifecycle: Lifecycle) -> SafeString:
    """Its name, leading to its page in the administration."""
    url = reverse("admin:lifecycles_lifecycle_change", args=[lifecycle.pk])
    return format_html('<a href="{}">{}</a>', url, lifecycle.name)


def listed(sentences: Sequence[str]) -> SafeString | None:
    """Sentences as a list, escaped; None for none."""
    if not sentences:
        return None
    items = format_html_join("", "<li>{}</li>", ((each,) for each in sentences))
    return format_html('<ul class="told">{}</ul>', items)
