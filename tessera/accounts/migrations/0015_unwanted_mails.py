import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_signature"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="unwanted_mails",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("given", "A ticket is given to me"),
                        ("answered", "A ticket of mine is answered"),
                        ("own", "I did it myself"),
                    ],
                    max_length=20,
                ),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="unwanted mails",
            ),
        ),
    ]
