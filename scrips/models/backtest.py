from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import User


class Backtest(models.Model):
    """A rule that is being tried on recorded transactions, ticket after ticket, in the owner's name.

    `rule` is the scrip as it is tried, saved or not, with its template's texts. `last_ticket` is how far it is;
    `counts` and `results` are what was found up to there, written with it. Nothing else is ever changed by it.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rule: models.JSONField[Any, Any] = models.JSONField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    query = models.TextField(blank=True)
    most = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField()
    last_ticket = models.BigIntegerField(default=0)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    results: models.JSONField[Any, Any] = models.JSONField(default=list)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("backtest")
        verbose_name_plural = _("backtests")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "done"]), name="backtest_status_known"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=models.Q(status="running"), name="backtest_running"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.status})"
