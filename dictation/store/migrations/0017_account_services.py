from django.db import migrations, models


class Migration(migrations.Migration):
    """The services whose letters an account sees; the accounts there are keep seeing all of them."""

    dependencies = [("store", "0016_search_indexes")]

    operations = [
        migrations.AddField("profile", "services", models.JSONField(blank=True, default=list)),
    ]
