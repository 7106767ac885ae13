import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0007_search_values"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_fields",
        ),
        migrations.AddIndex(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="message_words"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.OrderBy(models.F("created_at"), descending=True),
                models.F("id"),
                name="ticket_created",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.OrderBy(models.F("priority"), descending=True),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.F("id"),
                name="ticket_priority",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.F("due_at"),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.F("id"),
                name="ticket_due",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.F("resolved_at"),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.F("id"),
                name="ticket_resolved",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.F("search_subject"),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.F("id"),
                name="ticket_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.F("search_subject"), name="gin_trgm_ops"
                ),
                name="ticket_subject_part",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["subject_words"], name="ticket_subject_words"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_fields"], name="ticket_fields", opclasses=["jsonb_path_ops"]
            ),
        ),
    ]
