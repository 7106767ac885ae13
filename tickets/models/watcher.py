from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class Watcher(models.Model):
    """An address that watches a ticket in a role. Who has that address as his own is that watcher."""

    class Role(models.TextChoices):
        REQUESTOR = "requestor", _("requestor")
        CC = "cc", _("cc")
        ADMIN_CC = "admin_cc", _("admin cc")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="watcher_rows", db_index=False
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    email = models.EmailField(_("e-mail"), max_length=254)
    address = models.CharField(max_length=254, editable=False)  # the e-mail, folded

    class Meta:
        verbose_name = _("watcher")
        verbose_name_plural = _("watchers")
        ordering: ClassVar = ["ticket", "role", "id"]
        constraints: ClassVar = [
            # All that is asked of an address, in the order of the tickets: so what he watches is met with other rows of
            # tickets without being sorted, and which of many tickets he watches is told by entries that lie together.
            # With the ticket first as well, the planner would take that: five times the pages.
            models.UniqueConstraint(
                fields=["address", "ticket", "role"], name="watcher_of_address"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["requestor", "cc", "admin_cc"]),
                name="watcher_role_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["ticket", "role"], name="watcher_ticket")]

    def __str__(self) -> str:
        return self.email
