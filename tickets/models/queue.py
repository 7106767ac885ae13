from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from customfields.models import CustomField
from lifecycles.models import Lifecycle


class Queue(models.Model):
    """Where tickets wait: a lifecycle, custom fields in their order, and the addresses that its mail comes from."""

    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=500, blank=True)
    lifecycle = models.ForeignKey(Lifecycle, verbose_name=_("lifecycle"), on_delete=models.PROTECT)
    custom_fields = models.ManyToManyField(
        CustomField, verbose_name=_("custom fields"), through="QueueField", blank=True
    )
    correspond_address = models.EmailField(_("correspond address"), blank=True)
    comment_address = models.EmailField(_("comment address"), blank=True)
    disabled = models.BooleanField(_("disabled"), default=False)

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="queue_name_unique")]

    def __str__(self) -> str:
        return self.name


class QueueField(models.Model):
    """A custom field on a queue, at its place in the queue's order."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="queue_fields")
    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="queue_fields")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("field of a queue")
        verbose_name_plural = _("fields of a queue")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "field"], name="queue_field_once")
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.field_id}"
