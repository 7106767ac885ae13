import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0012_bulk_changes"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="watcher", name="watcher_address"),
        migrations.AddIndex(
            model_name="watcher",
            index=models.Index(
                fields=["address"], include=("ticket", "role"), name="watcher_address"
            ),
        ),
        migrations.RemoveConstraint(model_name="watcher", name="watcher_once"),
        migrations.AddConstraint(
            model_name="watcher",
            constraint=models.UniqueConstraint(
                fields=("ticket", "address", "role"), name="watcher_once"
            ),
        ),
        migrations.AlterField(
            model_name="watcher",
            name="ticket",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="watcher_rows",
                to="tickets.ticket",
            ),
        ),
        migrations.AddIndex(
            model_name="link",
            index=models.Index(fields=["target", "type", "source"], name="link_target"),
        ),
        migrations.AlterField(
            model_name="link",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links_out",
                to="tickets.ticket",
            ),
        ),
        migrations.AlterField(
            model_name="link",
            name="target",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links_in",
                to="tickets.ticket",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["id"],
                include=("status", "queue", "owner", "updated_at"),
                name="ticket_seen",
            ),
        ),
    ]
