"""The one row whose lease-holder cleans up."""

from django.db import migrations
from django.utils import timezone


def add(apps, schema_editor):
    apps.get_model("connections", "Housekeeping").objects.get_or_create(
        name="hourly", defaults={"due_at": timezone.now(), "state": "waiting"}
    )


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_housekeeping")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
