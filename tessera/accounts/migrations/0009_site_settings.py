from django.db import migrations, models

from tessera.lib.migrations import raises_generation


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_audit_finders"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
                ("value", models.JSONField(verbose_name="value")),
            ],
            options={
                "verbose_name": "site setting",
                "verbose_name_plural": "site settings",
                "ordering": ["name"],
            },
        ),
        raises_generation("accounts_sitesetting"),
    ]
