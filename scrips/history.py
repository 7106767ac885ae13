"""The past as the engine saw it: rounds rebuilt from the log, and the rules of that day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from scrips.facts import Round
from scrips.models import Scrip, ScripVersion, Template, TemplateVersion
from scrips.places import Reach
from scrips.rules import Rule, rule_of
from tickets import replay
from tickets.access import Actor
from tickets.config import Config
from tickets.entries import Logged, Texts, logs_of
from tickets.ids import NoIds
from tickets.models import Watcher
from tickets.outcome import RECORDS, Entry, Text
from tickets.people import People
from tickets.state import TicketState
from tickets.unit import Acting, Unit

# What of a snapshot is no attribute of the row.
_ELSEWHERE = frozenset({"template_id", "queue_id", "queue_ids", "places"})


class Past:
    """A ticket's whole log, to be seen at any of its points. `rows` are in the order of their seq."""

    def __init__(
        self, rows: Sequence[Logged], config: Config, people: People | None = None
    ) -> None:
        self.rows, self.config = rows, config
        self.people = people or People()
        self.entries = tuple(row.entry for row in rows)
        self.texts: Mapping[int, Text] = Texts(self.entries)
        self._replayed: tuple[int, TicketState | None] = (0, None)

    @classmethod
    def of(cls, ticket_id: int, config: Config) -> "Past":
        """One statement; texts are read when they are asked for."""
        return cls(logs_of([ticket_id]), config)

    @classmethod
    def of_many(
        cls, tickets: Collection[int], config: Config, people: People
    ) -> Mapping[int, "Past"]:
        """By ticket: three statements, and those for all texts when one is asked for."""
        logs: defaultdict[int, list[Logged]] = defaultdict(list)
        for row in logs_of(tickets):
            logs[row.entry.ticket_id].append(row)
        found = {ticket_id: cls(rows, config, people) for ticket_id, rows in logs.items()}
        texts = Texts([entry for past in found.values() for entry in past.entries])
        for past in found.values():
            past.texts = texts
        watching = Watcher.objects.filter(ticket__in=tickets).order_by()
        people.load(
            [row.entry.creator_id for rows in logs.values() for row in rows],
            watching.values_list("email", flat=True).distinct(),
        )
        return found

    @cached_property
    def _by_unit(self) -> Mapping[int, Sequence[Entry]]:
        """The facts of each unit of work."""
        found: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            if entry.type not in RECORDS:
                found[entry.batch].append(entry)
        return found

    def at(self, seq: int) -> TicketState:
        """The ticket as it was after that transaction. Asked for rising numbers it replays each entry once."""
        known, state = self._replayed
        if known > seq:
            known, state = 0, None
        state = replay.replay(self.entries[known:seq], state)
        assert state is not None  # noqa: S101  # a log begins with Create
        self._replayed = (seq, state)
        return state

    def of_unit(self, batch: int, upto: int) -> tuple[Entry, ...]:
        """The facts of one unit of work, as far as they were recorded."""
        return tuple(entry for entry in self._by_unit[batch] if entry.seq <= upto)

    def round(self, entry: Entry, seq: int, actor: Actor) -> Round:
        """The round in which scrips were asked about the entry, when the log went up to `seq`."""
        state = self.at(seq)
        entries = self.of_unit(entry.batch, seq)
        unit = Unit(
            config=self.config,
            acting=Acting(actor),
            ids=NoIds(),
            before={state.id: state},
            now=entry.created_at,
            people=self.people,
            stored={state.id: (self.entries, self.texts)},
        )
        return Round(unit, state, entry, entries, reader=actor)


def rules_at(moment: datetime, config: Config) -> tuple[Rule, ...]:
    """The scrips that were switched on then, in the versions of that day.

    One that is gone without a word of when is taken never to have been.
    """
    rows = ScripVersion.objects.filter(created_at__lte=moment)
    latest = rows.order_by("scrip_id", "-version").distinct("scrip_id")
    kept = [row for row in latest if row.snapshot and not row.snapshot["disabled"]]
    known = {*Scrip.objects.values_list("pk", flat=True)}
    ended = ScripVersion.objects.filter(snapshot__isnull=True).values_list("scrip_id", flat=True)
    known |= {*ended}
    kept = [row for row in kept if row.scrip_id in known]
    templates = _templates_at(moment, {row.snapshot["template_id"] for row in kept} - {None})
    return tuple(_rule(row, templates, config) for row in kept)


def _rule(row: ScripVersion, templates: Mapping[int, Template], config: Config) -> Rule:
    scrip = Scrip(pk=row.scrip_id, version=row.version, **_attributes(row.snapshot))
    scrip.template = templates.get(row.snapshot["template_id"])
    scrip.drafted = Reach.of_snapshot(row.snapshot)
    return rule_of(scrip, config)


def _attributes(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in snapshot.items() if name not in _ELSEWHERE}


def _templates_at(moment: datetime, ids: Iterable[int]) -> dict[int, Template]:
    """The templates as they were; one that is younger than that in its first version."""
    rows = TemplateVersion.objects.filter(template__in=ids).order_by("template", "version")
    found: dict[int, Template] = {}
    for row in rows:
        if row.template_id not in found or row.created_at <= moment:
            snapshot = row.snapshot
            found[row.template_id] = Template(pk=row.template_id, version=row.version, **snapshot)
    return found
