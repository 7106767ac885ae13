from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import Group, Role, User
from tickets import wording
from tickets.models.queue import Queue


class Grant(models.Model):
    """A role given to a user, to a group, or to whoever is something on a ticket; everywhere, or on one queue."""

    class TicketRole(models.TextChoices):
        REQUESTOR = "requestor", _("requestor of the ticket")
        OWNER = "owner", _("owner of the ticket")
        CC = "cc", _("Cc of the ticket")
        ADMIN_CC = "admin_cc", _("admin Cc of the ticket")
        EVERYONE = "everyone", _("everyone")

    role = models.ForeignKey(
        Role, verbose_name=_("role"), on_delete=models.PROTECT, related_name="grants"
    )
    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, null=True, blank=True
    )
    group = models.ForeignKey(
        Group, verbose_name=_("group"), on_delete=models.CASCADE, null=True, blank=True
    )
    ticket_role = models.CharField(
        _("whoever is"), max_length=10, choices=TicketRole.choices, blank=True, default=""
    )
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text=_("Empty: everywhere."),
    )

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["role", "user", "group", "ticket_role", "queue"],
                name="grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(user=None, group=None) & ~models.Q(ticket_role="")
                | models.Q(user__isnull=False, group=None, ticket_role="")
                | models.Q(user=None, group__isnull=False, ticket_role=""),
                name="grant_to_one",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    ticket_role__in=["", "requestor", "owner", "cc", "admin_cc", "everyone"]
                ),
                name="grant_ticket_role_known",
            ),
        ]

    def __str__(self) -> str:
        return wording.sentence(self.who, self.role.name, self.where)

    @property
    def who(self) -> str:
        """Whom it is given to."""
        return wording.receiver(
            user=_named(self.user) if self.user else "",
            group=self.group.name if self.group else "",
            ticket_role=self.ticket_role,
        )

    @property
    def where(self) -> str:
        """Where it counts."""
        return wording.place(self.queue.name if self.queue else "")


def _named(user: User) -> str:
    return user.described if user.kind == User.Kind.SYSTEM else user.name
