from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scrips", "0009_mailings"),
        ("tickets", "0012_bulk_changes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["-created_at", "-id"], name="run_newest"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("verdict", "failed")),
                fields=["-created_at", "-id"],
                name="run_failed_newest",
            ),
        ),
    ]
