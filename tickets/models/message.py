from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket

# PostgreSQL keeps at most a megabyte of words for a text: of a longer one the beginning can be found.
INDEXED_LENGTH = 200_000


# Tickets whose ids follow each other, in as many as stand in a slice: the words of messages are indexed with theirs, so
# that a common word can be looked for among some tickets.
SLICE = 16_384


def slice_of(column: str) -> models.Func:
    """The slice of a row's ticket, as an array: in the words of the index."""
    return models.Func(
        models.F(column),
        output_field=ArrayField(models.BigIntegerField()),
        template=f"ARRAY[%(expressions)s / {SLICE}]",
    )


class Message(models.Model):
    """The text of a comment, a reply or a ticket's beginning.

    The log holds its hash, so a redaction leaves the chain whole. `search_content` is the text as queries compare it,
    null where lower case says the same; `words` are those of full text.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    content = models.TextField(_("content"))
    content_type = models.CharField(_("content type"), max_length=20)
    search_content = models.TextField(null=True, editable=False)  # noqa: DJ001  # empty is a text
    words = models.GeneratedField(
        expression=SearchVector(Left("content", INDEXED_LENGTH), config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
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
        indexes: ClassVar = [
            GinIndex(models.F("words"), slice_of("ticket_id"), name="message_words")
        ]

    def __str__(self) -> str:
        return self.content[:60]
