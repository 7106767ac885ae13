from django.db import migrations, models

import tessera.accounts.models.user


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_site_settings"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                max_length=10,
                validators=[tessera.accounts.models.user.validate_language],
                verbose_name="language",
            ),
        ),
    ]
