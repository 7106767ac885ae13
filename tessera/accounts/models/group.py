from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models.user import User


class Group(models.Model):
    """People who are given rights, or written to, together."""

    name = models.CharField(_("name"), max_length=150)
    members = models.ManyToManyField(
        User, verbose_name=_("members"), related_name="member_of", blank=True
    )

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="group_name_unique")]

    def __str__(self) -> str:
        return self.name
