import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A search chooses its page from indexes alone, what is late is counted in one, the newest need not be merged."""

    dependencies = [("store", "0015_answer_sound")]

    operations = [
        migrations.AddIndex(
            "dictationrow",
            models.Index(
                fields=["id", "received_at", "state", "author", "urgent", "state_since", "settled_at"],
                name="worklist_of_found",
            ),
        ),
        migrations.AddIndex("dictationrow", models.Index(fields=["received_at", "id"], name="worklist_newest")),
        migrations.RemoveIndex("dictationrow", "worklist_standing"),
        migrations.AddIndex(
            "dictationrow",
            models.Index(fields=["state", "urgent", "state_since", "author", "settled_at"], name="worklist_standing"),
        ),
        migrations.AddIndex(
            "dictationrow", models.Index(fields=["author", "received_at", "id"], name="worklist_newest_of_author")
        ),
        migrations.AddIndex("searchwordrow", models.Index(fields=["dictation", "word"], name="search_words_of")),
        migrations.AlterField(  # its own index is the beginning of the new one
            "searchwordrow",
            "dictation",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="search_words",
                to="store.dictationrow",
            ),
        ),
    ]
