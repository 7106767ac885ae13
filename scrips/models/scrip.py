from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scrips.models.template import Template
from scrips.places import Reach
from tickets.models import Queue


class Scrip(models.Model):
    """A rule: on an event, if a condition holds, do an action. `scrips.service` writes it, with its version."""

    class Stage(models.TextChoices):
        CREATE = "TransactionCreate", _("for each transaction")
        BATCH = "TransactionBatch", _("once for the whole change")

    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=500, blank=True)
    everywhere = models.BooleanField(_("for every queue"), default=True, editable=False)
    queues: "models.ManyToManyField[Queue, ScripQueue]" = models.ManyToManyField(
        Queue, through="ScripQueue", related_name="scrips", verbose_name=_("queues")
    )
    condition_type = models.CharField(_("condition"), max_length=40)
    condition_config: models.JSONField[Any, Any] = models.JSONField(
        _("condition's settings"), default=dict, blank=True
    )
    action_type = models.CharField(_("action"), max_length=40)
    action_config: models.JSONField[Any, Any] = models.JSONField(
        _("action's settings"), default=dict, blank=True
    )
    template = models.ForeignKey(
        Template, verbose_name=_("template"), on_delete=models.PROTECT, null=True, blank=True
    )
    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices, default=Stage.CREATE)
    sort_order = models.IntegerField(_("order"), default=0)
    disabled = models.BooleanField(_("disabled"), default=False)
    shadow = models.BooleanField(
        _("shadow"), default=False, help_text=_("Evaluated and recorded, never carried out.")
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    # Of a scrip that is not in the table, such as a draft, or one as it was.
    drafted: Reach | None = None

    class Meta:
        verbose_name = _("scrip")
        verbose_name_plural = _("scrips")
        ordering: ClassVar = ["sort_order", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(stage__in=["TransactionCreate", "TransactionBatch"]),
                name="scrip_stage_known",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reach(self) -> Reach:
        """Where it applies. One statement, where `places` are not loaded yet."""
        if self.drafted is not None:
            return self.drafted
        rows = list(self.places.all()) if self.pk else []
        places = {row.queue_id: row.sort_order for row in rows if row.sort_order is not None}
        queue_ids = () if self.everywhere else (row.queue_id for row in rows)
        return Reach.among(queue_ids, self.sort_order, places)


class ScripQueue(models.Model):
    """A queue that the scrip is for, and its place in that queue's order where it has one of its own.

    Of a scrip that is for every queue a row says only the place.
    """

    scrip = models.ForeignKey(Scrip, on_delete=models.CASCADE, related_name="places")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="scrip_places")
    sort_order = models.IntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["queue"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scrip", "queue"], name="scrip_queue_once")
        ]

    def __str__(self) -> str:
        return f"{self.scrip} in {self.queue}"


class ScripVersion(models.Model):
    """A scrip as it was saved once, and kept when it is deleted: the last one's `snapshot` is null then. Immutable."""

    scrip_id = models.BigIntegerField(db_index=False)
    version = models.PositiveIntegerField()
    snapshot: models.JSONField[Any, Any] = models.JSONField(null=True)
    note = models.CharField(max_length=500, blank=True)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["scrip_id", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scrip_id", "version"], name="scrip_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.scrip_id} v{self.version}"
