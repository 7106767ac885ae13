"""Gates: who tries too often waits. Counted in the database; see `models/gate.py` for why."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.accounts.models import Gate
from tessera.accounts.pacing import Pace, Tally
from tessera.lib import clock
from tessera.lib.errors import Throttled

# Longer than any pace remembers.
_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Way:
    """A gate to pass: what it counts (`label` says it to people) and at which pace."""

    key: str
    label: str
    pace: Pace

    @classmethod
    def of(cls, pace: Pace, purpose: str, *parts: str) -> "Way":
        """The gate of that purpose for those parts, such as a name and an address."""
        named = "\0".join((purpose, *parts)).encode("utf-8", "replace")
        return cls(hashlib.sha256(named).hexdigest(), " ".join((purpose, *parts))[:200], pace)


class Shut(Throttled):
    """Too many tries. `first` says that nobody was refused here since it shut."""

    def __init__(self, wait: timedelta, *, first: bool) -> None:
        self.first = first
        super().__init__(
            _("Too many tries. Try again in %(wait)s.") % {"wait": spoken(wait)}, wait=wait
        )


def take(ways: Iterable[Way]) -> int:
    """Count one try at each gate. Gives how many were refused there since the last that was let through.

    A try is counted before it is known whether it is right: of many at once no more get through than of as many one
    after the other. Raises `Shut` where one of the gates is shut; then none of them counts it as a try.
    """
    ordered = sorted(ways, key=lambda way: way.key)
    shut: Shut | None = None
    with transaction.atomic():
        rows = _locked(ordered)
        now = clock.now()
        waits = {way.key: _tally(rows[way.key]).wait(now) for way in ordered}
        longest = max(ordered, key=lambda way: waits[way.key])
        if waits[longest.key]:
            shut = _refuse(rows[longest.key], waits[longest.key])
        else:
            refused = _let_through(ordered, rows, now)
    if shut is not None:
        raise shut  # after the COMMIT: its count stays
    return refused


def give_back(ways: Iterable[Way]) -> None:
    """The try was right: it counts for nothing."""
    ordered = sorted(ways, key=lambda way: way.key)
    if not ordered:
        return
    with transaction.atomic():
        rows = _locked(ordered).values()
        for row in rows:
            _put(row, _tally(row).given_back())
        Gate.objects.bulk_update(rows, ["level", "at", "shut_until"])


def forget(ways: Iterable[Way]) -> None:
    """Let these begin anew."""
    Gate.objects.filter(key__in=[way.key for way in ways]).delete()


def purge() -> list[tuple[str, int]]:
    """Drop what has been silent for a day. Gives label and number of the refusals that nobody was told of."""
    old = Gate.objects.filter(at__lt=clock.now() - _KEPT)
    with transaction.atomic():
        rows = list(old.select_for_update(skip_locked=True).order_by("key"))
        Gate.objects.filter(key__in=[row.key for row in rows]).delete()
    return [(row.label, row.refused) for row in rows if row.refused]


def spoken(wait: timedelta) -> str:
    """`20 seconds`, `3 minutes`: rounded up."""
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def _locked(ways: Sequence[Way]) -> dict[str, Gate]:
    """The rows, made where they are missing, and locked; always in the order of their keys, so that no two who do
    this wait for each other."""
    now = clock.now()
    made = [Gate(key=way.key, label=way.label, at=now, shut_until=now) for way in ways]
    # An update of what is there already locks it, so that no purge comes between.
    Gate.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["key"], update_fields=["label"]
    )
    return Gate.objects.in_bulk([way.key for way in ways])


def _tally(row: Gate) -> Tally:
    return Tally(row.level, row.at, row.shut_until)


def _put(row: Gate, tally: Tally) -> None:
    row.level, row.at, row.shut_until = tally.level, tally.at, tally.shut_until


def _refuse(row: Gate, wait: timedelta) -> Shut:
    row.refused += 1
    row.save(update_fields=["refused"])
    return Shut(wait, first=row.refused == 1)


def _let_through(ways: Sequence[Way], rows: dict[str, Gate], now: datetime) -> int:
    refused = 0
    for way in ways:
        row = rows[way.key]
        refused = max(refused, row.refused)
        _put(row, _tally(row).counted(way.pace, now))
        row.refused = 0
    Gate.objects.bulk_update(rows.values(), ["level", "at", "shut_until", "refused"])
    return refused
