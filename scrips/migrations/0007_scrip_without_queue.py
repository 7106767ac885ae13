from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scrips", "0006_places_filled")]
    operations = [migrations.RemoveField(model_name="scrip", name="queue")]
