"""How much there is of what, for the administration's start. Tables that grow are counted up to a limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.models import Delivery, Scrip, Template
from tessera.accounts.models import User
from tickets.models import Grant, Queue, Ticket

CAP = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One place to go: what it is for, and how much there is. `capped` means: or more."""

    label: str | Promise
    told: str | Promise
    url: str
    count: int
    capped: bool


def steps(may_see: Callable[[str], bool]) -> tuple[Step, ...]:
    """The places in the order in which one sets up a process. One statement for each.

    `may_see` says of a model's label whether the reader may look at its table: else he is told no numbers of it.
    """
    return tuple(
        Step(label, told, reverse(f"admin:{name}_changelist") + asked, *_count(rows))
        for label, told, name, rows, asked in _STEPS
        if may_see(name)
    )


def _count(rows: QuerySet[Model]) -> tuple[int, bool]:
    found = rows.order_by()[: CAP + 1].count()
    return min(found, CAP), found > CAP


# What each is called and said to be, the table, the rows that count, and what the list is asked for to show just them.
_STEPS: tuple[tuple[str | Promise, str | Promise, str, QuerySet[Any], str], ...] = (
    (
        _("Lifecycles"),
        _("Which statuses there are, and how one leads to another."),
        "lifecycles_lifecycle",
        Lifecycle.objects.all(),
        "",
    ),
    (
        _("Custom fields"),
        _("What else you want to know of a ticket."),
        "customfields_customfield",
        CustomField.objects.filter(disabled=False),
        "?disabled__exact=0",
    ),
    (
        _("Queues"),
        _("Where tickets wait: a lifecycle, fields, addresses."),
        "tickets_queue",
        Queue.objects.all(),
        "",
    ),
    (
        _("Templates"),
        _("What mails say."),
        "scrips_template",
        Template.objects.all(),
        "",
    ),
    (
        _("Scrips"),
        _("When something happens and a condition holds, do this."),
        "scrips_scrip",
        Scrip.objects.all(),
        "",
    ),
    (
        _("People"),
        _("Who may log in, and programs' keys."),
        "accounts_user",
        User.objects.filter(kind=User.Kind.PERSON, disabled=False),
        f"?disabled__exact=0&kind__exact={User.Kind.PERSON}",
    ),
    (
        _("Grants"),
        _("Who holds which role, and where."),
        "tickets_grant",
        Grant.objects.all(),
        "",
    ),
    (
        _("Tickets"),
        _("Every ticket with its whole log."),
        "tickets_ticket",
        Ticket.objects.all(),
        "",
    ),
    (
        _("Deliveries"),
        _("Mails and webhooks on their way out; counted are those that gave up."),
        "scrips_delivery",
        Delivery.objects.filter(status=Delivery.Status.DEAD),
        f"?status={Delivery.Status.DEAD}",
    ),
)
