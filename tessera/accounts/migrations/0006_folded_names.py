from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_no_superuser_flag"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="folded_email",
            field=models.CharField(db_default="", db_index=True, editable=False, max_length=762),
        ),
        migrations.AddField(
            model_name="user",
            name="folded_username",
            field=models.CharField(db_default="", db_index=True, editable=False, max_length=450),
        ),
    ]
