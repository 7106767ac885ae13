"""What the page of a lifecycle shows around the rows: choices, faults at their cells, the drawing."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lifecycles import diagram
from lifecycles.definition import Definition, Fault, Parsed, parse
from lifecycles.diagram.words import kind_name
from lifecycles.diff import diff
from lifecycles.models import Lifecycle, LifecycleVersion
from lifecycles.parts import ANY, BEGIN, COLORS, KINDS, Kind
from lifecycles.table import FormerRow, MapRow, StatusRow, Table, TransitionRow
from lifecycles.table.rows import UNKNOWN
from lifecycles.table.sketch import sketched
from lifecycles.table.writing import placed
from tessera.accounts.rights import RIGHTS
from tessera.lib.drawn import drawn as kept
from tessera.lib.query.fold import fold
from tickets import config
from tickets.models import Ticket
from tickets.processes import check_guard, guard_fault, held_roles
from tickets.workshop.editing import Edited

# Further tickets are not counted.
MOST_COUNTED = 10_000
_MOST_COUNTS = 20
_WORD = re.compile(r"\w+|\S")

Told = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Around:
    """What each row of a status is drawn with: the choices, and which row is the default, which the new one."""

    kinds: tuple[tuple[str, str], ...]
    colors: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    on_create: str
    fresh: str


@dataclass(frozen=True)
class Line:
    """A row with what is told of its cells: faults, and what is allowed and probably a mistake."""

    row: StatusRow | MapRow
    faults: Told
    warnings: Told
    first: bool = False
    last: bool = False
    around: Around | None = None

    @property
    def html(self) -> SafeString:
        """The row of a status."""
        return _row("status", self, (self.row, self.first, self.last, self.around))


@dataclass(frozen=True)
class Group:
    """The statuses of a kind."""

    kind: Kind
    name: str
    lines: tuple[Line, ...]
    faults: Told
    warnings: Told


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen, and whether it is."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Way:
    """A transition with its choices."""

    row: TransitionRow
    faults: Told
    warnings: Told
    sources: tuple[Choice, ...]
    targets: tuple[Choice, ...]
    roles: tuple[Choice, ...]
    first: bool = False
    last: bool = False
    fresh: bool = False

    @property
    def html(self) -> SafeString:
        """Its rows."""
        choices = (self.sources, self.targets, self.roles)
        return _row("way", self, (self.row, *choices, self.first, self.last, self.fresh))

    @property
    def said(self) -> str:
        """Where it leads from, in words."""
        return ", ".join(each.label for each in self.sources if each.chosen)

    @property
    def open(self) -> bool:
        """Whether something is wrong with what is folded away."""
        cells = ("name", "right", "roles", "guard", "message")
        return any(cell in self.faults for cell in cells)

    @cached_property
    def wrong(self) -> tuple[int, tuple[str, str, str]] | None:
        """The character from which on the guard is no query, and the words around it."""
        fault = guard_fault(self.row.guard) if "guard" in self.faults else None
        if fault is None:
            return None
        text, at = " ".join(self.row.guard.splitlines()), fault.position
        word = _WORD.match(text, at)
        ends = word.end() if word else at
        return at, (text[max(0, at - 40) : at], text[at:ends] or "␣", text[ends : ends + 40])

    @property
    def tags(self) -> Iterator[str]:
        """What it asks for, briefly."""
        if self.row.right:
            yield self.row.right
        yield from self.row.roles
        if self.row.guard:
            yield _("guarded")
        if self.row.message:
            yield _("needs a reply") if self.row.message == "correspond" else _("needs a comment")


def _row(name: str, shown: Line | Way, key: tuple[Hashable, ...]) -> SafeString:
    """As it was drawn before, where nothing is told of its cells."""

    def draw() -> SafeString:
        template = f"admin/lifecycles/lifecycle/_{name}.html"
        return SafeString(render_to_string(template, {"line": shown}))

    return draw() if shown.faults or shown.warnings else kept((name, key), draw)


@dataclass(frozen=True)
class Former:
    """A status that the draft no longer has, how many tickets have it, and what they become."""

    row: FormerRow
    tickets: int | None
    choices: tuple[Choice, ...]
    faults: Sequence[str] = ()

    @property
    def more(self) -> bool:
        """Whether there are more than were counted."""
        return (self.tickets or 0) >= MOST_COUNTED


@dataclass
class Editor:
    """All that the page shows of a definition while it is edited. `parsed` is what the check of today says of it."""

    lifecycle: Lifecycle
    edited: Edited
    parsed: Parsed
    draft: bool
    published: Definition | None

    @classmethod
    def of(cls, lifecycle: Lifecycle, edited: Edited, *, draft: bool) -> "Editor":
        """Of what a form holds."""
        check = check_guard if edited.table is None or edited.lost else _check_guard
        parsed = parse(edited.raw, check_guard=check, held_roles=held_roles())
        current = lifecycle.current
        published = parse(current.definition).definition if current else None
        return cls(lifecycle, edited, parsed, draft, published)

    @property
    def table(self) -> Table | None:
        return self.edited.table

    @cached_property
    def _faults(self) -> tuple[dict[str, dict[str, list[str]]], list[Fault]]:
        return self._placed(self.parsed.faults)

    @cached_property
    def _warnings(self) -> tuple[dict[str, dict[str, list[str]]], list[Fault]]:
        return self._placed(self.parsed.warnings)

    def _placed(
        self, faults: Sequence[Fault]
    ) -> tuple[dict[str, dict[str, list[str]]], list[Fault]]:
        """By row and cell what is told there; and what has no row."""
        if self.table is None or self.edited.lost:
            return {}, list(faults)
        cells, rest = placed(faults, self.table)
        found: dict[str, dict[str, list[str]]] = {}
        for (row, cell), each in cells.items():
            found.setdefault(row, {})[cell] = [fault.detail for fault in each]
        return found, rest

    @property
    def faults(self) -> list[Fault]:
        """Those that belong to no row."""
        return self._faults[1]

    @property
    def warnings(self) -> list[Fault]:
        """The same."""
        return self._warnings[1]

    @property
    def count(self) -> int:
        """How many faults there are."""
        return len(self.parsed.faults)

    def _of(self, key: str) -> dict[str, Any]:
        return {"faults": self._faults[0].get(key, {}), "warnings": self._warnings[0].get(key, {})}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The statuses by kind."""
        return tuple(self._groups())

    def _groups(self) -> Iterator[Group]:
        assert self.table is not None  # noqa: S101  # asked only where there are rows
        for kind in KINDS:
            held = self.table.of_kind(kind)
            lines = tuple(
                Line(
                    row,
                    **self._of(row.key),
                    first=index == 0,
                    last=index == len(held) - 1,
                    around=self._around,
                )
                for index, row in enumerate(held)
            )
            yield Group(kind, kind_name(kind), lines, **self._of(kind))

    @cached_property
    def _around(self) -> Around:
        return Around(
            kinds=tuple((kind, kind_name(kind)) for kind in KINDS),
            colors=tuple((color, pgettext("colour", color)) for color in COLORS),
            roles=tuple(self.roles),
            on_create=self.table.on_create if self.table else "",
            fresh=self.edited.fresh,
        )

    @property
    def ways(self) -> Iterator[Way]:
        """The transitions."""
        assert self.table is not None  # noqa: S101  # as above
        held = self.table.transitions
        for index, row in enumerate(held):
            yield Way(
                row,
                **self._of(row.key),
                sources=tuple(self._sources(row)),
                targets=tuple(self._targets(row.target)),
                roles=tuple(self._roles(row.roles)),
                first=index == 0,
                last=index == len(held) - 1,
                fresh=row.key == self.edited.fresh,
            )

    def _sources(self, row: TransitionRow) -> Iterator[Choice]:
        yield Choice("create", _("the beginning"), BEGIN in row.sources)
        yield Choice(ANY, _("any other"), ANY in row.sources)
        yield from self._statuses(row.sources)
        for ref in row.sources:
            if ref.startswith(UNKNOWN):
                yield Choice(ref, _("%s (there is none)") % ref[1:], chosen=True)

    def _targets(self, target: str) -> Iterator[Choice]:
        yield from self._statuses((target,))
        if target.startswith(UNKNOWN):
            yield Choice(target, _("%s (there is none)") % target[1:], chosen=True)

    def _statuses(self, chosen: Sequence[str]) -> Iterator[Choice]:
        assert self.table is not None  # noqa: S101  # as above
        for row in self.table.statuses:
            yield Choice(row.key, row.name or _("without a name yet"), row.key in chosen)

    def _roles(self, chosen: Sequence[str]) -> Iterator[Choice]:
        held = {fold(name): name for name in self.roles}
        for name in (*self.roles, *(role for role in chosen if fold(role) not in held)):
            yield Choice(name, name, any(fold(name) == fold(role) for role in chosen))

    @cached_property
    def roles(self) -> list[str]:
        """All that there are."""
        return sorted((role.name for role in config.current().grants.roles.values()), key=fold)

    @property
    def rights(self) -> list[str]:
        """Those of the house, and those that transitions made."""
        return sorted({*RIGHTS, *config.current().named_rights})

    @property
    def maps(self) -> Iterator[tuple[Line, tuple[Choice, ...]]]:
        """What statuses become elsewhere."""
        assert self.table is not None  # noqa: S101  # as above
        for row in self.table.maps:
            yield Line(row, **self._of(row.key)), tuple(self._statuses((row.status,)))

    @cached_property
    def others(self) -> list[str]:
        """The names of the other lifecycles."""
        here = self.lifecycle.pk
        return sorted(
            spec.name for spec in config.current().lifecycles if spec.lifecycle_id != here
        )

    @cached_property
    def formers(self) -> list[Former]:
        """Statuses that went or were renamed, with their tickets."""
        if self.table is None:
            return []
        versions = (
            list(self.lifecycle.versions.values_list("pk", flat=True)) if self.table.formers else []
        )
        return [
            Former(
                row,
                _counted(versions, row.was) if index < _MOST_COUNTS else None,
                tuple(self._statuses((row.now,))),
                self._of(row.was)["faults"].get("now", ()),
            )
            for index, row in enumerate(self.table.formers)
        ]

    @cached_property
    def changes(self) -> tuple[str, ...]:
        """What publishing would change, in sentences."""
        if self.published is None or self.parsed.definition is None:
            return ()
        return diff(self.published, self.parsed.definition)

    @cached_property
    def drawing(self) -> SafeString:
        """Of what the page holds, faults and all; each tile leads to its row. Empty where nothing can be drawn."""
        shown = self.parsed.definition
        if self.table is not None and not self.edited.lost:
            shown = sketched(self.table)
        links = {row.name: f"#row-{row.key}" for row in self.table.statuses} if self.table else {}
        return drawn(shown, _("as it stands here"), links=links)


def drawn(
    definition: Definition | None,
    name: str,
    *,
    links: Mapping[str, str] | None = None,
    marks: diagram.Marks | None = None,
) -> SafeString:
    """The state diagram in a region that scrolls by the keyboard too; empty where there is nothing to draw."""
    if definition is None:
        return SafeString("")
    return format_html(
        '<div class="diagram" tabindex="0" role="region" aria-label="{}">{}</div>',
        _("State diagram: %s") % name,
        mark_safe(diagram.svg(definition, links=links, marks=marks)),  # noqa: S308  # it escapes every name
    )


def _check_guard(text: str) -> str | None:
    """Beside the guard itself its place is shown; the sentence needs none."""
    fault = guard_fault(text)
    return str(fault.detail) if fault else None


def _counted(versions: Sequence[int], status: str) -> int:
    """The tickets of these versions that have the status, counted no further than `MOST_COUNTED`."""
    held = Ticket.objects.filter(lifecycle_version__in=versions, status=status)
    return held.order_by()[:MOST_COUNTED].count()


def compared(before: LifecycleVersion | None, after: Definition | None, name: str) -> SafeString:
    """Both in one drawing, with signs for what is new, gone and other; the later alone where there is nothing to
    compare it with."""
    old = parse(before.definition).definition if before else None
    if old is None or after is None:
        return drawn(after, name)
    shown, marks = diagram.compared(old, after)
    return drawn(shown, name, marks=marks)
