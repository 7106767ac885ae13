"""A file put into effect: every section in turn, each thing through the service that pages and the API use.

What is shown before is the same, rolled back: a plan can't drift from what applying does. All of it runs in one
transaction that the caller opens; each entry in a savepoint of its own, so that one that is refused does not hide what
is wrong with the others.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers

from customfields.models import CustomField
from tessera.desk.configuration import matching
from tessera.desk.configuration.document import Path
from tessera.desk.configuration.faults import Fault, FileInvalid
from tessera.desk.configuration.items import Entry, Item, Snapshot, same
from tessera.desk.configuration.matching import Pair
from tessera.desk.configuration.sections import SECTIONS, Hand, Section, Waits
from tessera.desk.configuration.wanted import Wanted
from tessera.lib.api.errors import flatten
from tessera.lib.errors import Invalid, Refused
from tickets import config, fielding
from tickets.access import Actor
from tickets.models import Queue

_PART = re.compile(r"[^.\[\]]+|\[\d+\]")


@dataclass
class Done:
    """What became of a file. `before` and `after` have every section; by section and id, what a change touches."""

    before: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    after: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    touched: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    left: list[tuple[Item, str]] = field(default_factory=list)
    # Of all that names something in vain; and of those, by now, that did not before.
    doubts: dict[tuple[str, int], Sequence[str]] = field(default_factory=dict)
    worse: set[tuple[str, int]] = field(default_factory=set)


def snapshot() -> Snapshot:
    """All there is."""
    return {name: section.listed() for name, section in SECTIONS.items()}


def carry_out(wanted: Wanted, *, actor: Actor, note: str) -> Done:
    """Make the configuration what the file wants. Raises `FileInvalid` with all faults that were found; then the
    caller rolls back."""
    with config.drafting() as renew:
        carrying = _Carrying(wanted, Hand(actor, note), renew)
        for section in SECTIONS.values():
            carrying.write(section)
        for section in reversed(SECTIONS.values()):
            carrying.remove(section)
        carrying.check_neighbours()
        if carrying.faults:
            raise FileInvalid(carrying.faults)
        return carrying.done()


class _Carrying:
    """One file, section after section."""

    def __init__(self, wanted: Wanted, hand: Hand, renew: Callable[[], config.Config]) -> None:
        self._wanted, self._hand, self._renew = wanted, hand, renew
        self._done = Done()
        self._left: dict[str, tuple[Item, ...]] = {}
        self.faults: list[Fault] = []
        self._renewed()
        self._doubts = self._doubted()

    def _renewed(self) -> None:
        self._hand.actor = self._hand.actor.under(self._renew())
        self._hand.forget_names()

    def write(self, section: Section) -> None:
        """What the section has, in an order in which each thing finds what it needs."""
        # Read when its turn comes: what it refers to has its new names by now, and is no difference.
        items = self._done.before[section.name] = section.listed()
        if section.name not in self._wanted.sections:
            return
        entries = self._wanted.sections[section.name]
        found = matching.match(entries, items, section.identity, section.kin)
        self._left[section.name] = found.left
        for entry in found.torn:
            self._fault(entry, "was", _("both names are there; take “was” out, or rename by hand"))
        nameless = [] if section.twins else matching.circular(found.pairs, section.identity)
        for item in nameless:
            self._hand.take_name(section.model, item)
        for pair in matching.in_turn(
            found.pairs, section.identity, section.needs, nameless=nameless
        ):
            self._attempt(pair.entry, section, partial(self._write, section, pair))
        self._renewed()

    def _write(self, section: Section, pair: Pair) -> None:
        item = pair.item
        body = section.resolved(pair.entry.body, item)
        if item is not None and same(item.body, body):
            return
        # A savepoint: what was written and is what was there would get a version for nothing.
        with transaction.atomic():
            number = section.save(body, item, self._hand)
            now = next(section.items(number))
            if item is not None and same(now.body, item.body):
                transaction.set_rollback(True)
                return
        self._done.touched[section.name, number] = section.touched(item, now)

    def remove(self, section: Section) -> None:
        """What the section does not have, as far as its kind goes."""
        for item in self._left.get(section.name, ()):
            if why := section.leaves(item):
                self._done.left.append((item, why))
                continue
            self._done.touched[section.name, item.id] = section.touched(item, None)
            entry = Entry(section.name, item.label, item.body, (section.name,))
            self._attempt(entry, section, partial(section.remove, item, self._hand), gone=True)
        if self._left.get(section.name):
            self._renewed()

    def check_neighbours(self) -> None:
        """In every queue each field beside those that control it, now that all stand where they are to."""
        if not self._wanted.sections.keys() & {"custom_fields", "queues"}:
            return
        paths = {entry.label: entry.path for entry in self._wanted.sections.get("queues", ())}
        for queue in Queue.objects.order_by("name"):
            try:
                fielding.refuse_lone_in(
                    CustomField.objects.filter(queue_fields__queue=queue), "custom_fields"
                )
            except Invalid as fault:
                path = (*paths[queue.name], "custom_fields") if queue.name in paths else ()
                for told in fault.errors["custom_fields"]:
                    words = {"queue": queue.name, "told": told}
                    self.faults.append(
                        self._wanted.document.fault(path, _("queue %(queue)s: %(told)s") % words)
                    )

    def done(self) -> Done:
        """What came of it, read anew."""
        found = self._done
        found.after = dict(snapshot())
        found.doubts = self._doubted()
        found.worse = {
            at for at, told in found.doubts.items() if {*told} - {*self._doubts.get(at, ())}
        }
        return found

    def _doubted(self) -> dict[tuple[str, int], Sequence[str]]:
        return {
            (name, number): told
            for name, section in SECTIONS.items()
            for number, told in section.doubts(self._hand).items()
        }

    def _attempt(
        self, entry: Entry, section: Section, act: Callable[[], None], *, gone: bool = False
    ) -> None:
        try:
            with transaction.atomic():
                act()
        except Waits:
            pass
        except Invalid as fault:
            self._faults(entry, section, fault.errors, gone=gone)
        except serializers.ValidationError as fault:
            self._faults(entry, section, flatten(fault.detail), gone=gone)
        except Refused as fault:
            self._faults(entry, section, {"": [str(fault)]}, gone=gone)
        else:
            return
        model = str(section.model._meta.model_name)  # noqa: SLF001  # documented, whatever its name
        name = str(entry.body.get("name") or entry.body.get("key") or "")
        self._hand.failed.add((model, name))

    def _faults(self, entry: Entry, section: Section, errors: Any, *, gone: bool = False) -> None:
        missing = _("“%(name)s” is not in it, and can't be taken away: %(told)s")
        for at, texts in errors.items():
            for told in texts:
                if gone:
                    self._fault(entry, "", missing % {"name": entry.label, "told": told})
                else:
                    self._fault(entry, _spelled(at, section), told)

    def _fault(self, entry: Entry, at: str, told: str) -> None:
        self.faults.append(self._wanted.document.fault((*entry.path, *_path(at)), told))


def _spelled(at: str, section: Section) -> str:
    first, dot, rest = at.partition(".")
    return f"{section.spelled.get(first, first)}{dot}{rest}"


def _path(at: str) -> Path:
    """`definition.transitions[2].from` in parts, as places are kept by."""
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in _PART.findall(at))
