from django.db import migrations, models


class Migration(migrations.Migration):
    """A letter printed for La Poste and posted: who said so, and when; and an index of the directory nobody asked."""

    dependencies = [("store", "0011_feedback_consent_directory")]

    operations = [
        migrations.AddField("dictationrow", "settled_at", models.DateTimeField(null=True)),
        migrations.AddField("dictationrow", "settled_by", models.CharField(blank=True, default="", max_length=150)),
        migrations.RemoveIndex("directoryrow", "directory_rpps"),
    ]
