import django.db.models.deletion
from django.db import migrations, models

from tessera.lib.migrations import raises_generation


class Migration(migrations.Migration):
    dependencies = [
        ("scrips", "0004_backtests"),
        ("tickets", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="scrip",
            name="everywhere",
            field=models.BooleanField(default=True, editable=False, verbose_name="for every queue"),
        ),
        migrations.CreateModel(
            name="ScripQueue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(null=True)),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scrip_places",
                        to="tickets.queue",
                    ),
                ),
                (
                    "scrip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="scrips.scrip",
                    ),
                ),
            ],
            options={
                "ordering": ["queue"],
                "constraints": [
                    models.UniqueConstraint(fields=["scrip", "queue"], name="scrip_queue_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="scrip",
            name="queues",
            field=models.ManyToManyField(
                related_name="scrips",
                through="scrips.ScripQueue",
                to="tickets.queue",
                verbose_name="queues",
            ),
        ),
        raises_generation("scrips_scripqueue"),
    ]
