from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_looks"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="signature",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="signature"
            ),
        ),
    ]
