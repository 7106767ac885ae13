import hashlib
import secrets
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models.user import User


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is kept: a key of 256 random bits needs no slow hash."""

    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=8, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.hint}…"

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, *, name: str = "", expires_at: datetime | None = None) -> str:
        """Make a token and give its key, which nobody can be shown again."""
        key = secrets.token_urlsafe(32)
        cls.objects.create(
            user=user, name=name, digest=cls.digest_of(key), hint=key[:6], expires_at=expires_at
        )
        return key
