import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0014_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UnsentMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nonce", models.CharField(max_length=36)),
                ("changes", models.JSONField()),
                ("transition", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(null=True)),
                ("form", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("returned", "returned"),
                            ("sent", "sent"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("error", models.JSONField(null=True)),
                ("due_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="unsent",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "unsent message",
                "verbose_name_plural": "unsent messages",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["due_at"],
                        name="unsent_message_due",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "returned"])),
                        fields=["author", "ticket", "id"],
                        name="unsent_message_open",
                    ),
                    models.Index(
                        condition=models.Q(("status", "sent")),
                        fields=["ended_at"],
                        name="unsent_message_sent",
                    ),
                    models.Index(fields=["ticket"], name="unsent_message_ticket"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("author", "nonce"), name="unsent_message_once"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "returned", "sent"])),
                        name="unsent_message_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="unsent_message_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("error__isnull", True), ("status", "returned"), _connector="OR"
                        ),
                        name="unsent_message_error",
                    ),
                ],
            },
        ),
    ]
