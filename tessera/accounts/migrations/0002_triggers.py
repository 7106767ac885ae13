from django.db import migrations

from tessera.lib.migrations import RAISE_GENERATION, REFUSE_CHANGE


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [RAISE_GENERATION, REFUSE_CHANGE]
