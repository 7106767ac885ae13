from typing import ClassVar

from django.db import models


class Gate(models.Model):
    """How many tries a name, an address or a device has behind it; see `tessera.accounts.pacing`.

    In the database and not in the cache: the count holds in every process and on every machine, and neither a flushed
    cache nor one that drops what it has no room for lets anybody begin anew.
    """

    key = models.CharField(primary_key=True, max_length=64)
    # Whom it is about, for the audit.
    label = models.CharField(max_length=200)
    level = models.FloatField(default=0)
    at = models.DateTimeField(db_index=True)
    shut_until = models.DateTimeField()
    # Tries that were refused since the last that was let through.
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.label
