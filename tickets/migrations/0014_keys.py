import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0013_lean_indexes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.Func(
                        "search_fields",
                        models.Value("$.keyvalue().key"),
                        function="jsonb_path_query_array",
                        output_field=models.JSONField(),
                    ),
                    name="jsonb_path_ops",
                ),
                name="ticket_keys",
            ),
        ),
    ]
