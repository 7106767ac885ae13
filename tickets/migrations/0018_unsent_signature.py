from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0017_readings"),
    ]

    operations = [
        migrations.AddField(
            model_name="unsentmessage",
            name="signature",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
