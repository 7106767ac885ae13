from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import User


class BulkChange(models.Model):
    """The same changes (or with `preview` their dry run) for many tickets, one after the other, in the owner's name.

    A worker works it off. Which tickets was settled when it was asked for: each has its `BulkTicket`. `done` of `total`
    have their result, `failed` of those an error; both count in the transaction that made the change.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changes: models.JSONField[Any, Any] = models.JSONField()
    preview = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "stopped", "done"]),
                name="bulk_change_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(done__lte=models.F("total"), failed__lte=models.F("done")),
                name="bulk_change_counts",
            ),
            models.CheckConstraint(
                condition=models.Q(status="running", ended_at=None)
                | ~models.Q(status="running") & models.Q(ended_at__isnull=False),
                name="bulk_change_ends",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=models.Q(status="running"), name="bulk_change_running"
            ),
            models.Index(fields=["ended_at"], name="bulk_change_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


class BulkTicket(models.Model):
    """One ticket of a bulk change, and what came of it: an outcome, or an error, or nothing yet.

    `ticket_id` is what the caller named, whether there is such a ticket or not. Rows are worked off by their ids.
    """

    bulk = models.ForeignKey(
        BulkChange, on_delete=models.CASCADE, related_name="tickets", db_index=False
    )
    ticket_id = models.BigIntegerField()
    outcome: models.JSONField[Any, Any] = models.JSONField(null=True)
    error: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulk", "ticket_id"], name="bulk_ticket_once"),
            models.CheckConstraint(
                condition=models.Q(outcome__isnull=True) | models.Q(error__isnull=True),
                name="bulk_ticket_one_result",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["bulk", "id"],
                condition=models.Q(outcome__isnull=True, error__isnull=True),
                name="bulk_ticket_waiting",
            ),
            models.Index(fields=["bulk", "id"], name="bulk_ticket_order"),
        ]

    def __str__(self) -> str:
        return str(self.ticket_id)
