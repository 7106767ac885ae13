from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0015_unsent_messages"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_owner"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.F("owner"),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.F("id"),
                models.F("queue"),
                name="ticket_owner",
            ),
        ),
    ]
