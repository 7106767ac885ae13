from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.message import Message


class Attachment(models.Model):
    """A file that somebody uploaded. Files of the same content are stored once, under their SHA-256.

    `message` is null until a comment or reply takes the file; before that only its creator may see it.
    """

    filename = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("content type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64, db_index=True)
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.filename

    @property
    def path(self) -> str:
        """Where the storage keeps the content."""
        return f"{self.sha256[:2]}/{self.sha256}"
