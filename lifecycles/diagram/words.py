"""What a diagram says in sentences: its titles, and all of it for those who don't see it."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycles.diagram.picture import Picture, Tile, Way
from lifecycles.diagram.text import plain
from lifecycles.parts import DELETED, Kind, Transition
from tessera.lib.query.fold import fold

_MOST_NAMED = 30


def kind_name(kind: Kind) -> str:
    """The kind of a status, as people read it."""
    return {"initial": _("initial"), "active": _("active"), "inactive": _("inactive")}[kind]


def counted(picture: Picture) -> str:
    """What the diagram is, in a line."""
    count = len(picture.tiles)
    return ngettext(
        "Lifecycle with %(count)d status", "Lifecycle with %(count)d statuses", count
    ) % {"count": count}


def heading(picture: Picture) -> str:
    """The same with the current status."""
    told = counted(picture)
    if picture.current is None:
        return told
    now = _("now in “%(status)s”") % {"status": plain(picture.tiles[picture.current].name)}
    return f"{told}, {now}"


def description(picture: Picture) -> str:
    """All statuses with the ways that leave them, a sentence each."""
    leaving: dict[int | None, list[Way]] = {}
    for way in picture.ways:
        leaving.setdefault(way.source, []).append(way)
    begins = [plain(picture.tiles[way.target].name) for way in leaving.get(None, ())]
    said = [_("Begins in: %(statuses)s.") % {"statuses": ", ".join(begins)}] if begins else []
    for index, tile in enumerate(picture.tiles):
        said.append(f"{status_title(tile)}.")
        said += [f"{way_title(picture, way)}." for way in leaving.get(index, ())]
        said += [f"{loop_title(tile)}."] if tile.loops else []
        said += [f"{pill_title(tile)}."] if tile.begins or tile.anywhere else []
    said += [left_out(picture)] if picture.left_out else []
    return " ".join(said)


def status_title(tile: Tile, *, current: bool = False) -> str:
    """A status with its kind."""
    told = f"{plain(tile.name)} ({kind_name(tile.kind)})"
    return _("%(status)s, the current status") % {"status": told} if current else told


def way_title(picture: Picture, way: Way) -> str:
    """From where to where, by which transitions."""
    target = plain(picture.tiles[way.target].name)
    if way.source is None and not way.transitions:
        return _("Begins in “%(to)s” unless another status is named") % {"to": target}
    taken = _listed(way.transitions)
    if way.source is None:
        return _("Begins in “%(to)s”: %(transitions)s") % {"to": target, "transitions": taken}
    source = plain(picture.tiles[way.source].name)
    told = _("From “%(from)s” to “%(to)s”: %(transitions)s")
    return told % {"from": source, "to": target, "transitions": taken}


def loop_title(tile: Tile) -> str:
    """The transitions that stay in the status."""
    told = _("Stays in “%(status)s”: %(transitions)s")
    return told % {"status": plain(tile.name), "transitions": _listed(tile.loops)}


def pill_title(tile: Tile) -> str:
    """The transitions that come to it from the beginning, and those that every other status has."""
    begins = _("Begins in “%(to)s”: %(transitions)s")
    anywhere = _("From any other status to “%(to)s”: %(transitions)s")
    return ". ".join(
        told % {"to": plain(tile.name), "transitions": _listed(transitions)}
        for told, transitions in ((begins, tile.begins), (anywhere, tile.anywhere))
        if transitions
    )


def left_out(picture: Picture) -> str:
    """That there are more ways than are drawn."""
    return ngettext(
        "%(count)d way between statuses is not drawn: there are too many to be told apart.",
        "%(count)d ways between statuses are not drawn: they are too many to be told apart.",
        picture.left_out,
    ) % {"count": picture.left_out}


def at_the_start() -> str:
    """What stands on the pill of a status that is no initial one."""
    return _("at the start")


def from_anywhere() -> str:
    """What stands on the pill."""
    return _("from anywhere")


def more(count: int) -> str:
    """That a list goes on."""
    return ngettext("and %(count)d more", "and %(count)d more", count) % {"count": count}


def label_of(transition: Transition) -> str:
    """What the transition is called."""
    return plain(transition.label) or plain(transition.name)


def roles_of(transition: Transition) -> str:
    """The roles of which any one will do; empty where none is named."""
    return _(" or ").join(map(plain, transition.roles))


def right_of(transition: Transition) -> str:
    """The right that it takes; empty where it is the one that every such change takes."""
    usual = "DeleteTicket" if fold(transition.target) == DELETED else "ModifyTicket"
    return "" if transition.right == usual and not transition.roles else plain(transition.right)


def guard_of(transition: Transition) -> str:
    """The condition in brackets, as state diagrams have it."""
    return f"[{plain(transition.guard)}]" if transition.guard else ""


def _listed(transitions: Sequence[Transition]) -> str:
    told = "; ".join(map(_in_full, transitions[:_MOST_NAMED]))
    rest = len(transitions) - _MOST_NAMED
    return f"{told}; {more(rest)}" if rest > 0 else told


def _in_full(transition: Transition) -> str:
    label, name = label_of(transition), plain(transition.name)
    told = label if label.casefold() == name.casefold() else f"{label} ({name})"
    return ", ".join((told, *_demands(transition)))


def _demands(transition: Transition) -> Iterable[str]:
    if transition.roles:
        yield _("for %(roles)s") % {"roles": roles_of(transition)}
    if transition.right:
        yield _("needs the right %(right)s") % {"right": plain(transition.right)}
    if transition.message:
        yield _("with a reply") if transition.message == "correspond" else _("with a comment")
    if transition.guard:
        yield _("if %(condition)s") % {"condition": plain(transition.guard)}
