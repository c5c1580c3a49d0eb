import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The phones and tablets on which authors dictate."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("store", "0012_post_and_directory"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=80)),
                ("link_sha256", models.CharField(blank=True, db_index=True, default="", max_length=64)),
                ("link_until", models.DateTimeField()),
                ("token_sha256", models.CharField(blank=True, db_index=True, default="", max_length=64)),
                ("enrolled_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"db_table": "device"},
        ),
    ]
