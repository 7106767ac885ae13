"""What can be done on a page: its keys, and the transitions of the ticket that it shows."""

from collections.abc import Iterator

from django.urls import ResolverMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tessera.desk import facts
from tessera.desk.acts import Act, acts
from tessera.desk.palette.shape import Choice, fits
from tessera.desk.sections import may_edit
from tessera.lib.errors import NotFound
from tickets import naming, service
from tickets.access import Actor, held_on

_LISTS = frozenset({"index", "search"})


def acts_at(page: ResolverMatch | None, words: tuple[str, ...], actor: Actor) -> tuple[Choice, ...]:
    """Those that fit the words, in the order of the page's list of keys."""
    return tuple(each for each in _acts(page, actor) if fits(words, each.label, each.status))


def _acts(page: ResolverMatch | None, actor: Actor) -> Iterator[Choice]:
    if page and page.url_name == "ticket":
        yield from _of_ticket(str(page.kwargs["key"]), actor)
    if page and page.url_name in _LISTS:
        yield from _of_list()
    yield Choice(label=_("Keys of this page"), link="#", key="?", needs="#keys")
    yield Choice(
        label=_("Light or dark"), link="#", press="[data-theme-toggle]", needs="[data-theme-toggle]"
    )


def _of_list() -> Iterator[Choice]:
    yield Choice(label=_("Write a query"), link=reverse("search"), key="/", needs="#q")
    yield Choice(label=_("Next page"), link="#", key="n", needs=".pager [rel=next]")
    yield Choice(label=_("Previous page"), link="#", key="p", needs=".pager [rel=prev]")


def _of_ticket(key: str, actor: Actor) -> Iterator[Choice]:
    """Statements to read a ticket, and those of its transitions; none of a ticket that is not seen."""
    number = naming.typed(key)
    try:
        state = service.visible(number, actor) if number else None
    except NotFound:
        return
    if state is None:
        return
    held, path = held_on(actor, state), reverse("ticket", args=[state.key])
    speaks = {"ReplyToTicket": "r", "CommentOnTicket": "c"}
    can = {key for right, key in speaks.items() if held.has(right)}
    if "r" in can:
        yield Choice(label=_("Reply"), link=f"{path}?as=correspond#reply", key="r")
    if "c" in can:
        yield Choice(label=_("Comment inside"), link=f"{path}?as=comment#reply", key="c")
    if can:
        yield Choice(label=_("Quote"), link=f"{path}#reply", key="q")
        yield Choice(label=_("Take back what waits"), link=path, key="u", needs="[data-undo]")
    found = acts(state, actor)
    for act in (*found.mild, *found.grave):
        yield _of_transition(act, path, reverse("ticket-write", args=[state.key]))
    if facts.may_change(state, actor).take:
        label = _("Take over") if state.owner_id else _("Take")
        yield Choice(label=label, link=path, form=reverse("ticket-take", args=[state.key]))
    if may_edit("people", state, actor):
        assign = reverse("ticket-edit", args=[state.key, "people"])
        yield Choice(label=_("Assign: owner and people"), link=assign, key="a")


def _of_transition(act: Act, path: str, write: str) -> Choice:
    """By one press where the page has a button that does no more than that; else the composer begins with it. What
    takes a ticket out of sight is never done from here alone."""
    asked = {"then": act.name} | ({"as": act.message} if act.message else {})
    at_once = not act.message and act.kind != "danger"
    return Choice(
        label=act.label,
        link=f"{path}?{urlencode(asked)}#reply",
        status=act.target,
        kind=act.kind,
        form=write if at_once else "",
        transition=act.name if at_once else "",
        then=act.name if act.message else "",
    )
