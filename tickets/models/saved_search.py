from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import Group, User
from tessera.lib.query.limits import MAX_TEXT


class SavedView(models.Model):
    """A query with the columns and the order in which its tickets are shown, under a name.

    Its owner's alone (private), a group's, or everybody's; whoever sees it finds by it what he himself may see. A view
    whose group is deleted is private again. `columns` are names as in `tickets.columns`, a deleted field's among them.
    """

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("its owner")
        GROUP = "group", _("a group")
        ALL = "all", _("everybody")

    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(_("query"), max_length=MAX_TEXT, blank=True)
    columns: models.JSONField[Any, Any] = models.JSONField(_("columns"))
    order = models.CharField(_("order"), max_length=1000)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    for_all = models.BooleanField(_("everybody's"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(for_all=False) | models.Q(group=None),
                name="saved_view_shared_once",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_named"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=models.Q(for_all=True), name="saved_view_for_all"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def visibility(self) -> str:
        """Who sees it."""
        if self.for_all:
            return self.Visibility.ALL.value
        return (self.Visibility.PRIVATE if self.group_id is None else self.Visibility.GROUP).value
