import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scrips", "0002_triggers"),
        ("tickets", "0010_rounds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="scripversion",
            name="snapshot",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scrip_id", models.BigIntegerField(verbose_name="scrip")),
                ("scrip_version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("stage", models.CharField(max_length=20, verbose_name="stage")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("fired", "acted"), ("failed", "failed"), ("shadow", "in shadow")],
                        max_length=10,
                        verbose_name="verdict",
                    ),
                ),
                ("because", models.TextField(verbose_name="because")),
                ("effect", models.JSONField(null=True, verbose_name="effect")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("duration_us", models.PositiveIntegerField(verbose_name="duration in µs")),
                ("created_at", models.DateTimeField(verbose_name="time")),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="tickets.transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "run",
                "verbose_name_plural": "runs",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["scrip_id", "-created_at"], name="run_of_scrip")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["fired", "failed", "shadow"])),
                        name="run_verdict_known",
                    )
                ],
            },
        ),
    ]
