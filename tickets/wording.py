"""Roles and grants in words that a person reads."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

# What somebody is on a ticket, as it stands after "as".
TICKET_ROLE_WORDS: dict[str, StrOrPromise] = {
    "requestor": gettext_lazy("requestor"),
    "owner": gettext_lazy("owner"),
    "cc": gettext_lazy("Cc"),
    "admin_cc": gettext_lazy("admin Cc"),
}
EVERYONE = "everyone"


def receiver(*, user: str = "", group: str = "", ticket_role: str = "") -> str:
    """Whom a grant is given to, as the beginning of a sentence. Exactly one is given."""
    if group:
        return _("The group %(group)s") % {"group": group}
    if ticket_role == EVERYONE:
        return _("Everyone")
    if ticket_role:
        role = TICKET_ROLE_WORDS.get(ticket_role, ticket_role)
        return _("Whoever is %(role)s of the ticket") % {"role": role}
    return user


def place(queue: str = "") -> str:
    """Where a grant counts: in the queue, or everywhere."""
    return _("in the queue %(queue)s") % {"queue": queue} if queue else _("everywhere")


def sentence(who: str, role: str, where: str) -> str:
    """A whole grant, of what `receiver` and `place` give."""
    told = _("%(who)s has the role %(role)s %(where)s")
    return told % {"who": who, "role": role, "where": where}


def way(*, user: str = "", group: str = "", ticket_role: str = "") -> str:
    """How somebody came by a grant: what stands between the role and the place."""
    if group:
        return _("through the group %(group)s") % {"group": group}
    if ticket_role == EVERYONE:
        return _("like everyone")
    if ticket_role:
        role = TICKET_ROLE_WORDS.get(ticket_role, ticket_role)
        return _("as %(role)s of the ticket") % {"role": role}
    return _("given to %(user)s") % {"user": user}
