from django.db import migrations, models

from tessera.lib.patient import AddIndexPatiently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("tickets", "0021_one_index_of_the_log"),
    ]

    operations = [
        AddIndexPatiently(
            "ticket",
            models.Index(
                fields=["owner", "-updated_at", "id", "queue"],
                include=["status"],
                name="ticket_owned",
            ),
        ),
    ]
