import uuid
from typing import ClassVar

from django.db import models

from tessera.accounts.models.user import User


class LoginSession(models.Model):
    """A login by cookies, from POST /api/auth/token until it is revoked, runs out or its user's epoch passes.

    Its tokens carry `id`; a refresh token also carries `number`, which every refresh raises: one with a lower number
    was used before. No token is kept here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    epoch = models.PositiveIntegerField()
    number = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return str(self.id)
