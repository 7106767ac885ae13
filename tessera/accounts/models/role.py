from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.Model):
    """Rights under a name, and those of the role that it inherits. A grant gives it to somebody, somewhere."""

    name = models.CharField(_("name"), max_length=100)
    rights = ArrayField(
        models.CharField(max_length=64), verbose_name=_("rights"), default=list, blank=True
    )
    inherits = models.ForeignKey(
        "self",
        verbose_name=_("inherits"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="heirs",
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="role_name_unique")]

    def __str__(self) -> str:
        return self.name
