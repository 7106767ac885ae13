from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_unread_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="density",
            field=models.CharField(
                blank=True,
                choices=[("comfortable", "Comfortable"), ("compact", "Compact")],
                db_default="",
                default="",
                max_length=12,
                verbose_name="density",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="theme",
            field=models.CharField(
                blank=True,
                choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="theme",
            ),
        ),
    ]
