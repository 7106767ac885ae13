import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scrips", "0008_hosts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ticket_id", models.BigIntegerField()),
                ("address", models.CharField(max_length=762)),
                ("at", models.DateTimeField()),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailings",
                        to="scrips.delivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "mailing",
                "verbose_name_plural": "mailings",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["ticket_id", "address", "at"], name="mailing_of_ticket"),
                    models.Index(fields=["at"], name="mailing_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("delivery", "address"), name="mailing_unique")
                ],
            },
        ),
    ]
