from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycles.models import LifecycleVersion
from tickets.models.queue import Queue


def keys_of(column: str) -> models.Func:
    """The keys of an object, as an array: in the words of the index on them."""
    path = models.Value("$.keyvalue().key")
    return models.Func(
        column, path, function="jsonb_path_query_array", output_field=models.JSONField()
    )


class Ticket(models.Model):
    """The projection of a ticket's log. Only the door (`tickets.service`) writes it.

    `custom_fields` is `{key: [canonical value, …]}`, always a list and never an empty one. `version` is the `seq`
    of the last transaction that changed the ticket or its conversation, `last_seq` that of the last transaction
    of any kind, `head` the digest of that one. `search_subject` and `search_fields` are the subject and the values as
    queries compare them (`tessera.lib.query.fold`), `subject_words` the subject for full text.
    """

    subject = models.CharField(_("subject"), max_length=255, blank=True)
    # Two of the indexes below begin with the queue and the owner.
    queue = models.ForeignKey(
        Queue, verbose_name=_("queue"), on_delete=models.PROTECT, db_index=False
    )
    lifecycle_version = models.ForeignKey(LifecycleVersion, on_delete=models.PROTECT)
    status = models.CharField(_("status"), max_length=64)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
    )
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("creator"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("last updated"))
    custom_fields: models.JSONField[Any, Any] = models.JSONField(default=dict)
    search_subject = models.CharField(max_length=765, db_default="", editable=False)
    search_fields: models.JSONField[Any, Any] = models.JSONField(
        default=dict, db_default={}, editable=False
    )
    subject_words = models.GeneratedField(
        expression=SearchVector("subject", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    version = models.PositiveIntegerField(default=1)
    last_seq = models.PositiveIntegerField(default=1)
    head = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering: ClassVar = ["-updated_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(priority__gte=0, priority__lte=100), name="ticket_priority_range"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1, version__lte=models.F("last_seq")),
                name="ticket_version_range",
            ),
        ]
        indexes: ClassVar = [
            # What decides of most tickets whether somebody sees them, and where they stand, without reading them.
            models.Index(
                fields=["id"],
                include=["status", "queue", "owner", "updated_at"],
                name="ticket_seen",
            ),
            models.Index(models.F("updated_at").desc(), models.F("id"), name="ticket_updated"),
            models.Index(
                "queue", "status", models.F("updated_at").desc(), "id", name="ticket_queue_status"
            ),
            models.Index("status", models.F("updated_at").desc(), "id", name="ticket_status"),
            # With queue and status, which tell of the owner's tickets those that an agent sees, and that they are not
            # deleted, without reading any.
            models.Index(
                fields=["owner", "-updated_at", "id", "queue"],
                include=["status"],
                name="ticket_owned",
            ),
            models.Index(models.F("created_at").desc(), "id", name="ticket_created"),
            models.Index(
                models.F("priority").desc(),
                models.F("updated_at").desc(),
                "id",
                name="ticket_priority",
            ),
            models.Index("due_at", models.F("updated_at").desc(), "id", name="ticket_due"),
            models.Index(
                "resolved_at", models.F("updated_at").desc(), "id", name="ticket_resolved"
            ),
            models.Index(
                "search_subject", models.F("updated_at").desc(), "id", name="ticket_subject"
            ),
            GinIndex(
                OpClass(models.F("search_subject"), name="gin_trgm_ops"), name="ticket_subject_part"
            ),
            GinIndex(fields=["subject_words"], name="ticket_subject_words"),
            GinIndex(fields=["search_fields"], opclasses=["jsonb_path_ops"], name="ticket_fields"),
            # That one can't tell which tickets have a field at all.
            GinIndex(OpClass(keys_of("search_fields"), name="jsonb_path_ops"), name="ticket_keys"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.subject}"

    @property
    def key(self) -> str:
        return ticket_key(self.pk)


def ticket_key(number: int) -> str:
    """The key that people use: `TKT-0012`."""
    return f"TKT-{number:04d}"
