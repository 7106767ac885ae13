from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models import Ticket, Transaction


class Delivery(models.Model):
    """A mail or webhook that has to leave: written with the change that caused it, sent by a worker after COMMIT.

    `payload` is complete: nothing is rendered or looked up when it is sent. A mail's is `{"to", "cc", "bcc",
    "subject", "body", "content_type", "from", "reply_to", "message_id", "references": […]}`, a webhook's
    `{"method", "url", "headers", "body", "timeout", "secret"}` (the secret encrypted).
    `recorded` says that the ticket's log has the record of its success. `host` is where a webhook goes, with the port
    where that is not the scheme's own; mails have none, they all go to the one mail server. `slot` is which of its
    host's places a delivery takes while it is being sent, `worker` the berth of who sends it.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("webhook")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed, will be tried again")
        DEAD = "dead", _("dead")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="deliveries")
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="deliveries"
    )
    scrip_id = models.BigIntegerField(_("scrip"))
    scrip_version = models.PositiveIntegerField()
    payload: models.JSONField[Any, Any] = models.JSONField()
    host = models.CharField(_("host"), max_length=255, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    lease_until = models.DateTimeField(null=True)
    slot = models.PositiveSmallIntegerField(null=True)
    worker = models.UUIDField(null=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True)
    response_status = models.PositiveSmallIntegerField(_("response status"), null=True)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    died_at = models.DateTimeField(_("dead since"), null=True)
    recorded = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["email", "webhook"]), name="delivery_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["pending", "sending", "sent", "failed", "dead", "cancelled"]
                ),
                name="delivery_status_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="sending") | models.Q(lease_until__isnull=False),
                name="delivery_sending_has_lease",
            ),
            # Two workers can't take the same place at a host, however fast both are.
            models.UniqueConstraint(
                fields=["kind", "host", "slot"],
                condition=models.Q(status="sending"),
                name="delivery_slot_unique",
            ),
        ]
        indexes: ClassVar = [
            # What is due, host by host: a host's pile of any height is one step to whoever looks at the next.
            models.Index(
                fields=["kind", "host", "next_attempt_at", "id"],
                condition=models.Q(status__in=["pending", "failed"]),
                name="delivery_due",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status="sending"),
                name="delivery_leased",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(status="sent", recorded=False),
                name="delivery_unrecorded",
            ),
            models.Index(fields=["status", "-id"], name="delivery_status"),
            models.Index(
                fields=["died_at", "id"],
                condition=models.Q(status="dead"),
                name="delivery_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.status})"


class Attempt(models.Model):
    """One try of a delivery: when, how long, and what came back (the answer's first 4 KiB).

    `up` says whether the host did its part, whatever it said of the delivery; null where none was asked.
    """

    # The unique key below begins with it.
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempt_rows", db_index=False
    )
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(_("started"))
    duration_ms = models.PositiveIntegerField(_("duration in ms"))
    ok = models.BooleanField()
    response_status = models.PositiveSmallIntegerField(null=True)
    error = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    host = models.CharField(max_length=255, blank=True)
    up = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering: ClassVar = ["delivery", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_unique")
        ]
        indexes: ClassVar = [
            # How a host did of late.
            models.Index(
                fields=["host", "-started_at"],
                condition=models.Q(up__isnull=False),
                name="attempt_of_host",
            )
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} try {self.number}"
