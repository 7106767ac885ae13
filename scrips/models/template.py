from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tickets.models import Queue


class Template(models.Model):
    """A mail's subject and body, written in the sandbox's language. `scrips.service` writes it, with its version."""

    class ContentType(models.TextChoices):
        TEXT = "text/plain", _("text")
        HTML = "text/html", _("HTML")

    name = models.CharField(_("name"), max_length=100)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty: for every queue."),
    )
    subject_template = models.CharField(_("subject"), max_length=500, blank=True)
    body_template = models.TextField(_("body"), blank=True)
    content_type = models.CharField(
        _("content type"), max_length=20, choices=ContentType.choices, default=ContentType.TEXT
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"), "queue", name="template_name_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(content_type__in=["text/plain", "text/html"]),
                name="template_content_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A template as it was saved once. Immutable."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    snapshot: models.JSONField[Any, Any] = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["template", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "version"], name="template_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.version}"
