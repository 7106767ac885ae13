from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class SiteSetting(models.Model):
    """A setting of the site that was changed on its page; without a row the default counts.

    `tessera.accounts.site` says which there are, checks and writes them.
    """

    name = models.CharField(_("name"), max_length=40, unique=True)
    value: models.JSONField[Any, Any] = models.JSONField(_("value"))

    class Meta:
        verbose_name = _("site setting")
        verbose_name_plural = _("site settings")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
