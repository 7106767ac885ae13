from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class Link(models.Model):
    """`source` depends on, refers to, or is a child of `target`; each pair once for each type."""

    class Type(models.TextChoices):
        DEPENDS_ON = "depends_on", _("depends on")
        PARENT = "parents", _("is a child of")
        REFERS_TO = "refers_to", _("refers to")

    source = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="links_out", db_index=False
    )
    target = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="links_in", db_index=False
    )
    type = models.CharField(_("type"), max_length=12, choices=Type.choices)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "target", "type"], name="link_once"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="link_not_to_itself"
            ),
            models.CheckConstraint(
                condition=models.Q(type__in=["depends_on", "parents", "refers_to"]),
                name="link_type_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["target", "type", "source"], name="link_target")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.type} {self.target_id}"
