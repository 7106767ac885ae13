import hashlib
from typing import ClassVar

from django.db import models

from tessera.accounts.models.user import User


class LoginLink(models.Model):
    """A way in that was mailed to its user. The row goes when it is used; only the key's SHA-256 is kept: a key of 256
    random bits needs no slow hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.expires_at}"

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
