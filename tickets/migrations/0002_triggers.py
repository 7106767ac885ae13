from django.db import migrations

from tessera.lib.migrations import append_only, raises_generation


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("accounts", "0002_triggers")]
    operations = [
        raises_generation("tickets_queue"),
        raises_generation("tickets_queuefield"),
        append_only("tickets_transaction"),
        # Ids for what a preview writes and takes back: negative, so that no real number is used up or waited for.
        migrations.RunSQL(
            "CREATE SEQUENCE tickets_preview_id INCREMENT -1 MINVALUE -9223372036854775807 MAXVALUE -1 CYCLE",
            "DROP SEQUENCE tickets_preview_id",
        ),
    ]
