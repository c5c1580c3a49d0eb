from django.db import migrations, models


class Migration(migrations.Migration):
    """What a person said of words that are corrected again and again."""

    dependencies = [("store", "0013_devices")]

    operations = [
        migrations.CreateModel(
            name="SuggestionRow",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("accepted", models.BooleanField()),
                ("actor", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "suggestion"},
        ),
    ]
