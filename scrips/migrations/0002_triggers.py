from django.db import migrations

from tessera.lib.migrations import append_only, raises_generation


class Migration(migrations.Migration):
    dependencies = [("scrips", "0001_initial"), ("accounts", "0002_triggers")]
    operations = [
        raises_generation("scrips_scrip"),
        raises_generation("scrips_template"),
        append_only("scrips_scripversion"),
    ]
