from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """The first answer to a POST with an `Idempotency-Key`: given again for 24 h to the same caller.

    Written in the same database transaction as what the request did. `response` is null while the first
    request is at work.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    response: models.JSONField[Any, Any] = models.JSONField(null=True)
    headers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_created")]

    def __str__(self) -> str:
        return self.key
