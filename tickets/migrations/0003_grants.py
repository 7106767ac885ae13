import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tessera.lib.migrations import raises_generation


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_roles"),
        ("tickets", "0002_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ticket_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("requestor", "requestor of the ticket"),
                            ("owner", "owner of the ticket"),
                            ("cc", "Cc of the ticket"),
                            ("admin_cc", "admin Cc of the ticket"),
                            ("everyone", "everyone"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="whoever is",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: everywhere.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="accounts.role",
                        verbose_name="role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "grant",
                "verbose_name_plural": "grants",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("role", "user", "group", "ticket_role", "queue"),
                        name="grant_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("group", None),
                                ("user", None),
                                models.Q(("ticket_role", ""), _negated=True),
                            ),
                            models.Q(("group", None), ("ticket_role", ""), ("user__isnull", False)),
                            models.Q(("group__isnull", False), ("ticket_role", ""), ("user", None)),
                            _connector="OR",
                        ),
                        name="grant_to_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ticket_role__in",
                                ["", "requestor", "owner", "cc", "admin_cc", "everyone"],
                            )
                        ),
                        name="grant_ticket_role_known",
                    ),
                ],
            },
        ),
        raises_generation("tickets_grant"),
    ]
