from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.accounts.models import User


class VersionMove(models.Model):
    """A planned step: all tickets of a lifecycle that live by other versions are moved to one version.

    A worker carries it out ticket by ticket. `last_id` is how far it came: what is below is done, so that a move which
    was stopped, or whose worker died, goes on from there. `attempted` counts with it; `failed` the door refused.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")

    lifecycle = models.ForeignKey(Lifecycle, on_delete=models.CASCADE, related_name="moves")
    version = models.ForeignKey(LifecycleVersion, on_delete=models.CASCADE, related_name="+")
    mapping: models.JSONField[Any, Any] = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField()
    attempted = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    faults: models.JSONField[Any, Any] = models.JSONField(default=list)
    last_id = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("move of tickets to a version")
        verbose_name_plural = _("moves of tickets to a version")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lifecycle"],
                condition=models.Q(status="running"),
                name="version_move_one_running",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "stopped", "done"]),
                name="version_move_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lifecycle_id} → {self.version_id}"
