from django.db import migrations

from tessera.lib.migrations import append_only, raises_generation


class Migration(migrations.Migration):
    dependencies = [("lifecycles", "0001_initial"), ("accounts", "0002_triggers")]
    operations = [
        raises_generation("lifecycles_lifecycle"),
        raises_generation("lifecycles_lifecycleversion"),
        append_only("lifecycles_lifecycleversion"),
    ]
