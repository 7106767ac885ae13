from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from scrips.rendering.caps import MAX_SOURCE
from tessera.accounts.models import Group, User
from tickets.models import Queue


class SavedReply(models.Model):
    """A text that is put into an answer again and again: a template over the ticket that is answered.

    For tickets of one queue, or of all. Its owner's alone (private), a group's, or everybody's; one whose group is
    deleted is private again.
    """

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("its owner")
        GROUP = "group", _("a group")
        ALL = "all", _("everybody")

    name = models.CharField(_("name"), max_length=100)
    text = models.TextField(_("text"), max_length=MAX_SOURCE)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    for_all = models.BooleanField(_("everybody's"), default=False)

    class Meta:
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(for_all=False) | models.Q(group=None),
                name="saved_reply_shared_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(text=""), name="saved_reply_filled"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["name"], condition=models.Q(for_all=True), name="saved_reply_for_all"
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
