from django.db import migrations, models


class Migration(migrations.Migration):
    """An answer an author spoke: the digest of its sound."""

    dependencies = [("store", "0014_suggestions")]

    operations = [
        migrations.AddField("questionrow", "answer_sound", models.CharField(blank=True, default="", max_length=64)),
    ]
