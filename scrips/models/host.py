from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Host(models.Model):
    """A host that has failed at some time, and whether it is left alone now.

    While `opened_at` is set nothing is sent there but one delivery each time that `probe_at` comes. `counted_from` is
    since when failures count: what was before a success or a reset is forgiven. `failed_probes` are those in a row.
    """

    name = models.CharField(_("host"), max_length=255, unique=True)
    opened_at = models.DateTimeField(_("left alone since"), null=True)
    probe_at = models.DateTimeField(_("tried again"), null=True)
    failed_probes = models.PositiveIntegerField(_("failed probes"), default=0)
    counted_from = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(_("last failure"))
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opened_at__isnull=True, probe_at__isnull=True)
                | models.Q(opened_at__isnull=False, probe_at__isnull=False),
                name="host_open_is_probed",
            )
        ]

    def __str__(self) -> str:
        return self.name
