from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0019_words_of_a_slice"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="watcher", name="watcher_address"),
        migrations.AddIndex(
            model_name="watcher",
            index=models.Index(fields=["address", "ticket", "role"], name="watcher_address"),
        ),
    ]
