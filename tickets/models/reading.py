from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import User
from tickets.models.ticket import Ticket


class Reading(models.Model):
    """How far a ticket was when somebody last opened its page: its `version` then.

    0 stands for one that he has put back among the unread. No row: he never opened it.
    """

    pk = models.CompositePrimaryKey("user_id", "ticket_id")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")

    def __str__(self) -> str:
        return f"{self.user_id} {self.ticket_id}#{self.version}"
