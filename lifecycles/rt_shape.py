"""
A definition in Request Tracker's shape, as its configuration file has it: `initial`, `active` and
`inactive` at the top, `transitions` from each status to a list, `rights` and `actions` by
`"from -> to"`. The rules are those of RT's documentation (RT_Config, "Lifecycle definitions").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from django.utils.translation import gettext as _

from lifecycles import reading
from lifecycles.faults import Faults, at, under
from lifecycles.parts import ANY, BEGIN, Definition, Transition
from lifecycles.reading import Statuses
from tessera.lib.query.fold import fold

Value = TypeVar("Value")
Pair = tuple[str, str]

_KEYS = (
    *("initial", "active", "inactive", "defaults", "transitions", "rights", "actions"),
    *("maps", "responsible"),
)
# What RT keeps there for its own pages, and for other things than tickets.
_UNUSED = ("type", "colors", "disabled", "status_metadata", "transition_metadata")
_UPDATES: Mapping[str, Literal["", "comment", "correspond"]] = {
    "": "",
    "comment": "comment",
    "respond": "correspond",
}
_MOST_ACTIONS = 2000
_MOST_TRANSITIONS = 20_000
_LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class _Action:
    """What a transition is called, and the kind of message that its form begins with."""

    label: str = ""
    preset: Literal["", "comment", "correspond"] = ""


def lookup(table: Mapping[Pair, Value], source: str, target: str) -> Value | None:
    """The entry for a change of status: the exact pair, then `* -> b`, `a -> *`, `* -> *`."""
    for pair in ((source, target), (ANY, target), (source, ANY), (ANY, ANY)):
        if pair in table:
            return table[pair]
    return None


def read(raw: Mapping[str, Any], faults: Faults, warnings: Faults) -> Definition:
    """The definition; it means something only if no fault was noted."""
    for key in _UNUSED:
        if key in raw:
            warnings.add(key, _("is not used here"))
    reading.only(raw, (*_KEYS, *_UNUSED), "", faults)
    statuses = reading.statuses(raw, "", faults)
    defaults = reading.mapping(raw.get("defaults", {}), "defaults", faults)
    for situation, status in defaults.items():
        if situation != "on_create":
            statuses.read(status, under("defaults", situation), faults)
    rights = _rights(raw.get("rights", {}), statuses, faults)
    actions = _actions(raw.get("actions", {}), statuses, faults)
    pairs = _pairs(raw.get("transitions", {}), statuses, faults)
    if sum(len(_actions_of(actions, *pair)) for pair in pairs) > _MOST_TRANSITIONS:
        faults.add("transitions", _("makes more than %d transitions") % _MOST_TRANSITIONS)
        pairs = []
    _warn_unused(actions, pairs, warnings)
    return Definition(
        statuses=statuses.statuses,
        on_create=reading.on_create(defaults, statuses, faults),
        transitions=_transitions(pairs, rights, actions),
        maps=reading.maps(raw.get("maps", {}), statuses, faults),
        responsible=reading.responsible(raw.get("responsible", {}), statuses, faults),
    )


def _pair(text: str, place: str, statuses: Statuses, faults: Faults) -> Pair | None:
    words = [word.strip() for word in text.split("->", 1)]
    if len(words) < 2 or "" in words:
        faults.add(place, _("must be written as 'from -> to'"))
        return None
    source, target = (word if word == ANY else statuses.read(word, place, faults) for word in words)
    return (source, target) if source is not None and target is not None else None


def _rights(raw: object, statuses: Statuses, faults: Faults) -> dict[Pair, str]:
    found: dict[Pair, str] = {}
    for text, right in reading.mapping(raw, "rights", faults).items():
        if faults.full:
            break
        place = under("rights", text)
        pair = _pair(text, place, statuses, faults)
        named = reading.right(right, place, faults)
        if pair in found:
            faults.add(place, _("this change of status stands here twice"))
        elif pair and named:
            found[pair] = named
    return found


def _actions(raw: object, statuses: Statuses, faults: Faults) -> dict[Pair, list[_Action]]:
    found: dict[Pair, list[_Action]] = {}
    for place, text, info in _listed_actions(raw, faults):
        if faults.full:
            break
        pair = _pair(text, place, statuses, faults)
        action = _action(info, place, faults)
        if pair:
            found.setdefault(pair, []).append(action)
    if sum(map(len, found.values())) > _MOST_ACTIONS:
        faults.add("actions", _("has more than %d members") % _MOST_ACTIONS)
        return {}
    return found


def _listed_actions(raw: object, faults: Faults) -> Iterator[tuple[str, str, object]]:
    """Place, `"a -> b"` and description of each: from an object, or from a list as Perl writes one,
    in which the two alternate; a list of objects reads the same."""
    if isinstance(raw, dict):
        yield from ((under("actions", text), text, info) for text, info in raw.items())
        return
    rest = iter(enumerate(reading.members(raw, "actions", faults, most=2 * _MOST_ACTIONS)))
    for index, each in rest:
        place = at("actions", index)
        if isinstance(each, dict):
            yield from ((under(place, text), text, info) for text, info in each.items())
        elif isinstance(each, str):
            yield place, each, next(rest, (index, None))[1]
        else:
            faults.add(place, _("must be written as 'from -> to'"))


def _action(raw: object, place: str, faults: Faults) -> _Action:
    info = reading.mapping(raw, place, faults)
    reading.only(info, ("label", "update"), place, faults)
    label, update = info.get("label"), info.get("update")
    if label is None:
        label = ""
    elif not isinstance(label, str) or not label.isprintable() or len(label) > _LONGEST_LABEL:
        faults.add(
            f"{place}.label", _("must be one line of at most %d characters") % _LONGEST_LABEL
        )
        label = ""
    preset = _UPDATES.get((update or "").lower()) if isinstance(update, str | None) else None
    if preset is None:
        faults.add(f"{place}.update", _("must be 'Comment' or 'Respond'"))
    return _Action(label.strip(), preset or "")


def _pairs(raw: object, statuses: Statuses, faults: Faults) -> list[Pair]:
    """Every change of status that is possible, in the order of the statuses: JSON objects have none
    of their own. A status leads to what is listed for it, then to what is listed for `*`."""
    listed: dict[str, list[str]] = {}
    for text, targets in reading.mapping(raw, "transitions", faults).items():
        if faults.full:
            break
        place = under("transitions", text)
        source = text if text in (ANY, BEGIN) else statuses.read(text, place, faults)
        found = _targets(targets, place, statuses, faults)
        if source == BEGIN and targets == []:
            faults.add(place, _("must name at least one status"))
        if source is not None:
            listed.setdefault(source, []).extend(found)
    pairs: dict[Pair, None] = {}
    for source in (BEGIN, *statuses.names):
        everywhere = [] if source == BEGIN else listed.get(ANY, [])
        for target in listed.get(source, []):
            pairs.update(dict.fromkeys(_expanded(source, target, statuses)))
        for target in everywhere:
            if target != source:
                pairs.update(dict.fromkeys(_expanded(source, target, statuses)))
    return list(pairs)


def _targets(raw: object, place: str, statuses: Statuses, faults: Faults) -> list[str]:
    found: list[str] = []
    for index, each in enumerate(reading.members(raw, place, faults, most=reading.MOST_STATUSES)):
        target = each if each == ANY else statuses.read(each, at(place, index), faults)
        if target is not None:
            found.append(target)
    return found


def _expanded(source: str, target: str, statuses: Statuses) -> Iterator[Pair]:
    if target != ANY:
        yield source, target
    else:
        yield from ((source, each) for each in statuses.names if each != source)


def _actions_of(
    actions: Mapping[Pair, Sequence[_Action]], source: str, target: str
) -> Sequence[_Action]:
    if source == BEGIN:
        return (_Action(),)
    return lookup(actions, source, target) or (_Action(),)


def _warn_unused(
    actions: Mapping[Pair, Sequence[_Action]], pairs: Sequence[Pair], warnings: Faults
) -> None:
    sources, targets, both = {s for s, _t in pairs if s}, {t for s, t in pairs if s}, set(pairs)
    for source, target in actions:
        if source == ANY or target == ANY:
            used = (source == ANY or source in sources) and (target == ANY or target in targets)
        else:
            used = (source, target) in both
        if not used:
            place = under("actions", f"{source} -> {target}")
            warnings.add(place, _("names a change of status that no transition makes"))


@dataclass
class _Named:
    """Transitions as they are found: one for each pair and action, so that each status keeps the
    order in which its targets are listed."""

    found: dict[Pair, Transition] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)

    def add(self, source: str, transition: Transition) -> None:
        word = self._free(transition.name, transition.target)
        self.targets[fold(word)] = transition.target
        # Of two actions with the same label the first is the one that the name means.
        self.found.setdefault((source, fold(word)), replace(transition, name=word))

    def _free(self, word: str, target: str) -> str:
        """A name that leads to one status only, so that it means the same from everywhere."""
        wanted, number = word, 1
        while self.targets.get(fold(wanted), target) != target:
            wanted = f"{word}_{slug(target)}" if number == 1 else f"{word}_{slug(target)}_{number}"
            number += 1
        return wanted


def _transitions(
    pairs: Sequence[Pair],
    rights: Mapping[Pair, str],
    actions: Mapping[Pair, Sequence[_Action]],
) -> tuple[Transition, ...]:
    named = _Named()
    for source, target in pairs:
        right = "" if source == BEGIN else lookup(rights, source, target) or ""
        for action in _actions_of(actions, source, target):
            transition = Transition(
                name=slug(action.label) or _as_name(target),
                label=action.label or target,
                sources=(source,),
                target=target,
                right=right,
                preset=action.preset,
            )
            named.add(source, transition)
    return tuple(named.found.values())


def slug(label: str) -> str:
    """The label in small letters, with _ between its words: "Re-open it" is `re_open_it`."""
    return re.sub(r"\W+", "_", fold(label)).strip("_")[: reading.LONGEST_NAME]


def _as_name(status: str) -> str:
    # The name stands in addresses.
    return re.sub(r"[/?#%\\]", "_", status)
