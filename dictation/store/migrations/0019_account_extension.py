from django.db import migrations, models


class Migration(migrations.Migration):
    """The telephone extension of an account, told to whoever finds one of its letters held."""

    dependencies = [("store", "0018_visit_until")]

    operations = [
        migrations.AddField("profile", "extension", models.CharField(blank=True, default="", max_length=12)),
    ]
