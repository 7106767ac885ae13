from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scrips", "0012_one_index_each")]

    operations = [
        migrations.AddField("delivery", "worker", models.UUIDField(editable=False, null=True))
    ]
