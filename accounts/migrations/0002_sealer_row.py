"""The one row whose lease-holder seals the audit."""

from django.db import migrations
from django.utils import timezone


def add(apps, schema_editor):
    apps.get_model("accounts", "Sealer").objects.get_or_create(
        name="audit", defaults={"due_at": timezone.now(), "state": "waiting"}
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
