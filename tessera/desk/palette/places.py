"""Saved views, queues, and the pages of the site."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from tessera.desk.access import creating
from tessera.desk.palette.shape import Asked, Choice, fits
from tessera.desk.shelves import Shelf, shelves
from tickets.access import Actor

MOST = 6
MaySee: TypeAlias = Callable[[str, str], bool]

_PAGES: Sequence[tuple[str, StrOrPromise]] = (
    ("index", gettext_lazy("Tickets")),
    ("search", gettext_lazy("Search")),
    ("reports", gettext_lazy("Reports")),
    ("account", gettext_lazy("Your account")),
    ("account-replies", gettext_lazy("Saved replies")),
    ("account-tokens", gettext_lazy("API tokens")),
    ("api-docs", gettext_lazy("API")),
)
# What the administration has, by app and model.
_KEPT: Sequence[tuple[str, str, StrOrPromise]] = (
    ("scrips", "scrip", gettext_lazy("Scrips")),
    ("scrips", "template", gettext_lazy("Templates")),
    ("tickets", "queue", gettext_lazy("Queues")),
    ("customfields", "customfield", gettext_lazy("Custom fields")),
    ("lifecycles", "lifecycle", gettext_lazy("Lifecycles")),
    ("scrips", "delivery", gettext_lazy("Deliveries")),
    ("accounts", "user", gettext_lazy("Users")),
    ("accounts", "group", gettext_lazy("Groups")),
    ("accounts", "role", gettext_lazy("Roles")),
    ("tickets", "grant", gettext_lazy("Grants")),
)


@dataclass(frozen=True, slots=True)
class Shelved:
    """Those that were looked at last, in that order, and others."""

    recent: tuple[Choice, ...]
    others: tuple[Choice, ...]


def shelves_at_hand(actor: Actor) -> tuple[Shelf, ...]:
    """All that the actor can choose, saved ones first: one statement."""
    held = shelves(actor)
    return (*held.saved, *held.queues, *held.ready)


def shelves_like(words: tuple[str, ...], held: Sequence[Shelf], asked: Asked) -> Shelved:
    """Those whose names have the words; where none is typed, all that were seen last."""
    fitting = {shelf.address: shelf for shelf in held if fits(words, shelf.name)}
    recent = [address for address in asked.recent if address in fitting]
    others = [address for address in fitting if address not in recent]
    return Shelved(
        tuple(_shelf(fitting[address]) for address in recent[:MOST]),
        tuple(_shelf(fitting[address]) for address in others[:MOST]),
    )


def _shelf(shelf: Shelf) -> Choice:
    note = _("saved view") if shelf.saved else _("queue") if shelf.queue else _("view")
    return Choice(label=shelf.name, link=f"{reverse('index')}?{shelf.address}", note=note)


def pages_like(words: tuple[str, ...], actor: Actor, *, staff_of: MaySee) -> tuple[Choice, ...]:
    """The pages whose names have the words; those of the administration only where something is typed."""
    found = (
        each
        for each in _pages(actor, staff_of, deep=bool(words))
        if fits(words, each.label, each.note)
    )
    return tuple(found)[:MOST]


def _pages(actor: Actor, staff_of: MaySee, *, deep: bool) -> Iterator[Choice]:
    if creating(actor):
        yield Choice(label=_("New ticket"), link=reverse("ticket-new"), key="t")
    for name, label in _PAGES:
        yield Choice(label=str(label), link=reverse(name))
    for app, model, label in _KEPT if deep else ():
        if staff_of(app, model):
            link = reverse(f"admin:{app}_{model}_changelist")
            yield Choice(label=str(label), link=link, note=_("administration"))
