from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scrips.models.template import Template
from tickets.models import Queue


class Scrip(models.Model):
    """A rule: on an event, if a condition holds, do an action. `scrips.service` writes it, with its version."""

    class Stage(models.TextChoices):
        CREATE = "TransactionCreate", _("for each transaction")
        BATCH = "TransactionBatch", _("once for the whole change")

    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=500, blank=True)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty: for every queue."),
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
