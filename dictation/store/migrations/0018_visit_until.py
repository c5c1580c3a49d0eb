from django.db import migrations, models


class Migration(migrations.Migration):
    """The day a patient left the hospital, beside the day the patient came."""

    dependencies = [("store", "0017_account_services")]

    operations = [migrations.AddField("visitrow", "until", models.DateField(db_index=True, null=True))]
