"""The command palette: what can be done on the page where one is, and where one can go."""

from django.utils.translation import gettext as _

from tessera.desk.palette import acting, people, places, tickets
from tessera.desk.palette.shape import Asked, Palette, Section
from tickets.access import Actor

_MOST_RECENT = 5


def offered(asked: Asked, actor: Actor, *, staff_of: places.MaySee) -> Palette:
    """What fits what is typed; of nothing typed what lies nearest: the page's own acts, what was looked at last, and
    where everybody goes. Some ten statements at most, those that read much with a limit to their time.

    `staff_of` says which rows of the administration its reader may look at.
    """
    words = asked.words
    found = tickets.found(asked, actor)
    held = places.shelves_at_hand(actor)
    here = Section(_("On this page"), acting.acts_at(asked.at, words, actor))
    shelves = places.shelves_like(words, held, asked)
    pages = Section(_("Go to"), places.pages_like(words, actor, staff_of=staff_of))
    if not words:
        recent = Section(_("Seen last"), (*found.recent, *shelves.recent)[:_MOST_RECENT])
        views = Section(_("Views and queues"), shelves.others)
        return Palette((recent, here, views, pages))
    sections = (
        Section(_("Ticket"), found.named),
        here,
        Section(_("Tickets"), (*found.recent, *found.others)[: tickets.MOST]),
        Section(_("Views and queues"), (*shelves.recent, *shelves.others)[: places.MOST]),
        Section(_("People"), people.like(asked.typed, actor)),
        pages,
        Section(_("Search"), (tickets.search_for(asked.typed),)),
    )
    return Palette(sections, slow=found.slow)
