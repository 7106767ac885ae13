from django.db import migrations


class Migration(migrations.Migration):
    """What came before has the same columns in another order, in which nothing is asked."""

    dependencies = [
        ("tickets", "0024_whose_watchers"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="watcher", name="watcher_address"),
        migrations.RemoveConstraint(model_name="watcher", name="watcher_once"),
    ]
