from django.db import migrations


def keep_homes(apps, schema_editor):
    """Homes that were looked at before there was a row for each."""
    home, identity = apps.get_model("chatops", "Home"), apps.get_model("accounts", "Identity")
    shown = apps.get_model("connections", "Delivery").objects.filter(thing_kind="home", lane__kind="home")
    for delivery in shown.select_related("lane").order_by("pk").iterator(chunk_size=500):
        if identity.objects.filter(pk=delivery.thing_id).exists():
            home.objects.get_or_create(
                connection_id=delivery.lane.connection_id,
                identity_id=delivery.thing_id,
                defaults={"lane_id": delivery.lane_id, "looked_at": delivery.shown_at or delivery.created_at},
            )
    if home.objects.exists():
        apps.get_model("chatops", "HomesRound").objects.get_or_create(name="homes")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_how_chat_accounts_were_linked'),
        ('chatops', '0006_homes_and_followers'),
        ('connections', '0005_pause_and_check'),
    ]

    operations = [
        migrations.RunPython(keep_homes, migrations.RunPython.noop),
    ]
