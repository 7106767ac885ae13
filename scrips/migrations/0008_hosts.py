from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scrips", "0007_scrip_without_queue"),
        ("tickets", "0012_bulk_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Host",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, unique=True, verbose_name="host")),
                ("opened_at", models.DateTimeField(null=True, verbose_name="left alone since")),
                ("probe_at", models.DateTimeField(null=True, verbose_name="tried again")),
                (
                    "failed_probes",
                    models.PositiveIntegerField(default=0, verbose_name="failed probes"),
                ),
                ("counted_from", models.DateTimeField(null=True)),
                ("last_failure_at", models.DateTimeField(verbose_name="last failure")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
            ],
            options={
                "verbose_name": "host",
                "verbose_name_plural": "hosts",
                "ordering": ["id"],
            },
        ),
        migrations.RemoveIndex(
            model_name="delivery",
            name="delivery_due",
        ),
        migrations.AddField(
            model_name="attempt",
            name="host",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="attempt",
            name="up",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="died_at",
            field=models.DateTimeField(null=True, verbose_name="dead since"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="slot",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        # When those died is known no more; that they exist was known ever since.
        migrations.RunSQL(
            "UPDATE scrips_delivery SET died_at = created_at WHERE status = 'dead'",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("up__isnull", False)),
                fields=["host", "-started_at"],
                name="attempt_of_host",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status__in", ["pending", "failed"])),
                fields=["kind", "host", "next_attempt_at", "id"],
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", "dead")),
                fields=["died_at", "id"],
                name="delivery_dead",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "sending")),
                fields=("kind", "host", "slot"),
                name="delivery_slot_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="host",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_at__isnull", True), ("probe_at__isnull", True)),
                    models.Q(("opened_at__isnull", False), ("probe_at__isnull", False)),
                    _connector="OR",
                ),
                name="host_open_is_probed",
            ),
        ),
    ]
