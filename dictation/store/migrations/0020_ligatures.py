from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace


def open_ligatures(apps, schema_editor):
    """What letters and visits are found by, as it is written since: « bœuf » is looked for as « boeuf »."""
    for table, column in (("DictationRow", "search"), ("PatientRow", "search"), ("SearchWordRow", "word")):
        rows = apps.get_model("store", table).objects
        for joined, apart in (("œ", "oe"), ("æ", "ae")):
            found = rows.filter(**{f"{column}__contains": joined})
            found.update(**{column: Replace(F(column), Value(joined), Value(apart))})


class Migration(migrations.Migration):
    dependencies = [("store", "0019_account_extension")]

    operations = [migrations.RunPython(open_ligatures, migrations.RunPython.noop)]
