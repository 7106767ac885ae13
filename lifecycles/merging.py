"""Two people changed one definition at the same time: what both meant, together. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lifecycles import table as rows
from lifecycles.faults import shown
from lifecycles.parts import KINDS
from tessera.lib.query.fold import fold

# By what an entry is (a status, a transition, …) and its folded name, all that is said of it.
_Key = tuple[str, str]
_Entries = Mapping[_Key, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Merged:
    """Both changes in one definition, and where they contradict each other, a sentence each: there ours stands."""

    raw: dict[str, Any]
    conflicts: tuple[str, ...]


def merge(base: object, ours: object, theirs: object) -> Merged | None:
    """What `ours` and `theirs` made of `base`. None where one of the three can't be read as rows, or has a
    name twice.

    Statuses and transitions are told apart by their names: what only one side changed is taken from it, and what one
    removed goes, unless the other changed it.
    """
    three = [rows.read(each) for each in (base, ours, theirs)]
    if any(each is None for each in three):
        return None
    before, mine, other = (_entries(rows.write(each)) for each in three if each is not None)
    if before is None or mine is None or other is None:
        return None
    conflicts: list[str] = []
    made = {
        key: entry
        for key in _order(mine, other)
        if (entry := _entry(key, before.get(key), mine.get(key), other.get(key), conflicts))
        is not None
    }
    return Merged(_written(made), tuple(conflicts))


def _entries(raw: Mapping[str, Any]) -> _Entries | None:
    """None where two have the same name: then nobody could tell which one was changed."""
    found = list(_all_entries(raw))
    entries = dict(found)
    return entries if len(entries) == len(found) else None


def _all_entries(raw: Mapping[str, Any]) -> Iterator[tuple[_Key, Mapping[str, Any]]]:
    for kind in KINDS:
        for name in raw["statuses"][kind]:
            beside = {
                word: raw[key][name]
                for key, word in (("colors", "color"), ("responsible", "role"))
                if name in raw.get(key, {})
            }
            yield ("status", fold(name)), {"name": name, "kind": kind, **beside}
    for default, name in raw.get("defaults", {}).items():
        yield ("default", default), {"status": name}
    for each in raw["transitions"]:
        yield ("transition", fold(each["name"])), each
    for lifecycle, table in raw.get("maps", {}).items():
        for mine, theirs in table.items():
            entry = {"lifecycle": lifecycle, "mine": mine, "theirs": theirs}
            yield ("map", f"{fold(lifecycle)}\0{fold(mine)}"), entry
    for was, now in raw.get("becomes", {}).items():
        yield ("becomes", fold(was)), {"was": was, "now": now}


def _order(mine: _Entries, other: _Entries) -> Iterator[_Key]:
    """Ours as they stand; each of theirs that we lack behind the one that it follows there."""
    behind: dict[_Key | None, list[_Key]] = {}
    last: _Key | None = None
    for key in other:
        if key in mine:
            last = key
        else:
            behind.setdefault(last, []).append(key)
    yield from behind.get(None, ())
    for key in mine:
        yield key
        yield from behind.get(key, ())


def _entry(
    key: _Key,
    before: Mapping[str, Any] | None,
    mine: Mapping[str, Any] | None,
    other: Mapping[str, Any] | None,
    conflicts: list[str],
) -> Mapping[str, Any] | None:
    if mine is None or other is None:
        held = other if mine is None else mine
        if before is None:
            return held
        if held == before:
            return None
        conflicts.append(
            _told(key, held or {}, _("was removed by one and changed by the other: it stays"))
        )
        return held
    was = before or {}
    made: dict[str, Any] = {}
    for cell in dict.fromkeys((*mine, *other)):
        old, ours, theirs = was.get(cell), mine.get(cell), other.get(cell)
        value = theirs if ours == old else ours
        if theirs not in (ours, old) and ours != old:
            told = _("%(cell)s is “%(ours)s” here; they made it “%(theirs)s”")
            words = {"cell": cell, "ours": _said(ours), "theirs": _said(theirs)}
            conflicts.append(_told(key, mine, told % words))
        if value is not None:
            made[cell] = value
    return made


def _told(key: _Key, entry: Mapping[str, Any], told: str) -> str:
    kinds = {
        "status": _("Status"),
        "transition": _("Transition"),
        "default": _("Default"),
        "map": _("Map"),
        "becomes": _("Former status"),
    }
    name = entry.get("name") or entry.get("was") or entry.get("mine") or entry.get("status") or ""
    return f"{kinds[key[0]]} '{shown(str(name))}': {told}"


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(shown(str(each)) for each in value)
    return "–" if value is None else shown(str(value))


def _written(entries: _Entries) -> dict[str, Any]:
    """The definition that the entries are. One that names a status which went is found by the check, as any fault."""
    made: dict[str, Any] = {"statuses": {kind: [] for kind in KINDS}}
    for (what, key), entry in entries.items():
        if what == "status":
            made["statuses"][entry["kind"]].append(entry["name"])
            for word, place in (("color", "colors"), ("role", "responsible")):
                if word in entry:
                    made.setdefault(place, {})[entry["name"]] = entry[word]
        elif what == "default":
            made.setdefault("defaults", {})[key] = entry["status"]
        elif what == "transition":
            made.setdefault("transitions", []).append(dict(entry))
        elif what == "map":
            made.setdefault("maps", {}).setdefault(entry["lifecycle"], {})[entry["mine"]] = entry[
                "theirs"
            ]
        else:
            made.setdefault("becomes", {})[entry["was"]] = entry["now"]
    return made
