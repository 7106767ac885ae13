"""What the pages of a lifecycle tell: how it looks, what its draft would change, and what its versions changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lifecycles.definition import Fault, parse
from lifecycles.diff import diff
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.lib.admin import code
from tickets import moving
from tickets.models import Ticket, VersionMove
from tickets.processes import check_guard

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


def faults_of(lifecycle: Lifecycle) -> tuple[Fault, ...]:
    """Of the draft."""
    return parse(lifecycle.draft, check_guard=check_guard).faults


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


def living(lifecycle: Lifecycle) -> int:
    """The tickets that live by any of its versions, counted no further than `MOST_COUNTED`."""
    ids = list(lifecycle.versions.values_list("pk", flat=True))
    return Ticket.objects.filter(lifecycle_version__in=ids).order_by()[:MOST_COUNTED].count()


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
