"""What one version of a definition changed against another, in sentences. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lifecycles.faults import shown
from lifecycles.parts import ANY, BEGIN, KINDS, Definition, Kind, Transition
from tessera.lib.query.fold import fold

_MOST_NAMED = 20


def diff(before: Definition, after: Definition) -> tuple[str, ...]:
    """The differences, a sentence each: statuses, default, transitions, what a status waits for, maps.

    Names are compared without regard to case. A renamed status or transition is one that was removed
    and one that was added. Empty where both mean the same, however they are written.
    """
    return (
        *_statuses(before, after),
        *_default(before, after),
        *_transitions(before, after),
        *_responsible(before, after),
        *_maps(before, after),
        *_colors(before, after),
        *_becomes(before, after),
    )


def _statuses(before: Definition, after: Definition) -> Iterator[str]:
    for status in before.statuses:
        if after.canonical(status.name) is None:
            yield _("Status '%s' was removed") % shown(status.name)
    for status in after.statuses:
        name = {"name": shown(status.name), "kind": _kind(status.kind)}
        old = before.canonical(status.name)
        if old is None:
            yield _("Status '%(name)s' was added (%(kind)s)") % name
            continue
        if old != status.name:
            yield _("Status '%(was)s' is now spelled '%(name)s'") % {**name, "was": shown(old)}
        if before.kind(old) != status.kind:
            was = {**name, "was": _kind(before.kind(old))}
            yield _("Status '%(name)s' is now %(kind)s (was %(was)s)") % was
    if _kept_order(before, after) != _kept_order(after, before):
        yield _("The statuses stand in another order")


def _kept_order(one: Definition, other: Definition) -> list[list[str]]:
    """By kind, the statuses that both have there."""
    return [
        [
            fold(name)
            for name in one.statuses_of(kind)
            if other.canonical(name) is not None and other.kind(name) == kind
        ]
        for kind in KINDS
    ]


def _default(before: Definition, after: Definition) -> Iterator[str]:
    if fold(before.on_create) != fold(after.on_create):
        told = _("A ticket that names no status now begins in '%(now)s' (was '%(was)s')")
        yield told % {"now": shown(after.on_create), "was": shown(before.on_create)}


@dataclass(frozen=True, slots=True)
class _Demands:
    """What a transition is and asks, from one source."""

    label: str
    target: str
    right: str
    roles: tuple[str, ...]
    guard: str
    message: str
    preset: str

    @classmethod
    def of(cls, transition: Transition) -> "_Demands":
        """Of that transition."""
        return cls(
            label=transition.label,
            target=transition.target,
            right=transition.right,
            roles=transition.roles,
            guard=transition.guard,
            message=transition.message,
            preset=transition.preset,
        )

    def changes(self, now: "_Demands") -> Iterator[str]:
        """Ends of a sentence that begins with the transition's name."""
        if self.label != now.label:
            yield _("is now called '%(now)s' (was '%(was)s')") % _pair(self.label, now.label)
        if fold(self.target) != fold(now.target):
            yield _("now leads to '%(now)s' (was '%(was)s')") % _pair(self.target, now.target)
        yield from _needs(self.right, now.right)
        yield from _roles(self.roles, now.roles)
        yield from _guard(self.guard, now.guard)
        if self.message != now.message:
            yield _message(now.message)
        if self.preset != now.preset:
            yield _preset(now.preset)


# A lifecycle in RT's shape may ask different things of one name, by the status it is taken from.
_BySource = Mapping[str, _Demands]


def _transitions(before: Definition, after: Definition) -> Iterator[str]:
    old, new = _by_name(before), _by_name(after)
    for key, (name, sources) in old.items():
        if key not in new:
            yield _("Transition '%(name)s' was removed (%(way)s)") % _described(name, sources)
    for key, (name, sources) in new.items():
        if key not in old:
            yield _("Transition '%(name)s' was added (%(way)s)") % _described(name, sources)
            continue
        if old[key][0] != name:
            told = _("Transition '%(was)s' is now spelled '%(now)s'")
            yield told % _pair(old[key][0], name)
        for told in _changed(old[key][1], sources):
            yield _("Transition '%(name)s' %(told)s") % {"name": shown(name), "told": told}
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield _("The transitions stand in another order")


def _by_name(definition: Definition) -> dict[str, tuple[str, dict[str, _Demands]]]:
    """By folded name: the name, and what is asked from each source, as the sources are spelled."""
    found: dict[str, tuple[str, dict[str, _Demands]]] = {}
    for transition in definition.transitions:
        _name, sources = found.setdefault(fold(transition.name), (transition.name, {}))
        for source in transition.sources:
            sources.setdefault(source, _Demands.of(transition))
    return found


def _changed(old: _BySource, new: _BySource) -> Iterator[str]:
    """What is different: where it leads from, and then what it asks, once for all sources that agree."""
    was, now = {fold(s): s for s in old}, {fold(s): s for s in new}
    if set(was) != set(now):
        told = _("now leads from %(now)s (was from %(was)s)")
        yield told % {"now": _sources(new), "was": _sources(old)}
    agreeing: dict[tuple[str, ...], list[str]] = {}
    for key in (key for key in now if key in was):
        told_all = tuple(old[was[key]].changes(new[now[key]]))
        agreeing.setdefault(told_all, []).append(now[key])
    for told_all, sources in agreeing.items():
        for told in told_all:
            if len(agreeing) == 1:
                yield told
            else:
                yield _("from %(sources)s %(told)s") % {"sources": _sources(sources), "told": told}


def _described(name: str, sources: _BySource) -> dict[str, str]:
    target = next(iter(sources.values())).target
    way = {"from": _sources(sources), "to": shown(target)}
    return {"name": shown(name), "way": _("from %(from)s to '%(to)s'") % way}


def _needs(was: str, now: str) -> Iterator[str]:
    if was == now:
        return
    if not now:
        yield _("no longer names the right %s") % was
    elif not was:
        yield _("now needs the right %s") % now
    else:
        yield _("now needs the right %(now)s (was %(was)s)") % {"now": now, "was": was}


def _roles(was: tuple[str, ...], now: tuple[str, ...]) -> Iterator[str]:
    if sorted(map(fold, was)) == sorted(map(fold, now)):
        return
    names = {"now": _listed(now, _(" or ")), "was": _listed(was, _(" or "))}
    if not now:
        yield _("no longer needs the role %(was)s") % names
    elif not was:
        yield _("now needs the role %(now)s") % names
    else:
        yield _("now needs the role %(now)s (was %(was)s)") % names


def _guard(was: str, now: str) -> Iterator[str]:
    if was == now:
        return
    if not now:
        yield _("is no longer guarded by %s") % shown(was)
    elif not was:
        yield _("is now guarded by %s") % shown(now)
    else:
        yield _("is now guarded by %(now)s (was %(was)s)") % {"now": shown(now), "was": shown(was)}


def _message(now: str) -> str:
    if now == "comment":
        return _("now needs a comment")
    return _("now needs a reply") if now else _("no longer needs a message")


def _preset(now: str) -> str:
    if now == "comment":
        return _("now begins with a comment")
    return _("now begins with a reply") if now else _("no longer begins with a message")


def _responsible(before: Definition, after: Definition) -> Iterator[str]:
    old = {fold(status): role for status, role in before.responsible.items()}
    new = {fold(status): role for status, role in after.responsible.items()}
    for status in after.statuses:
        key, name = fold(status.name), shown(status.name)
        was, now = old.get(key, ""), new.get(key, "")
        if fold(was) == fold(now):
            continue
        names = {"name": name, "was": shown(was), "now": shown(now)}
        if not now:
            yield _("Status '%(name)s' no longer waits for the role %(was)s") % names
        elif not was:
            yield _("Status '%(name)s' now waits for the role %(now)s") % names
        else:
            yield _("Status '%(name)s' now waits for the role %(now)s (was %(was)s)") % names


def _colors(before: Definition, after: Definition) -> Iterator[str]:
    for status in after.statuses:
        was, now = before.color(status.name), after.color(status.name)
        if was == now:
            continue
        names = {"name": shown(status.name), "was": was, "now": now}
        if now:
            yield _("Status '%(name)s' is now marked %(now)s") % names
        else:
            yield _("Status '%(name)s' is no longer marked %(was)s") % names


def _becomes(before: Definition, after: Definition) -> Iterator[str]:
    former = {fold(was): was for was in (*before.becomes, *after.becomes)}
    for was in former.values():
        now = after.successor(was)
        if now is None:
            if before.canonical(was) is None:
                told = _("It is no longer said what tickets by the former status '%s' become")
                yield told % shown(was)
        elif after.canonical(was) is None and fold(now) != fold(before.successor(was) or ""):
            told = _("Tickets by the former status '%(was)s' become '%(now)s'")
            yield told % _pair(was, now)


def _maps(before: Definition, after: Definition) -> Iterator[str]:
    old = _map_rows(before)
    new = _map_rows(after)
    for key, (other, mine, theirs) in old.items():
        if key not in new:
            told = _("In '%(other)s' the status '%(mine)s' no longer becomes '%(theirs)s'")
            yield told % _map_row(other, mine, theirs)
    for key, (other, mine, theirs) in new.items():
        was = old[key][2] if key in old else None
        row = _map_row(other, mine, theirs)
        if was is None:
            yield _("In '%(other)s' the status '%(mine)s' now becomes '%(theirs)s'") % row
        elif fold(was) != fold(theirs):
            told = _(
                "In '%(other)s' the status '%(mine)s' now becomes '%(theirs)s' (was '%(was)s')"
            )
            yield told % {**row, "was": shown(was)}


def _map_rows(definition: Definition) -> dict[tuple[str, str], tuple[str, str, str]]:
    return {
        (fold(other), fold(mine)): (other, mine, theirs)
        for other, table in definition.maps.items()
        for mine, theirs in table.items()
    }


def _map_row(other: str, mine: str, theirs: str) -> dict[str, str]:
    return {"other": shown(other), "mine": shown(mine), "theirs": shown(theirs)}


def _pair(was: str, now: str) -> dict[str, str]:
    return {"was": shown(was), "now": shown(now)}


def _sources(sources: Iterable[str]) -> str:
    known = {ANY: _("anywhere"), BEGIN: _("the beginning")}
    return _listed(known.get(source, source) for source in sources)


def _listed(names: Iterable[str], between: str = ", ") -> str:
    told = [shown(name) for name in names]
    rest = len(told) - _MOST_NAMED
    return between.join(told) if rest <= 0 else f"{between.join(told[:_MOST_NAMED])}, …"


def _kind(kind: Kind) -> str:
    return {"initial": _("initial"), "active": _("active"), "inactive": _("inactive")}[kind]
