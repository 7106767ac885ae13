import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0018_unsent_signature"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_words"),
        migrations.AddIndex(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("words"),
                models.Func(
                    models.F("ticket_id"),
                    output_field=django.contrib.postgres.fields.ArrayField(
                        models.BigIntegerField()
                    ),
                    template="ARRAY[%(expressions)s / 16384]",
                ),
                name="message_words",
            ),
        ),
    ]
