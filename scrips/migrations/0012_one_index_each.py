import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The unique keys of tries and mailings begin with their delivery. As SQL: Django would make the foreign keys anew,
    and read the whole tables for it."""

    atomic = False
    dependencies = [
        ("scrips", "0011_saved_replies"),
    ]

    operations = [
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS scrips_attempt_delivery_id_703bce11",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS scrips_attempt_delivery_id_703bce11 ON scrips_attempt (delivery_id)",
            state_operations=[
                migrations.AlterField(
                    model_name="attempt",
                    name="delivery",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempt_rows",
                        to="scrips.delivery",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS scrips_mailing_delivery_id_bb403702",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS scrips_mailing_delivery_id_bb403702 ON scrips_mailing (delivery_id)",
            state_operations=[
                migrations.AlterField(
                    model_name="mailing",
                    name="delivery",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailings",
                        to="scrips.delivery",
                    ),
                )
            ],
        ),
    ]
