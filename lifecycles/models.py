from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Lifecycle(models.Model):
    """A named process. Its definition lives in immutable versions; `current` is the one that new tickets take."""

    name = models.CharField(_("name"), max_length=100)
    current = models.ForeignKey(
        "LifecycleVersion",
        verbose_name=_("current version"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    draft: models.JSONField[Any, Any] = models.JSONField(_("draft"), null=True, blank=True)

    class Meta:
        verbose_name = _("lifecycle")
        verbose_name_plural = _("lifecycles")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="lifecycle_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class LifecycleVersion(models.Model):
    """One published definition. Immutable: the database refuses UPDATE and DELETE.

    A ticket keeps the version that it was created under until it is moved to another.
    """

    lifecycle = models.ForeignKey(Lifecycle, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    definition: models.JSONField[Any, Any] = models.JSONField(_("definition"))
    sha256 = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=500, blank=True)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("lifecycle version")
        verbose_name_plural = _("lifecycle versions")
        ordering: ClassVar = ["lifecycle", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lifecycle", "number"], name="lifecycle_version_number_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lifecycle_id} v{self.number}"
