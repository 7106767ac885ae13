from django.db import migrations

from tessera.lib.migrations import raises_generation


class Migration(migrations.Migration):
    dependencies = [("customfields", "0001_initial"), ("accounts", "0002_triggers")]
    operations = [
        raises_generation("customfields_customfield"),
    ]
