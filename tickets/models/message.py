from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class Message(models.Model):
    """The text of a comment, a reply or a ticket's beginning.

    The log holds its hash, so a redaction leaves the chain whole.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    content = models.TextField(_("content"))
    content_type = models.CharField(_("content type"), max_length=20)
    internal = models.BooleanField(_("internal"), default=False)
    sha256 = models.CharField(max_length=64)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["ticket", "created_at", "id"]

    def __str__(self) -> str:
        return self.content[:60]
