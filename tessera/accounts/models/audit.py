from typing import Any, ClassVar

from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tessera.lib import moments


class AuditEntry(models.Model):
    """What somebody did besides work on tickets: came in, was given a right, changed how the site behaves.

    `tessera.accounts.audit` writes them and the database refuses to change one. Who and what are kept as numbers and
    names, not as references: an entry outlives them.
    """

    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("kind"), max_length=40)
    actor_id = models.BigIntegerField(_("who, by number"), null=True)
    actor_name = models.CharField(_("who"), max_length=150, blank=True)
    subject_type = models.CharField(_("what"), max_length=50, blank=True)
    subject_id = models.BigIntegerField(_("which, by number"), null=True)
    subject_name = models.CharField(_("which"), max_length=200, blank=True)
    # By field: the old value and the new.
    changes: models.JSONField[Any, Any] = models.JSONField(_("changes"), default=dict)
    # What else is to be said, such as the way in which somebody logged in.
    facts: models.JSONField[Any, Any] = models.JSONField(_("facts"), default=dict)
    address = models.CharField(_("from"), max_length=45, blank=True)
    request_id = models.CharField(_("request"), max_length=128, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-id"], name="audit_kind"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
            models.Index(fields=["subject_type", "-id"], name="audit_subject"),
            models.Index(fields=["at", "-id"], name="audit_at"),
            models.Index(Lower("actor_name"), F("id").desc(), name="audit_actor_name"),
            models.Index(Lower("subject_name"), F("id").desc(), name="audit_subject_name"),
        ]

    def __str__(self) -> str:
        return moments.short(self.at)
