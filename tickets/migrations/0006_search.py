import django.contrib.postgres.search
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0005_version_moves"),
        ("accounts", "0007_folded_values"),
    ]

    operations = [
        TrigramExtension(),
        migrations.AddField(
            model_name="message",
            name="search_content",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="words",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.contrib.postgres.search.SearchVector(
                    django.db.models.functions.text.Left("content", 200000), config="simple"
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="search_fields",
            field=models.JSONField(db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="ticket",
            name="search_subject",
            field=models.CharField(db_default="", editable=False, max_length=765),
        ),
        migrations.AddField(
            model_name="ticket",
            name="subject_words",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.contrib.postgres.search.SearchVector("subject", config="simple"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
    ]
