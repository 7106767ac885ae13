from django.db import migrations


class Migration(migrations.Migration):
    """The index that came before has all that this one had."""

    dependencies = [
        ("tickets", "0022_owner_and_status"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_owner"),
    ]
