"""
Reading the pieces that both shapes of a definition have in common.

What is wrong becomes a fault, never an exception.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lifecycles.faults import Faults, at, shown, under
from lifecycles.parts import ANY, BEGIN, COLORS, KINDS, Status
from tessera.lib.query.fold import fold

CheckGuard = Callable[[str], str | None]

LONGEST_NAME = 64
MOST_STATUSES = 100
_MOST_MAPS = 200
_MOST_FORMER = 1000
_RESERVED = re.compile(r"__.*__|.*->.*")
_RIGHT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Statuses:
    """The statuses of a definition, for looking names up while the rest is read."""

    statuses: tuple[Status, ...]
    by_name: Mapping[str, str]

    @classmethod
    def of(cls, statuses: Iterable[Status]) -> "Statuses":
        """Indexed by their folded names."""
        found = tuple(statuses)
        return cls(found, {fold(status.name): status.name for status in found})

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in their order."""
        return tuple(status.name for status in self.statuses)

    def read(self, raw: object, place: str, faults: Faults) -> str | None:
        """The status that `raw` names, as it is spelled here; None and a fault where there is none."""
        if not isinstance(raw, str):
            faults.add(place, _("must be the name of a status"))
            return None
        found = self.by_name.get(fold(raw))
        if found is None:
            faults.unknown(place, _("no status '%s'") % shown(raw), raw, self.names)
        return found


def mapping(raw: object, place: str, faults: Faults) -> Mapping[str, Any]:
    """The object, or an empty one and a fault."""
    if isinstance(raw, dict):
        return raw
    faults.add(place, _("must be an object"))
    return {}


def members(raw: object, place: str, faults: Faults, *, most: int) -> list[Any]:
    """The list, or an empty one and a fault."""
    if not isinstance(raw, list):
        faults.add(place, _("must be a list"))
        return []
    if len(raw) > most:
        faults.add(place, _("has more than %d members") % most)
        return []
    return raw


def only(raw: Mapping[str, Any], known: Iterable[str], place: str, faults: Faults) -> None:
    """Note every key that is not known."""
    known = tuple(known)
    for key in raw:
        if key not in known:
            where = under(place, key)
            faults.unknown(where, _("unknown key '%s'") % shown(key), key, known)


def name(raw: object, place: str, faults: Faults) -> str:
    """A name of one line and at most 64 characters; "" and a fault where it is none."""
    if not isinstance(raw, str):
        faults.add(place, _("must be text"))
    elif not raw.strip():
        faults.add(place, _("must not be empty"))
    elif len(raw) > LONGEST_NAME:
        faults.add(place, _("is longer than %d characters") % LONGEST_NAME)
    elif not raw.isprintable() or raw != raw.strip():
        faults.add(place, _("must be one line without white space at its ends"))
    else:
        return raw
    return ""


def right(raw: object, place: str, faults: Faults) -> str:
    """The name of a right, which need not exist yet."""
    if isinstance(raw, str) and _RIGHT.fullmatch(raw):
        return raw
    faults.add(place, _("must be the name of a right: a letter, then letters, digits, - and _"))
    return ""


def statuses(raw: Mapping[str, Any], place: str, faults: Faults) -> Statuses:
    """The statuses of the three lists `initial`, `active` and `inactive` within `raw`."""
    found: dict[str, Status] = {}
    places: dict[str, str] = {}
    for kind in KINDS:
        here = under(place, kind)
        for index, each in enumerate(members(raw.get(kind, []), here, faults, most=MOST_STATUSES)):
            where = at(here, index)
            word = _status_name(each, where, faults)
            if not word:
                continue
            if fold(word) in found:
                first = places[fold(word)]
                told = _("status '%(name)s' is already at %(place)s")
                faults.add(where, told % {"name": shown(word), "place": first})
            else:
                found[fold(word)] = Status(word, kind)
                places[fold(word)] = where
    if len(found) > MOST_STATUSES:
        faults.add(place, _("has more than %d statuses") % MOST_STATUSES)
    if not raw.get("initial"):
        faults.add(under(place, "initial"), _("needs at least one status, to begin with"))
    return Statuses.of(found.values())


def _status_name(raw: object, place: str, faults: Faults) -> str:
    word = name(raw, place, faults)
    if word == ANY or _RESERVED.fullmatch(word):
        faults.add(place, _("'%s' can't be the name of a status") % shown(word))
        return ""
    return word


def on_create(raw: Mapping[str, Any], known: Statuses, faults: Faults) -> str:
    """The status that tickets begin with: `defaults.on_create`, else the first initial one."""
    initial = [status.name for status in known.statuses if status.kind == "initial"]
    first = initial[0] if initial else BEGIN
    if raw.get("on_create") is None:
        return first
    place = "defaults.on_create"
    found = known.read(raw["on_create"], place, faults)
    if found is not None and found not in initial:
        faults.add(place, _("'%s' is no initial status") % found)
    return found or first


def maps(raw: object, known: Statuses, faults: Faults) -> dict[str, dict[str, str]]:
    """By another lifecycle's name, what statuses of this one become there."""
    tables: dict[str, dict[str, str]] = {}
    given = mapping(raw, "maps", faults)
    if len(given) > _MOST_MAPS:
        faults.add("maps", _("has more than %d members") % _MOST_MAPS)
        return tables
    for other, table in given.items():
        where = under("maps", other)
        if fold(other) in map(fold, tables):
            faults.add(where, _("this lifecycle stands here twice"))
        tables[other] = _map(mapping(table, where, faults), where, known, faults)
    return tables


def _map(raw: Mapping[str, Any], place: str, known: Statuses, faults: Faults) -> dict[str, str]:
    table: dict[str, str] = {}
    for mine, theirs in raw.items():
        where = under(place, mine)
        status = known.read(mine, where, faults)
        becomes = name(theirs, where, faults)
        if status in table:
            faults.add(where, _("status '%s' stands here twice") % status)
        elif status and becomes:
            table[status] = becomes
    return table


def responsible(raw: object, statuses: Statuses, faults: Faults) -> dict[str, str]:
    """By status, the role that it waits for."""
    found: dict[str, str] = {}
    for status, role in mapping(raw, "responsible", faults).items():
        where = under("responsible", status)
        known = statuses.read(status, where, faults)
        named = name(role, where, faults)
        if known in found:
            faults.add(where, _("status '%s' stands here twice") % known)
        elif known and named:
            found[known] = named
    return found


def colors(raw: object, statuses: Statuses, faults: Faults) -> dict[str, str]:
    """By status, its colour."""
    found: dict[str, str] = {}
    for status, color in mapping(raw, "colors", faults).items():
        where = under("colors", status)
        known = statuses.read(status, where, faults)
        if not isinstance(color, str) or color not in COLORS:
            faults.add(where, _("must be one of %s") % ", ".join(COLORS))
        elif known in found:
            faults.add(where, _("status '%s' stands here twice") % known)
        elif known:
            found[known] = color
    return found


def becomes(raw: object, statuses: Statuses, faults: Faults) -> dict[str, str]:
    """By a status that only older versions have, the one that tickets are given in its place."""
    given = mapping(raw, "becomes", faults)
    if len(given) > _MOST_FORMER:
        faults.add("becomes", _("has more than %d members") % _MOST_FORMER)
        return {}
    found: dict[str, str] = {}
    seen: set[str] = set()
    for former, status in given.items():
        where = under("becomes", former)
        was = name(former, where, faults)
        now = statuses.read(status, where, faults)
        if fold(was) in statuses.by_name:
            faults.add(where, _("'%s' is a status here, so that its tickets keep it") % shown(was))
        elif fold(was) in seen:
            faults.add(where, _("status '%s' stands here twice") % shown(was))
        elif was and now:
            found[was] = now
            seen.add(fold(was))
    return found
