from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0009_one_index_each"),
    ]

    operations = [
        migrations.AddField(
            model_name="transaction",
            name="batch_seq",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="transaction",
            name="round_seq",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
