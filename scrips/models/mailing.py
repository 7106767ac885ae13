from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from scrips.models.delivery import Delivery


class Mailing(models.Model):
    """One address that a mail about a ticket was let through to; kept while it counts towards a cap.

    `at` is when the mail was due for the first time, so that mails which an outage held back count as they were
    written and not as a flood. `address` is folded.
    """

    # The unique key below begins with it.
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="mailings", db_index=False
    )
    ticket_id = models.BigIntegerField()
    address = models.CharField(max_length=762)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "address"], name="mailing_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["ticket_id", "address", "at"], name="mailing_of_ticket"),
            models.Index(fields=["at"], name="mailing_at"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} to {self.address}"
