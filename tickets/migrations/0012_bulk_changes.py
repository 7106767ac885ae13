import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0011_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("changes", models.JSONField()),
                ("preview", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("running", "running"), ("stopped", "stopped"), ("done", "done")],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("total", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk change",
                "verbose_name_plural": "bulk changes",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="BulkTicket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ticket_id", models.BigIntegerField()),
                ("outcome", models.JSONField(null=True)),
                ("error", models.JSONField(null=True)),
                (
                    "bulk",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tickets",
                        to="tickets.bulkchange",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bulkchange",
            index=models.Index(
                condition=models.Q(("status", "running")), fields=["id"], name="bulk_change_running"
            ),
        ),
        migrations.AddIndex(
            model_name="bulkchange",
            index=models.Index(fields=["ended_at"], name="bulk_change_ended"),
        ),
        migrations.AddConstraint(
            model_name="bulkchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["running", "stopped", "done"])),
                name="bulk_change_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done__lte", models.F("total")), ("failed__lte", models.F("done"))
                ),
                name="bulk_change_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("status", "running")),
                    models.Q(
                        models.Q(("status", "running"), _negated=True), ("ended_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="bulk_change_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="bulkticket",
            index=models.Index(
                condition=models.Q(("error__isnull", True), ("outcome__isnull", True)),
                fields=["bulk", "id"],
                name="bulk_ticket_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="bulkticket",
            index=models.Index(fields=["bulk", "id"], name="bulk_ticket_order"),
        ),
        migrations.AddConstraint(
            model_name="bulkticket",
            constraint=models.UniqueConstraint(
                fields=("bulk", "ticket_id"), name="bulk_ticket_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__isnull", True), ("error__isnull", True), _connector="OR"
                ),
                name="bulk_ticket_one_result",
            ),
        ),
    ]
