"""What can be drawn of rows that still have faults."""

from collections.abc import Iterator

from lifecycles.parts import ANY, BEGIN, COLORS, Definition, Status, Transition
from lifecycles.table.rows import Table
from tessera.lib.query.fold import fold


def sketched(table: Table) -> Definition | None:
    """A definition of the statuses that have a name of their own and of the transitions between them; None without
    any status. Only to look at: it may lack what a real one must have."""
    names = dict(_statuses(table))
    statuses = tuple(Status(row.name, row.kind) for row in table.statuses if row.key in names)
    if not statuses:
        return None
    chosen = names.get(table.on_create)
    return Definition(
        statuses=statuses,
        on_create=chosen or statuses[0].name,
        transitions=tuple(_transitions(table, names)),
        colors={
            names[r.key]: r.color for r in table.statuses if r.key in names and r.color in COLORS
        },
    )


def _statuses(table: Table) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for row in table.statuses:
        if row.name and fold(row.name) not in seen:
            seen.add(fold(row.name))
            yield row.key, row.name


def _transitions(table: Table, names: dict[str, str]) -> Iterator[Transition]:
    for row in table.transitions:
        sources = tuple(
            names.get(ref, ref) for ref in row.sources if ref in (ANY, BEGIN) or ref in names
        )
        if row.target in names and sources:
            yield Transition(
                name=row.name or row.label or row.key,
                label=row.label or row.name or "…",
                sources=sources,
                target=names[row.target],
                right=row.right,
                roles=row.roles,
                guard=row.guard,
                message="correspond" if row.message == "correspond" else "",
            )
