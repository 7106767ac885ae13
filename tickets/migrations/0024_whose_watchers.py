from django.db import migrations, models

from tessera.lib.patient import AddIndexPatiently, AddUniquePatiently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("tickets", "0023_one_index_of_owners"),
    ]

    operations = [
        AddIndexPatiently(
            "watcher",
            models.Index(fields=["ticket", "role"], name="watcher_ticket"),
        ),
        AddUniquePatiently(
            "watcher",
            models.UniqueConstraint(
                fields=["address", "ticket", "role"], name="watcher_of_address"
            ),
        ),
    ]
