from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models import Transaction


class Run(models.Model):
    """A scrip whose condition held for a transaction, and what came of it. Written with the change; never changed.

    `effect` is `{"kind", "delivery_id"}`, or `{"kind": "change", "transaction_ids"}` with the `ticket_id` of a ticket
    that it made; of a shadow what it would have been, in full. `scrip_id` is a plain number because what happened
    outlives the rule. Of scrips that stayed silent there is no row: why they did follows from the log.
    """

    class Verdict(models.TextChoices):
        FIRED = "fired", _("acted")
        FAILED = "failed", _("failed")
        SHADOW = "shadow", _("in shadow")

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="runs")
    scrip_id = models.BigIntegerField(_("scrip"))
    scrip_version = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=200)
    stage = models.CharField(_("stage"), max_length=20)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    because = models.TextField(_("because"))
    effect: models.JSONField[Any, Any] = models.JSONField(_("effect"), null=True)
    error = models.TextField(_("error"), blank=True)
    duration_us = models.PositiveIntegerField(_("duration in µs"))
    created_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["fired", "failed", "shadow"]),
                name="run_verdict_known",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["scrip_id", "-created_at"], name="run_of_scrip"),
            models.Index(fields=["-created_at", "-id"], name="run_newest"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(verdict="failed"),
                name="run_failed_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.verdict}"
