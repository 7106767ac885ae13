"""A definition in this project's own shape: `statuses` by kind, and a list of named transitions."""

from collections.abc import Mapping
from typing import Any, Literal

from django.utils.translation import gettext as _

from lifecycles import reading
from lifecycles.faults import Faults, at, shown
from lifecycles.parts import ANY, BEGIN, KINDS, Definition, Transition
from lifecycles.reading import CheckGuard, Statuses
from tessera.lib.query.fold import fold

KEYS = (
    *("statuses", "defaults", "transitions"),
    *("maps", "responsible", "colors", "becomes"),
)
OF_TRANSITION = ("name", "label", "from", "to", "right", "roles", "guard", "message")
_MESSAGES: Mapping[str, Literal["comment", "correspond"]] = {
    "comment": "comment",
    "correspond": "correspond",
}
_MOST_TRANSITIONS = 1000
_LONGEST_LABEL = 100
_LONGEST_GUARD = 5000
_MOST_ROLES = 50


def read(raw: Mapping[str, Any], faults: Faults, check_guard: CheckGuard | None) -> Definition:
    """The definition; it means something only if no fault was noted."""
    reading.only(raw, KEYS, "", faults)
    lists = reading.mapping(raw.get("statuses", {}), "statuses", faults)
    reading.only(lists, KINDS, "statuses", faults)
    statuses = reading.statuses(lists, "statuses", faults)
    defaults = reading.mapping(raw.get("defaults", {}), "defaults", faults)
    reading.only(defaults, ("on_create",), "defaults", faults)
    return Definition(
        statuses=statuses.statuses,
        on_create=reading.on_create(defaults, statuses, faults),
        transitions=_transitions(raw.get("transitions", []), statuses, faults, check_guard),
        maps=reading.maps(raw.get("maps", {}), statuses, faults),
        responsible=reading.responsible(raw.get("responsible", {}), statuses, faults),
        colors=reading.colors(raw.get("colors", {}), statuses, faults),
        becomes=reading.becomes(raw.get("becomes", {}), statuses, faults),
    )


def _transitions(
    raw: object, statuses: Statuses, faults: Faults, check_guard: CheckGuard | None
) -> tuple[Transition, ...]:
    found: list[Transition] = []
    places: dict[str, str] = {}
    for index, each in enumerate(
        reading.members(raw, "transitions", faults, most=_MOST_TRANSITIONS)
    ):
        if faults.full:
            break
        place = at("transitions", index)
        if not isinstance(each, dict):
            faults.add(place, _("must be an object"))
            continue
        transition = _transition(each, place, statuses, faults)
        if transition.guard and check_guard and (problem := check_guard(transition.guard)):
            faults.add(f"{place}.guard", problem)
        key = fold(transition.name)
        if key and key in places:
            told = _("'%(name)s' is already the name of %(place)s")
            faults.add(
                f"{place}.name", told % {"name": shown(transition.name), "place": places[key]}
            )
        places.setdefault(key, place)
        found.append(transition)
    return tuple(found)


def _transition(
    raw: Mapping[str, Any], place: str, statuses: Statuses, faults: Faults
) -> Transition:
    reading.only(raw, OF_TRANSITION, place, faults)
    word = _name(raw, place, faults)
    target = statuses.read(raw["to"], f"{place}.to", faults) if "to" in raw else None
    if "to" not in raw:
        faults.add(f"{place}.to", _("is missing"))
    right = raw.get("right")
    return Transition(
        name=word,
        label=_label(raw.get("label"), word, f"{place}.label", faults),
        sources=_sources(raw, f"{place}.from", statuses, faults),
        target=target or "",
        right="" if right is None else reading.right(right, f"{place}.right", faults),
        roles=_roles(raw.get("roles"), f"{place}.roles", faults),
        guard=_guard(raw.get("guard"), f"{place}.guard", faults),
        message=_message(raw.get("message"), f"{place}.message", faults),
    )


def _name(raw: Mapping[str, Any], place: str, faults: Faults) -> str:
    where = f"{place}.name"
    if "name" not in raw:
        faults.add(where, _("is missing"))
        return ""
    word = reading.name(raw["name"], where, faults)
    if not set(word).isdisjoint("/?#%\\"):
        faults.add(where, _("must do without / ? # % and \\, because it stands in addresses"))
    return word


def _label(raw: object, word: str, place: str, faults: Faults) -> str:
    if raw is None:
        return word.replace("_", " ").capitalize()
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        faults.add(place, _("must be one line of text"))
        return ""
    if len(raw) > _LONGEST_LABEL:
        faults.add(place, _("is longer than %d characters") % _LONGEST_LABEL)
    return raw.strip()


def _sources(
    raw: Mapping[str, Any], place: str, statuses: Statuses, faults: Faults
) -> tuple[str, ...]:
    if "from" not in raw:
        faults.add(place, _("is missing"))
        return ()
    given = raw["from"]
    single = isinstance(given, str)
    listed = (
        [given] if single else reading.members(given, place, faults, most=reading.MOST_STATUSES)
    )
    found: list[str] = []
    for index, each in enumerate(listed):
        where = place if single else at(place, index)
        source = each if each in (ANY, BEGIN) else statuses.read(each, where, faults)
        if source in found:
            faults.add(where, _("'%s' stands here twice") % source)
        elif source is not None:
            found.append(source)
    if not listed and isinstance(given, list):
        faults.add(place, _("must name at least one status"))
    return tuple(found)


def _roles(raw: object, place: str, faults: Faults) -> tuple[str, ...]:
    if raw is None:
        return ()
    found: list[str] = []
    for index, each in enumerate(reading.members(raw, place, faults, most=_MOST_ROLES)):
        role = reading.name(each, at(place, index), faults)
        if role and fold(role) in map(fold, found):
            faults.add(at(place, index), _("'%s' stands here twice") % shown(role))
        elif role:
            found.append(role)
    return tuple(found)


def _guard(raw: object, place: str, faults: Faults) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str) or not raw.strip():
        faults.add(place, _("must be a query"))
        return ""
    if len(raw) > _LONGEST_GUARD:
        faults.add(place, _("is longer than %d characters") % _LONGEST_GUARD)
        return ""
    return raw


def _message(raw: object, place: str, faults: Faults) -> Literal["", "comment", "correspond"]:
    if raw is None:
        return ""
    if isinstance(raw, str) and raw in _MESSAGES:
        return _MESSAGES[raw]
    faults.add(place, _("must be 'comment' or 'correspond'"))
    return ""
