from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class Transaction(models.Model):
    """One fact about one ticket. Append-only: the database refuses UPDATE, DELETE and TRUNCATE.

    `seq` counts 1, 2, … without a gap within a ticket, `batch` is the id of the first transaction of the same
    unit of work, `digest` chains each row to the one before. `data` holds
    `{"message_id", "sha256", …}` where there is a text: the text itself is a `Message`. `cause_scrip_id` is a
    plain number because the log outlives the rules that wrote in it.

    `round_seq` is how far the ticket's log went when the scrips were asked about this one, `batch_seq` (of the first
    of a unit of work) when those for the whole unit were; null where none were asked. No fact: the digest leaves
    them out.
    """

    # The unique key below begins with it.
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="transactions", db_index=False
    )
    seq = models.PositiveIntegerField(_("seq"))
    type = models.CharField(_("type"), max_length=20)
    field = models.CharField(_("field"), max_length=64, blank=True)
    old_value: models.JSONField[Any, Any] = models.JSONField(_("old value"), null=True)
    new_value: models.JSONField[Any, Any] = models.JSONField(_("new value"), null=True)
    data: models.JSONField[Any, Any] = models.JSONField(_("data"), default=dict)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("creator"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"))
    batch = models.BigIntegerField(_("batch"))
    cause_scrip_id = models.BigIntegerField(null=True)
    cause_transaction = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    delivery_id = models.BigIntegerField(null=True)
    digest = models.CharField(_("digest"), max_length=64)
    round_seq = models.PositiveIntegerField(null=True)
    batch_seq = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering: ClassVar = ["ticket", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="transaction_seq_unique"),
            models.UniqueConstraint(
                fields=["delivery_id"],
                condition=models.Q(delivery_id__isnull=False),
                name="transaction_delivery_once",
            ),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="transaction_seq_from_one"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["type", "created_at", "ticket"], name="transaction_type_created"),
            BrinIndex(fields=["created_at"], name="transaction_created_brin"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}#{self.seq} {self.type}"
