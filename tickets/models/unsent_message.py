from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import User
from tickets.models.ticket import Ticket


class UnsentMessage(models.Model):
    """A reply or comment that its author has sent and may still take back, or has got back.

    While it `waits` a worker takes it through the door once it is due, in the order of the ids of one author on one
    ticket. `returned` it is a draft: the author took it back (`error` is null), or the door refused it (`error` is the
    refusal's body). `sent` it holds no text any more, and is kept for a while so that the same press counts once:
    `nonce` names the press. `changes`, `transition` and `version` are what the door takes; `form` holds the inputs of
    fields as they were filled in, `signature` what was put below the text that its author wrote.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RETURNED = "returned", _("returned")
        SENT = "sent", _("sent")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="unsent", db_index=False
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    nonce = models.CharField(max_length=36)
    changes: models.JSONField[Any, Any] = models.JSONField()
    transition = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(null=True)
    form: models.JSONField[Any, Any] = models.JSONField(default=dict)
    signature = models.TextField(blank=True, default="", db_default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    error: models.JSONField[Any, Any] = models.JSONField(null=True)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("unsent message")
        verbose_name_plural = _("unsent messages")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "nonce"], name="unsent_message_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "returned", "sent"]),
                name="unsent_message_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="waiting", ended_at=None)
                | ~models.Q(status="waiting") & models.Q(ended_at__isnull=False),
                name="unsent_message_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(error__isnull=True) | models.Q(status="returned"),
                name="unsent_message_error",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status="waiting"),
                name="unsent_message_due",
            ),
            models.Index(
                fields=["author", "ticket", "id"],
                condition=models.Q(status__in=["waiting", "returned"]),
                name="unsent_message_open",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(status="sent"),
                name="unsent_message_sent",
            ),
            models.Index(fields=["ticket"], name="unsent_message_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.status}"
